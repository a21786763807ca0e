"""A token issuer for development: one key pair in Kesu's home, a JWKS file beside it.

A production has an issuer of its own and refuses to trust this one (`settings.unsafe`).
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.plumbing.settings import AUDIENCE, ISSUER

ALGORITHM = "ES256"
_KEY_ID = "development-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Somebody of a demonstration organisation whom one can be: `clerk` is person p-clerk-1."""

    name: str
    organisation: str
    person: str
    roles: tuple[str, ...]
    units: tuple[str, ...]


class DevelopmentIssuer:
    """Signs tokens with the key in `home`; makes the key and the JWKS file once."""

    def __init__(self, home: Path, *, issuer: str = ISSUER, audience: str = AUDIENCE) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._key = _kept_key(home / "issuer-key.json")
        self._issuer = issuer
        self._audience = audience
        _publish(self._key, home / "jwks.json")

    def token(self, persona: Persona, *, seconds: int) -> str:
        """A token for this person, good from now for so long."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": persona.person,
            "org": persona.organisation,
            "roles": list(persona.roles),
            "units": list(persona.units),
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": _KEY_ID, "typ": "JWT"}, claims, self._key)


def personas_of(organisations: Path) -> list[Persona]:
    """Every persona of every organisation file; an absent folder has none."""
    return [
        persona
        for path in sorted(organisations.glob("*.yaml"))
        for persona in _personas(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    ]


def _personas(stem: str, document: Mapping[str, Any]) -> list[Persona]:
    organisation = str(document.get("organisation") or document.get("id") or stem)
    persons = _by_id(document.get("persons") or {})
    return [
        Persona(
            name=str(name),
            organisation=organisation,
            person=str(person),
            roles=tuple(persons[person].get("roles", ())),
            units=tuple(persons[person].get("units", ())),
        )
        for name, person in (document.get("personas") or {}).items()
        if person in persons
    ]


def _by_id(persons: Any) -> dict[str, Mapping[str, Any]]:
    """Persons may stand as a list with ids or as a mapping by id."""
    if isinstance(persons, Mapping):
        return dict(persons)
    return {each["id"]: each for each in persons}


def _kept_key(path: Path) -> ECKey:
    """The key of this home; whoever comes first draws it, everybody then reads the same."""
    if not path.exists():
        drawn = ECKey.generate_key("P-256", {"kid": _KEY_ID, "use": "sig", "alg": ALGORITHM})
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        _write(partial, drawn.as_dict(private=True), mode=0o600)
        try:
            os.link(partial, path)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return ECKey.import_key(json.loads(path.read_text(encoding="utf-8")))


def _publish(key: ECKey, path: Path) -> None:
    document = {"keys": [key.as_dict(private=False)]}
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) == document:
        return
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    _write(partial, document, mode=0o644)
    partial.rename(path)


def _write(path: Path, document: Mapping[str, Any], *, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(document, file)
