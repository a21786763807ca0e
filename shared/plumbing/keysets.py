"""The issuer's public keys, from a file or a URL, fetched again when a key is unknown."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import orjson
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey, import_key

RETRY_S = 5.0
FILE_RETRY_S = 0.5
STALE_S = 300.0
BYTES_MAX = 256 * 1024
_CURVE = "P-256"

PublicKey: TypeAlias = RSAKey | ECKey


class KeySet:
    """Public keys by `kid` (RFC 7517). `generation` rises whenever they change."""

    def __init__(self, source: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.generation = 0
        self._source = source
        self._remote = source.startswith(("http://", "https://"))
        self._retry_s = RETRY_S if self._remote else FILE_RETRY_S
        self._monotonic = monotonic
        self._keys: dict[str, PublicKey] = {}
        self._raw = b""
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, kid: str) -> PublicKey | None:
        """The key of this id. An unknown id makes us look again, at most every 5 s at a URL."""
        age = self._monotonic() - self._read_at
        unknown = kid not in self._keys and age > self._retry_s
        if unknown or (age > STALE_S and not self._reading.locked()):
            await self._refresh()
        return self._keys.get(kid)

    async def _refresh(self) -> None:
        """One reader at a time; when the source does not answer, the old keys stay."""
        asked_at = self._monotonic()
        async with self._reading:
            if self._read_at > asked_at:
                return
            try:
                self._take(await self._fetch())
            except (OSError, ValueError, TypeError, KeyError, httpx.HTTPError):
                return
            finally:
                self._read_at = self._monotonic()

    def _take(self, raw: bytes) -> None:
        if raw != self._raw:
            self._keys = _public_keys(orjson.loads(raw))
            self._raw = raw
            self.generation += 1

    async def _fetch(self) -> bytes:
        if not self._remote:
            return await asyncio.to_thread(Path(self._source).read_bytes)
        async with httpx.AsyncClient(timeout=2.0, follow_redirects=False) as client:
            answer = await client.get(self._source)
        if answer.status_code != 200 or len(answer.content) > BYTES_MAX:
            raise ValueError("key set")
        return answer.content


def _public_keys(document: dict[str, Any]) -> dict[str, PublicKey]:
    """Signature keys of the two kinds we take; a shared secret is never one of them."""
    found: dict[str, PublicKey] = {}
    for each in document["keys"]:
        key = _public_key(each)
        if key is not None and each.get("use", "sig") == "sig":
            found[str(each["kid"])] = key
    return found


def _public_key(each: dict[str, Any]) -> PublicKey | None:
    if each["kty"] not in {"RSA", "EC"} or each.get("crv", _CURVE) != _CURVE:
        return None
    key = import_key(each)
    assert not isinstance(key, OctKey | OKPKey), "only RSA and EC come here"
    return key
