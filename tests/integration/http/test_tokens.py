# ruff: noqa: ANN401 - claims, bodies and ASGI messages are anything on purpose here
"""Who comes in: good tokens and keys; everything else gets one and the same 401."""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from shared.plumbing.apikeys import ApiKeys, digest, mint, remember
from shared.plumbing.identity import Identity
from shared.plumbing.issuer import DevelopmentIssuer, Persona
from shared.plumbing.keysets import KeySet
from shared.plumbing.problems import Refusal
from shared.plumbing.settings import AUDIENCE, DEVELOPMENT_SECRET, ISSUER
from tests.integration.http.bicycles import EC, RSA, app_in, bearer, claims_of, client_of

STRANGER = ECKey.generate_key("P-256", {"kid": "ec"})
PUBLIC_PEM = RSA.as_pem(private=False)


def part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def hs256_by_the_public_key() -> str:
    """The classic: the RSA public key taken for a shared secret."""
    text = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(claims_of())}"
    mac = hmac.digest(PUBLIC_PEM, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def signed(header: Mapping[str, Any], key: RSAKey | ECKey = EC, **claims: Any) -> str:
    return jwt.encode(dict(header), claims_of(**claims), key, algorithms=[header["alg"]])


def wrong_tokens() -> dict[str, str]:
    good, now = {"alg": "ES256", "kid": "ec"}, int(time.time())
    head, body, signature = signed(good).split(".")
    return {
        "expired": signed(good, exp=now - 60),
        "not yet valid": signed(good, nbf=now + 3600),
        "without end": signed(good, exp=None),
        "end in words": signed(good, exp="soon"),
        "another audience": signed(good, aud="shop"),
        "no audience": signed(good, aud=None),
        "another issuer": signed(good, iss="https://evil.example"),
        "alg none": f"{part({'alg': 'none', 'kid': 'ec'})}.{body}.",
        "alg none, signed": f"{part({'alg': 'none', 'kid': 'ec'})}.{body}.{signature}",
        "HS by the public key": hs256_by_the_public_key(),
        "algorithm of the other key": signed({"alg": "RS256", "kid": "ec"}, RSA),
        "not taken though strong": signed({"alg": "PS256", "kid": "rsa"}, RSA),
        "unknown key": signed({"alg": "ES256", "kid": "who"}),
        "no key id": signed({"alg": "ES256"}),
        "another's signature": signed(good, STRANGER),
        "claims changed": f"{head}.{part(claims_of(roles=['general_manager']))}.{signature}",
        "no organisation": signed(good, org=None),
        "no roles": jwt.encode(good, claims_of(roles="clerk"), EC),
        "system as a person": signed(good, sub="system:clock"),
        "machine as a person": signed(good, sub="machine:hotline"),
        "units that are none": signed(good, units=["hq..x", "*"]),
        "not a token": "abc",
        "half a token": head,
        "too long": "a" * 9000,
    }


WRONG = wrong_tokens()


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_token_gets_the_one_answer(tmp_path: Path, name: str) -> None:
    async with client_of(app_in(tmp_path), Authorization=f"Bearer {WRONG[name]}") as client:
        answer = await client.get("/repairs")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="kesu"'
    document = answer.json()
    assert document.pop("instance").startswith("urn:uuid:")
    assert document == {
        "type": "https://kesu.dev/problems/not-authenticated",
        "title": "A valid token or API key is needed.",
        "status": 401,
        "code": "not-authenticated",
    }


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer  x"])
async def test_another_scheme_is_no_token(tmp_path: Path, given: str) -> None:
    async with client_of(app_in(tmp_path), Authorization=given) as client:
        assert (await client.get("/repairs")).status_code == 401


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", RSA), ("ES256", EC)])
async def test_a_good_token_comes_in_by_either_algorithm(
    tmp_path: Path, algorithm: str, key: RSAKey | ECKey
) -> None:
    token = signed({"alg": algorithm, "kid": key.kid}, key)
    async with client_of(app_in(tmp_path), Authorization=f"Bearer {token}") as client:
        assert (await client.get("/repairs")).status_code == 200


async def test_the_audience_may_be_one_of_several(tmp_path: Path) -> None:
    async with client_of(app_in(tmp_path), Authorization=bearer(aud=["shop", "kesu"])) as client:
        assert (await client.get("/repairs")).status_code == 200


def identity_in(home: Path, now: list[float], clock: list[float]) -> Identity:
    """Who may come, at a moment of one's choice."""
    return Identity(
        keys=KeySet(str(home / "jwks.json"), monotonic=lambda: clock[0]),
        api_keys=ApiKeys(home / "none.json", ""),
        issuer=ISSUER,
        audience=AUDIENCE,
        now=lambda: now[0],
    )


async def test_a_remembered_token_expires_all_the_same(tmp_path: Path) -> None:
    app_in(tmp_path)
    now = [time.time()]
    identity = identity_in(tmp_path, now, [0.0])
    headers = {b"authorization": bearer(exp=int(now[0]) + 30).encode()}

    for _ in range(3):
        assert (await identity.actor_of(headers)).id == "p-clerk-1"
    now[0] += 60
    with pytest.raises(Refusal, match="not-authenticated"):
        await identity.actor_of(headers)


async def test_a_key_taken_back_ends_its_tokens_within_minutes(tmp_path: Path) -> None:
    app_in(tmp_path)
    now, clock = [time.time()], [0.0]
    identity = identity_in(tmp_path, now, clock)
    headers = {b"authorization": bearer().encode()}
    for _ in range(3):
        assert (await identity.actor_of(headers)).id == "p-clerk-1"

    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [RSA.as_dict(private=False)]}))
    now[0], clock[0] = now[0] + 301, 301.0

    with pytest.raises(Refusal, match="not-authenticated"):
        await identity.actor_of(headers)


