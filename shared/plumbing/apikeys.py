"""Keys for machines: `kesu_<id>_<secret>`, 256 random bits, kept only as HMAC-SHA256.

A random key needs no slow hash (nothing can be guessed), and a slow one would cost each
request. The file is JSON: `[{"id", "organisation", "roles", "units", "hmac"}]`.
"""

import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.kernel.occasion import Actor

HEADER = b"kesu-api-key"
_FORM = re.compile(r"kesu_([a-z0-9-]{1,40})_([A-Za-z0-9-]{43})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One machine's key as it is kept."""

    id: str
    organisation: str
    roles: frozenset[str]
    units: frozenset[str]
    digest: bytes

    @property
    def actor(self) -> Actor:
        """The machine that acts with this key."""
        return Actor(
            id=f"machine:{self.id}",
            organisation=self.organisation,
            roles=self.roles,
            units=self.units,
        )


class ApiKeys:
    """The keys a service knows, read again when the file changes."""

    def __init__(self, path: Path, pepper: str) -> None:
        self._path = path
        self._pepper = pepper.encode()
        self._stamp = 0
        self._keys: dict[str, ApiKey] = {}

    def actor_of(self, text: str) -> Actor | None:
        """The machine whose key this is; None for everything else."""
        form = _FORM.fullmatch(text)
        if form is None:
            return None
        self._refresh()
        known = self._keys.get(form[1])
        kept = known.digest if known else bytes(32)
        same = hmac.compare_digest(kept, digest(text, self._pepper))
        return known.actor if known and same else None

    def _refresh(self) -> None:
        stamp = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if stamp != self._stamp:
            rows = json.loads(self._path.read_text(encoding="utf-8")) if stamp else []
            self._keys = {row["id"]: _key(row) for row in rows}
            self._stamp = stamp


def digest(text: str, pepper: bytes) -> bytes:
    """What is kept of a key."""
    return hmac.digest(pepper, text.encode(), "sha256")


def mint(key_id: str) -> str:
    """A new key. It is shown once and kept nowhere."""
    secret = secrets.token_urlsafe(32).replace("_", "-")
    text = f"kesu_{key_id}_{secret}"
    assert _FORM.fullmatch(text), "an id is 1 to 40 of a-z, 0-9 and -"
    return text


def remember(path: Path, row: Mapping[str, Any]) -> None:
    """Add or replace one row of the file, readable by us alone."""
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    kept = [each for each in rows if each["id"] != row["id"]]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps([*kept, dict(row)], indent=1), encoding="utf-8")
    partial.rename(path)


def _key(row: Mapping[str, Any]) -> ApiKey:
    return ApiKey(
        id=row["id"],
        organisation=row["organisation"],
        roles=frozenset(row["roles"]),
        units=frozenset(row.get("units", ())),
        digest=bytes.fromhex(row["hmac"]),
    )
