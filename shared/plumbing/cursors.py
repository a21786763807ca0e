"""Opaque page cursors: signed, bound to who asked for what, good for a day.

A cursor is `base64url(expiry, position)` and an HMAC-SHA256 over it, the organisation, the
actor and the filter, so that it opens nothing for anybody else (reliability 5.1, API1).
"""

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import orjson

from shared.kernel.occasion import Actor
from shared.plumbing.problems import Refusal

KEPT_S = 24 * 60 * 60
_MAC = 16

Position: TypeAlias = Sequence[str | int | None]
"""The sort key and id of the last row shown, as JSON values."""


class Cursors:
    """Seals and opens the cursors of one service."""

    def __init__(self, key: str, *, now: Callable[[], float] = time.time) -> None:
        self._key = hashlib.sha256(b"kesu cursors " + key.encode()).digest()
        self._now = now

    def seal(self, position: Position, *, by: Actor, question: Mapping[str, object]) -> str:
        """The cursor that goes on after `position`; `question` is the filter and the order."""
        expiry = struct.pack(">Q", int(self._now()) + KEPT_S)
        payload = expiry + orjson.dumps(list(position))
        return _text(self._mac(payload, by, question) + payload)

    def open(
        self, cursor: str | None, *, by: Actor, question: Mapping[str, object]
    ) -> list[str | int | None] | None:
        """The position sealed in it, None for the first page. Raises Refusal (422)."""
        if cursor is None:
            return None
        sealed = _bytes(cursor)
        mac, payload = sealed[:_MAC], sealed[_MAC:]
        if not hmac.compare_digest(mac, self._mac(payload, by, question)):
            raise Refusal("cursor-invalid")
        if struct.unpack(">Q", payload[:8])[0] < self._now():
            raise Refusal("cursor-invalid")
        found: list[str | int | None] = orjson.loads(payload[8:])
        return found

    def _mac(self, payload: bytes, by: Actor, question: Mapping[str, object]) -> bytes:
        scope = orjson.dumps(
            [by.organisation, by.id, question], option=orjson.OPT_SORT_KEYS, default=str
        )
        text = struct.pack(">I", len(scope)) + scope + payload
        return hmac.digest(self._key, text, "sha256")[:_MAC]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(cursor: str) -> bytes:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise Refusal("cursor-invalid") from None
    if len(raw) < _MAC + 8:
        raise Refusal("cursor-invalid")
    return raw
