"""Who asks: JWTs of the issuer (RS256, ES256) and keys of machines, into an Actor.

The answer to anything wrong is one constant 401; what was wrong goes nowhere. Verified tokens
are remembered until they expire, so a warm request costs a dictionary look-up.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import extract_compact

from shared.kernel.occasion import Actor
from shared.plumbing.apikeys import HEADER, ApiKeys
from shared.plumbing.keysets import KeySet
from shared.plumbing.problems import Refusal
from shared.plumbing.web.exchange import Headers

LEEWAY_S = 10
REMEMBERED_MAX = 8192
REMEMBERED_S = 300.0
"""How long at most without looking at the keys again: a key taken back ends its tokens."""

TOKEN_MAX = 8192

_KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_UNIT = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+){0,15}")


def unauthenticated() -> Refusal:
    """The one 401, whatever was wrong (RFC 9110 §11.6.1)."""
    return Refusal("not-authenticated", headers={"WWW-Authenticate": 'Bearer realm="kesu"'})


class Identity:
    """Turns credentials into an Actor, for one service."""

    def __init__(
        self,
        *,
        keys: KeySet,
        api_keys: ApiKeys,
        issuer: str,
        audience: str,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._api_keys = api_keys
        self._issuer = issuer
        self._audience = audience
        self._now = now
        self._remembered: OrderedDict[bytes, tuple[Actor, float]] = OrderedDict()
        self._generation = -1

    async def actor_of(self, headers: Headers) -> Actor:
        """Who sent this. Raises Refusal (401)."""
        bearer = headers.get(b"authorization")
        if bearer is None:
            return self._machine(headers.get(HEADER, b""))
        if HEADER in headers:
            raise unauthenticated()
        return self._recalled(bearer) or await self._verified(bearer)

    def _machine(self, key: bytes) -> Actor:
        actor = self._api_keys.actor_of(key.decode("latin-1")) if key else None
        if actor is None:
            raise unauthenticated()
        return actor

    def _recalled(self, bearer: bytes) -> Actor | None:
        if self._generation != self._keys.generation:
            self._remembered.clear()
            self._generation = self._keys.generation
        found = self._remembered.get(bearer)
        if found is None:
            return None
        if found[1] <= self._now():
            del self._remembered[bearer]
            return None
        return found[0]

    async def _verified(self, bearer: bytes) -> Actor:
        scheme, _, token = bearer.partition(b" ")
        if scheme.lower() != b"bearer" or not 0 < len(token) <= TOKEN_MAX:
            raise unauthenticated()
        try:
            claims = await self._claims(token)
            actor, expiry = self._admitted(claims)
        except (JoseError, ValueError, TypeError, KeyError):
            raise unauthenticated() from None
        self._remember(bearer, actor, expiry)
        return actor

    async def _claims(self, token: bytes) -> Mapping[str, Any]:
        """The signature is checked with the algorithm that the key is for, not the token's."""
        header = extract_compact(token).headers()
        key = await self._keys.find(str(header["kid"]))
        algorithm = str(header["alg"])
        if key is None or not _fits(key, algorithm) or "crit" in header:
            raise ValueError("algorithm")
        return jwt.decode(token, key, algorithms=[algorithm]).claims

    def _admitted(self, claims: Mapping[str, Any]) -> tuple[Actor, float]:
        now, expiry = self._now(), float(claims["exp"]) + LEEWAY_S
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        timely = expiry > now and float(claims.get("nbf", 0)) <= now + LEEWAY_S
        if claims["iss"] != self._issuer or self._audience not in audience or not timely:
            raise ValueError("claims")
        return actor_from(claims), expiry

    def _remember(self, bearer: bytes, actor: Actor, expiry: float) -> None:
        self._remembered[bearer] = (actor, min(expiry, self._now() + REMEMBERED_S))
        if len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)


def actor_from(claims: Mapping[str, Any]) -> Actor:
    """`sub`, `org`, `roles`, `units` of a token. Raises ValueError when they are not ours.

    An id has no colon: `system:` and `machine:` are nobody's to claim.
    """
    return Actor(
        id=_one(claims["sub"], _ID),
        organisation=_one(claims["org"], _WORD),
        roles=_many(claims["roles"], _WORD),
        units=_many(claims.get("units", []), _UNIT),
    )


def _one(value: object, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError("claim")
    return value


def _many(values: object, form: re.Pattern[str]) -> frozenset[str]:
    if not isinstance(values, list) or len(values) > 64:
        raise ValueError("claim")
    return frozenset(_one(value, form) for value in values)


def _fits(key: Key, algorithm: str) -> bool:
    return _KEY_TYPES.get(algorithm) == key.key_type
