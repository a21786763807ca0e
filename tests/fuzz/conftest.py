"""The house of the boundaries' tests, with one of everything on record."""

from tests.integration.boundaries.conftest import house, ours

__all__ = ["house", "ours"]
