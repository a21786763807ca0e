"""The house of the boundaries' tests, with one of everything on record; and intake's door."""

from tests.integration.boundaries.conftest import house, ours
from tests.integration.intake.conftest import client, parts

__all__ = ["client", "house", "ours", "parts"]
