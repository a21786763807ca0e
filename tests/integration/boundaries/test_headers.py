"""What every service says and believes beside the body: tokens, origins, headers."""

import base64
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.contracts.registry import SERVICES
from shared.kernel.roles import Role
from shared.plumbing.settings import AUDIENCE, ISSUER
from tests.integration.boundaries.conftest import PAGE
from tests.integration.boundaries.knocks import refused
from tests.integration.boundaries.world import World
from tests.support.house import House
from tests.support.twins import OURS

LISTS = {
    "intake": "/intake/v1/complaints",
    "escalation": "/escalation/v1/cases",
    "compensation": "/compensation/v1/claims",
    "followup": "/followup/v1/callbacks",
    "insights": "/insights/v1/queue",
}
SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-site",
    "cache-control": "no-store",
}
STRANGER = "https://evil.example"


def claims(**more: object) -> dict[str, Any]:
    """What a good token says."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "p-anybody",
        "org": OURS,
        "roles": [str(role) for role in Role],
        "units": ["hq"],
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
    }
    return good | more


def token(house: House, *, kid: str | None = None, key: ECKey | None = None, **more: object) -> str:
    """A token signed by the issuer, or by a stranger."""
    signer = key or house.issuer.key
    header = {"alg": "ES256", "kid": kid or house.issuer.key.kid}
    return str(jwt.encode(header, claims(**more), signer))


def unsigned() -> str:
    """A token that says it needs no signature."""
    header, body = (
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
        for each in ({"alg": "none", "kid": "test"}, claims())
    )
    return f"{header}.{body}."


def wrong(house: House) -> dict[str, str]:
    """Tokens that nobody may believe."""
    now, stranger = int(time.time()), ECKey.generate_key("P-256", {"kid": "test"})
    head, _, signature = token(house).split(".")
    _, richer, _ = token(house, org="auto-twin").split(".")
    return {
        "expired": token(house, exp=now - 60),
        "not yet": token(house, nbf=now + 60),
        "another audience": token(house, aud="shop"),
        "another issuer": token(house, iss="https://evil.example"),
        "alg none": unsigned(),
        "unknown key": token(house, kid="who"),
        "a stranger's signature": token(house, key=stranger),
        "another organisation put in": f"{head}.{richer}.{signature}",
        "a system's name": token(house, sub="system:facts"),
        "a machine's name": token(house, sub="machine:hotline"),
        "no organisation": token(house, org=None),
        "a unit with a wildcard": token(house, units=["hq.%"]),
        "no roles": token(house, roles=None),
    }


@pytest.mark.parametrize("service", SERVICES)
async def test_a_wrong_token_is_the_same_401_at_every_service(house: House, service: str) -> None:
    answers = {}
    for name, each in wrong(house).items():
        headers = {"Authorization": f"Bearer {each}"}
        answer = await house.client.get(LISTS[service], headers=headers)
        told = answer.json()
        told.pop("instance")
        answers[name] = (answer.status_code, answer.headers["www-authenticate"], str(told))
    assert {each[0] for each in answers.values()} == {401}, answers
    assert len(set(answers.values())) == 1
    good = {"Authorization": f"Bearer {token(house)}"}
    assert (await house.client.get(LISTS[service], headers=good)).status_code == 200


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_or_unit_that_nobody_knows_opens_nothing(house: House, service: str) -> None:
    for more, status in (({"roles": ["root"]}, 403), ({"units": []}, 200)):
        headers = {"Authorization": f"Bearer {token(house, **more)}"}
        answer = await house.client.get(LISTS[service], headers=headers)
        assert answer.status_code == status, more
        assert refused(answer) == "role-not-permitted" or answer.json()["items"] == []


@pytest.mark.parametrize("service", SERVICES)
async def test_only_our_own_page_may_call_from_a_browser(house: House, service: str) -> None:
    place = LISTS[service]
    asked = {"Access-Control-Request-Method": "POST"}
    first = await house.client.options(place, headers=asked | {"Origin": PAGE})
    assert (first.status_code, first.headers["access-control-allow-origin"]) == (204, PAGE)
    assert "*" not in str(first.headers.values())
    assert "access-control-allow-credentials" not in first.headers
    for origin in (STRANGER, "null", PAGE + ".evil.example", "http://desk.kesu.example"):
        for answer in (
            await house.client.options(place, headers=asked | {"Origin": origin}),
            await house.client.get(place, headers=house.bearing() | {"Origin": origin}),
        ):
            told = [name for name in answer.headers if name.startswith("access-control-")]
            assert (told, answer.headers["vary"]) == ([], "Origin"), origin


@pytest.mark.parametrize("service", SERVICES)
async def test_every_answer_is_dressed_safely(house: House, ours: World, service: str) -> None:
    """Good ones, refused ones and lost ones alike; nothing personal stays in a cache."""
    who = house.bearing()
    places = [(LISTS[service], who), (LISTS[service], {}), (f"/{service}/v1/nowhere", who)]
    if service == "intake":
        here = f"{LISTS[service]}/{ours.ids['complaint_id']}"
        places += [(here, who), (f"{here}/texts/{ours.ids['text']}", who)]
        places.append((f"{here}/complainant?purpose=handling", who))
    for place, headers in places:
        answer = await house.client.get(place, headers=headers)
        assert {name: answer.headers.get(name) for name in SAFE} == SAFE, place
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers
        assert "x-powered-by" not in answer.headers


async def test_who_reads_but_may_not_open_the_vault_sees_a_mask(house: House, ours: World) -> None:
    """Audit reads the record; names and numbers are opened on record only."""
    audit = ours.as_("audit")
    shown = await house.ask("intake.get_complaint", audit, ours.ids)
    assert shown.status_code == 200
    for secret in (ours.said.name, ours.said.phone, ours.said.plate):
        assert secret not in shown.text
    opened = await house.ask(
        "intake.open_complainant", audit, ours.ids, query={"purpose": "handling"}
    )
    assert refused(opened) == "role-not-permitted"


async def test_who_opens_the_vault_is_on_record_and_who_is_refused_is_not(
    house: House, ours: World
) -> None:
    count = "select count(*) from intake.contact_accesses"
    before = await house.admin.fetchval(count)
    stranger = house.bearing(organisation="auto-twin")
    elsewhere = house.bearing(units=["hq.store-002"])
    for who, status in ((ours.as_("clerk"), 200), (stranger, 404), (elsewhere, 404)):
        answer = await house.ask(
            "intake.open_complainant", who, ours.ids, query={"purpose": "handling"}
        )
        assert answer.status_code == status
    assert await house.admin.fetchval(count) == before + 1
