"""Standard Webhooks signatures: a message is believed before it is read, or not at all.

HMAC-SHA256 over `id.timestamp.body`, secrets as `whsec_<base64>`, any of the present and former
ones; at most five minutes old or early (standardwebhooks.com, spec 1.0).
"""

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

PREFIX = "whsec_"
VERSION = b"v1"
TOLERANCE_S = 300
ID_MAX = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that is what its sender sent."""

    id: str
    body: bytes


class Signatures:
    """The secrets of all providers."""

    def __init__(self, spelled: Sequence[str], *, now: Callable[[], float] = time.time) -> None:
        """`spelled` are `provider:whsec_…`, several for one provider while a secret changes.

        Raises ValueError for a secret that cannot be read, without repeating it.
        """
        self._now = now
        self._secrets: dict[str, list[bytes]] = {}
        for each in spelled:
            provider, _, secret = each.partition(":")
            self._secrets.setdefault(provider, []).append(_key(secret))

    def verified(
        self, provider: str, headers: Mapping[bytes, bytes], body: bytes
    ) -> Message | None:
        """The message when its signature holds; None for everything else."""
        message = headers.get(b"webhook-id", b"")
        moment = headers.get(b"webhook-timestamp", b"")
        if not 0 < len(message) <= ID_MAX or not message.isascii() or not self._timely(moment):
            return None
        signed = b".".join((message, moment, body))
        given = _given(headers.get(b"webhook-signature", b""))
        for secret in self._secrets.get(provider, ()):
            wanted = hmac.digest(secret, signed, "sha256")
            if any(hmac.compare_digest(wanted, each) for each in given):
                return Message(id=message.decode("ascii"), body=body)
        return None

    def _timely(self, moment: bytes) -> bool:
        if not moment.isdigit() or len(moment) > 12:
            return False
        return abs(self._now() - int(moment)) <= TOLERANCE_S


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a hotline secret is spelled provider:whsec_<base64>") from None


def _given(header: bytes) -> list[bytes]:
    """The signatures of version 1 in the header; what cannot be read matches nothing."""
    found = []
    for part in header.split(b" ")[:10]:
        version, _, text = part.partition(b",")
        if version == VERSION:
            try:
                found.append(base64.b64decode(text, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found
