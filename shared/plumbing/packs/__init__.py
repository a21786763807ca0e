"""Policy packs and organisations from YAML: read safely, built into kernel types, proved at the
start.
"""

from shared.plumbing.packs.loading import joined
from shared.plumbing.packs.reading import BadPack
from shared.plumbing.packs.shelf import (
    ORGANISATIONS,
    POLICIES,
    NoPackInForce,
    Packs,
    UnknownOrganisation,
    UnknownPack,
)
from shared.plumbing.packs.versions import Kept, Version, restored

__all__ = [
    "ORGANISATIONS",
    "POLICIES",
    "BadPack",
    "Kept",
    "NoPackInForce",
    "Packs",
    "UnknownOrganisation",
    "UnknownPack",
    "Version",
    "joined",
    "restored",
]
