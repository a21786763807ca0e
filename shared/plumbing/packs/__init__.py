"""Policy packs and organisations from YAML: read safely, built into kernel types, proved at the
start.
"""

from shared.plumbing.packs.reading import BadPack
from shared.plumbing.packs.shelf import (
    ORGANISATIONS,
    POLICIES,
    NoPackInForce,
    Packs,
    UnknownOrganisation,
    UnknownPack,
)

__all__ = [
    "ORGANISATIONS",
    "POLICIES",
    "BadPack",
    "NoPackInForce",
    "Packs",
    "UnknownOrganisation",
    "UnknownPack",
]
