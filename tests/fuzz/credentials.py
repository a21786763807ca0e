"""What strangers show at the door: all that is not a token of ours, made from one that is."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from shared.kernel.roles import Role
from shared.plumbing.settings import AUDIENCE, ISSUER
from tests.support.services import Issuer

Headers = dict[str, str]
_HOUR = timedelta(hours=1)


def wrong(issuer: Issuer) -> dict[str, Headers]:
    """Headers by what is wrong with them; each is for somebody who may do everything."""
    now = datetime.now(UTC)
    good = _signed(issuer.key)
    head, body, signature = good.split(".")
    stranger = ECKey.generate_key("P-256", {"kid": "test"})
    tokens = {
        "expired": _signed(issuer.key, exp=now - _HOUR),
        "not yet valid": _signed(issuer.key, nbf=now + _HOUR),
        "for ever": _signed(issuer.key, exp=None),
        "wrong audience": _signed(issuer.key, aud="shop"),
        "wrong issuer": _signed(issuer.key, iss="https://evil.example"),
        "no organisation": _signed(issuer.key, org=None),
        "an organisation that is a path": _signed(issuer.key, org="../auto-demo"),
        "system as a person": _signed(issuer.key, sub="system:clock"),
        "alg none": f"{_part({'alg': 'none', 'kid': issuer.key.kid})}.{body}.",
        "alg none, signed": f"{_part({'alg': 'none', 'kid': issuer.key.kid})}.{body}.{signature}",
        "HS256 by the public key": _by_the_public_key(issuer, body),
        "another's signature": _signed(stranger),
        "claims changed": f"{head}.{_part(_claims(sub='p-somebody-else'))}.{signature}",
        "cut short": good[:-4],
        "not a token": "abc",
        "not even text": "\xff\xfe",
    }
    spelled = {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}
    return spelled | {
        "nothing": {},
        "empty": {"Authorization": ""},
        "another scheme": {"Authorization": "Basic YWRtaW46YWRtaW4="},
        "a key nobody has": {"Kesu-Api-Key": "kesu_tester_" + "a" * 43},
        "a key beside the token": {
            "Authorization": f"Bearer {good}",
            "Kesu-Api-Key": "kesu_tester_" + "a" * 43,
        },
    }


def roleless(issuer: Issuer) -> Headers:
    """A good token of somebody who may do nothing."""
    return {"Authorization": f"Bearer {_signed(issuer.key, roles=[])}"}


def of_nobody_served(issuer: Issuer) -> Headers:
    """A good token for everything, of an organisation that is not served here."""
    return {"Authorization": f"Bearer {_signed(issuer.key, org='nobody-demo')}"}


def _claims(**more: Any) -> dict[str, Any]:  # noqa: ANN401 wrong on purpose
    now = datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "p-anybody",
        "org": "auto-demo",
        "roles": [str(role) for role in Role],
        "units": ["hq"],
        "iat": now,
        "nbf": now,
        "exp": now + _HOUR,
    }
    return {name: value for name, value in (claims | more).items() if value is not None}


def _signed(key: ECKey, **more: Any) -> str:  # noqa: ANN401 wrong on purpose
    return jwt.encode({"alg": "ES256", "kid": key.kid}, _claims(**more), key)


def _by_the_public_key(issuer: Issuer, body: str) -> str:
    text = f"{_part({'alg': 'HS256', 'kid': issuer.key.kid})}.{body}"
    mac = hmac.digest(issuer.key.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _part(value: dict[str, Any]) -> str:
    written = json.dumps(value, default=lambda at: int(at.timestamp())).encode()
    return base64.urlsafe_b64encode(written).rstrip(b"=").decode()
