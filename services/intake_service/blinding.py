"""Blind references: the same customer gets the same reference, and nobody can go back.

HMAC-SHA256 under a key of the service; the organisation is part of the input, so that
references of two organisations never meet.
"""

import hmac
from collections.abc import Mapping
from uuid import UUID

import orjson

KEPT_BYTES = 16


class Blind:
    """Makes references and seals with one key."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def customer(self, organisation: str, e164: str) -> str:
        """The reference of whoever has this number: `c-` and 32 hex digits."""
        return "c-" + self._digest("phone", organisation, e164).hex()

    def stranger(self, organisation: str, external_id: str) -> str:
        """The reference of a customer whose file has no number that can be called."""
        return "c-" + self._digest("file", organisation, external_id).hex()

    def file(self, organisation: str, external_id: str) -> UUID:
        """The id of a customer's file, found again from the caller's own number (a UUIDv8)."""
        digest = bytearray(self._digest("file-id", organisation, external_id))
        digest[6] = digest[6] & 0x0F | 0x80
        digest[8] = digest[8] & 0x3F | 0x80
        return UUID(bytes=bytes(digest))

    def seal(self, organisation: str, values: Mapping[str, object]) -> str:
        """Whether two sets of particulars are the same, without keeping them."""
        canonical = orjson.dumps(values, option=orjson.OPT_SORT_KEYS).decode()
        return self._digest("seal", organisation, canonical).hex()

    def _digest(self, purpose: str, organisation: str, value: str) -> bytes:
        text = f"{purpose}\0{organisation}\0{value}".encode()
        return hmac.digest(self._key, text, "sha256")[:KEPT_BYTES]