async def test_new_keys_end_what_was_remembered_at_once(tmp_path: Path) -> None:
    app_in(tmp_path)
    now, clock = [time.time()], [0.0]
    identity = identity_in(tmp_path, now, clock)
    headers = {b"authorization": bearer().encode()}
    for _ in range(3):
        await identity.actor_of(headers)

    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [RSA.as_dict(private=False)]}))
    clock[0] = 301.0
    other = signed({"alg": "RS256", "kid": "rsa"}, RSA)
    await identity.actor_of({b"authorization": f"Bearer {other}".encode()})

    with pytest.raises(Refusal, match="not-authenticated"):
        await identity.actor_of(headers)


async def test_unknown_keys_do_not_make_us_read_each_time(tmp_path: Path) -> None:
    clock = [0.0]
    source = tmp_path / "jwks.json"
    keys = KeySet(str(source), monotonic=lambda: clock[0])
    assert await keys.find("ec") is None

    source.write_text(json.dumps({"keys": [EC.as_dict(private=False)]}))
    assert await keys.find("ec") is None
    clock[0] = 1.0

    assert await keys.find("ec")


async def test_a_shared_secret_in_the_key_set_is_no_key(tmp_path: Path) -> None:
    secret = {"kty": "oct", "kid": "s", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [secret]}))

    assert await KeySet(str(tmp_path / "jwks.json")).find("s") is None


async def test_the_development_issuer_is_believed(tmp_path: Path) -> None:
    persona = Persona(
        name="clerk", organisation="auto-demo", person="p-1", roles=("clerk",), units=("hq",)
    )
    token = DevelopmentIssuer(tmp_path).token(persona, seconds=60)
    identity = Identity(
        keys=KeySet(str(tmp_path / "jwks.json")),
        api_keys=ApiKeys(tmp_path / "none.json", ""),
        issuer=ISSUER,
        audience=AUDIENCE,
    )

    actor = await identity.actor_of({b"authorization": f"Bearer {token}".encode()})

    assert (actor.id, actor.organisation, set(actor.roles)) == ("p-1", "auto-demo", {"clerk"})
    assert (tmp_path / "issuer-key.json").stat().st_mode & 0o777 == 0o600
    assert '"d"' not in (tmp_path / "jwks.json").read_text()


async def test_the_issuer_keeps_its_key(tmp_path: Path) -> None:
    DevelopmentIssuer(tmp_path)
    before = (tmp_path / "jwks.json").read_bytes()
    DevelopmentIssuer(tmp_path)

    assert (tmp_path / "jwks.json").read_bytes() == before


def machine_key(home: Path, key_id: str = "tester", role: str = "clerk") -> str:
    key = mint(key_id)
    row = {"id": key_id, "organisation": "auto-demo", "roles": [role], "units": ["hq"]}
    kept = digest(key, DEVELOPMENT_SECRET.encode()).hex()
    remember(home / "apikeys.json", {**row, "hmac": kept})
    return key


async def test_a_machine_comes_in_by_its_key(tmp_path: Path) -> None:
    key = machine_key(tmp_path)
    async with client_of(app_in(tmp_path), Kesu_Api_Key=key) as client:
        answer = await client.post("/repairs", json={"note": "x"}, headers={"Idempotency-Key": "1"})

    assert answer.json() == {"note": "x", "by": "machine:tester"}
    assert key not in (tmp_path / "apikeys.json").read_text()


async def test_a_wrong_key_gets_the_same_answer(tmp_path: Path) -> None:
    key = machine_key(tmp_path)
    others = [key[:-1] + ("A" if key[-1] != "A" else "B"), mint("nobody"), "kesu_tester_", "é"]
    for other in others:
        async with client_of(app_in(tmp_path)) as client:
            sent = {b"kesu-api-key": other.encode()}
            assert (await client.get("/repairs", headers=sent)).status_code == 401


async def test_a_key_taken_out_of_the_file_is_out_at_once(tmp_path: Path) -> None:
    key = machine_key(tmp_path)
    async with client_of(app_in(tmp_path), Kesu_Api_Key=key) as client:
        assert (await client.get("/repairs")).status_code == 200
        (tmp_path / "apikeys.json").write_text("[ ]")
        assert (await client.get("/repairs")).status_code == 401


async def test_two_credentials_are_one_too_many(tmp_path: Path) -> None:
    key = machine_key(tmp_path)
    async with client_of(app_in(tmp_path), Kesu_Api_Key=key, Authorization=bearer()) as client:
        assert (await client.get("/repairs")).status_code == 401


async def test_what_a_client_says_of_itself_is_ignored(tmp_path: Path) -> None:
    claimed = {"X-User-Id": "p-boss", "X-Tenant": "mall-demo", "X-Forwarded-For": "10.0.0.1"}
    async with client_of(app_in(tmp_path), Authorization=bearer()) as client:
        answer = await client.post(
            "/repairs", json={"note": "x"}, headers={**claimed, "Idempotency-Key": "1"}
        )

    assert answer.json()["by"] == "p-clerk-1"
