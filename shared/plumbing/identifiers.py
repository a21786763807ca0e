"""Ids made in Python: time-ordered UUIDs (RFC 9562 version 7), so that indexes grow at one end."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh identity for an aggregate, an event, a text."""
    return uuid7()
