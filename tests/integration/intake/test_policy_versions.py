"""Two persons put a version of the policy in force; receipts before and after stay apart."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
import pytest

from shared.plumbing.running import Parts, open_parts
from tests.integration.intake.conftest import People, a_complaint
from tests.support.drafts import Swaps, documents, made
from tests.support.packs import AUTO, AUTO_DEMO
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, once, seen

CONFIRMED = {"intake": [("required: false", "required: true\n  role: store_manager")]}
UNPROVED = {"compensation": [('above: "5000.00"}}', 'above: "6000.00"}}')]}
Clock = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
async def clock(postgres: PostgresServer, kesu_database: str, parts: Parts) -> AsyncIterator[Clock]:
    admin = await asyncpg.connect(postgres.dsn(kesu_database))

    async def advance(length: timedelta) -> None:
        await admin.execute("update platform.business_time set ahead = ahead + $1", length)
        await parts.time.sample(parts.pool)

    yield advance
    await admin.close()


def proposal(
    at: datetime, *, swaps: Swaps | None = None, version: str = "second", note: str | None = None
) -> dict[str, Any]:
    texts = documents(AUTO_DEMO, at, swaps=CONFIRMED if swaps is None else swaps, version=version)
    return {"pack": AUTO.id, "effective_from": at.isoformat(), "documents": texts, "note": note}


def moment(parts: Parts, minutes: int = 3) -> datetime:
    return (parts.time.now() + timedelta(minutes=minutes)).replace(microsecond=0)


async def proposed(
    client: httpx.AsyncClient,
    auto: People,
    at: datetime,
    *,
    version: str = "second",
    note: str | None = None,
) -> dict[str, Any]:
    answer = await client.post(
        "/policy-versions",
        json=proposal(at, version=version, note=note),
        headers=auto("administrator") | once(),
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/intake/v1/policy-versions/{found['id']}"
    return found


async def decided(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    version: dict[str, Any],
    word: str = "activation",
) -> httpx.Response:
    return await client.post(
        f"/policy-versions/{version['id']}/{word}",
        json={"note": "依董事會決議"},
        headers=headers | once() | seen(version["revision"]),
    )


async def registered(client: httpx.AsyncClient, auto: People, **more: object) -> dict[str, Any]:
    answer = await client.post(
        "/complaints", json=a_complaint(**more), headers=auto("clerk") | once()
    )
    assert answer.status_code == 201, answer.text
    shown = await client.get(f"/complaints/{answer.json()['id']}", headers=auto("clerk"))
    found: dict[str, Any] = shown.json()
    return found


async def test_a_version_comes_into_force_at_its_moment_while_intake_runs(
    client: httpx.AsyncClient, auto: People, parts: Parts, clock: Clock
) -> None:
    before = await registered(client, auto)
    at = moment(parts)
    version = await proposed(client, auto, at, note="客訴須經確認")
    answer = await decided(client, auto("administrator-2"), version)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "activated"
    still = await registered(client, auto)
    await clock(timedelta(minutes=4))
    after = await registered(client, auto)
    late = await registered(client, auto, received_at=(at - timedelta(seconds=1)).isoformat())
    assert [each["policy"]["hash"] for each in (before, still, late)] == [AUTO.hash] * 3
    assert after["policy"]["hash"] == version["hash"]
    assert [before["status"], after["status"], late["status"]] == [
        "open",
        "awaiting_confirmation",
        "open",
    ]


async def test_another_process_takes_it_up_from_the_table(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    other = await open_parts("intake", parts.settings)
    try:
        version = await proposed(client, auto, moment(parts))
        await decided(client, auto("administrator-2"), version)
        assert await other.uptake.look() == 1
        assert await other.uptake.look() == 0
        assert other.packs.by_hash(version["hash"]).version == "second"
        again = await open_parts("intake", parts.settings)
        assert again.packs.by_hash(version["hash"]).version == "second"
        await again.close()
    finally:
        await other.close()


async def test_the_world_is_told_with_all_the_version_says(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    at = moment(parts)
    version = await proposed(client, auto, at)
    await decided(client, auto("administrator-2"), version)
    fact = await parts.pool.fetchval(
        "select fact from intake.journal where aggregate = $1 and fact is not null",
        UUID(version["id"]),
    )
    told = orjson.loads(fact)
    assert told["type"] == "kesu.intake.policy_version_activated.v1"
    assert told["data"]["content"] == dict(made(AUTO_DEMO, at, swaps=CONFIRMED).content)
    assert told["data"]["hash"] == version["hash"]
    assert len(fact) < 900_000
    assert "依董事會決議" not in fact.decode()


async def test_who_proposed_does_not_decide_and_the_database_knows_it_too(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    version = await proposed(client, auto, moment(parts))
    for word in ("activation", "rejection"):
        answer = await decided(client, auto("administrator"), version, word)
        assert (answer.status_code, answer.json()["code"]) == (403, "own-proposal")
    with pytest.raises(asyncpg.CheckViolationError):
        await parts.pool.execute("update intake.policy_versions set decided_by = proposed_by")


async def test_a_draft_that_would_decide_wrongly_is_pointed_at_and_not_kept(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    body = proposal(moment(parts), swaps=UNPROVED)
    answer = await client.post(
        "/policy-versions", json=body, headers=auto("administrator") | once()
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "draft-invalid")
    (error,) = answer.json()["errors"]
    assert error["code"] == "authority-gap"
    assert "5000.01" in error["detail"]
    assert not await parts.pool.fetchval("select count(*) from intake.policy_versions")
    assert not await parts.pool.fetchval("select count(*) from intake.policy_drafts")


@pytest.mark.parametrize(
    ("document", "text", "said"),
    [
        ("intake", "a: &x 1\nb: *x", "anchors and aliases"),
        ("followup", "{", "not well-formed"),
        ("escalation", "- 1", "one mapping"),
        ("pack", "id: telecom", "'id' is not what was proposed"),
    ],
)
async def test_documents_that_cannot_be_read_are_refused_with_one_sentence(
    client: httpx.AsyncClient, auto: People, parts: Parts, document: str, text: str, said: str
) -> None:
    body = proposal(moment(parts))
    body["documents"][document] = text
    answer = await client.post(
        "/policy-versions", json=body, headers=auto("administrator") | once()
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "draft-invalid")
    (error,) = answer.json()["errors"]
    assert error["pointer"] == f"/documents/{document}"
    assert said in error["detail"]


async def test_documents_larger_than_a_megabyte_together_are_too_large(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    body = proposal(moment(parts))
    body["documents"]["intake"] += "#" * 500_000
    body["documents"]["followup"] += "#" * 500_000
    answer = await client.post(
        "/policy-versions", json=body, headers=auto("administrator") | once()
    )
    assert answer.status_code == 413, answer.text


async def test_moments_and_contents_that_leave_no_room_are_refused(
    client: httpx.AsyncClient, auto: People, parts: Parts, clock: Clock
) -> None:
    headers = auto("administrator")
    same = proposal(moment(parts), swaps={})
    unchanged = await client.post("/policy-versions", json=same, headers=headers | once())
    assert (unchanged.status_code, unchanged.json()["code"]) == (409, "version-unchanged")
    soon = proposal(parts.time.now() + timedelta(seconds=30))
    early = await client.post("/policy-versions", json=soon, headers=headers | once())
    assert (early.status_code, early.json()["code"]) == (422, "moment-too-soon")
    at = moment(parts)
    first = await proposed(client, auto, at)
    second = await proposed(client, auto, at, version="third")
    assert (await decided(client, auto("administrator-2"), first)).status_code == 200
    taken = await decided(client, auto("administrator-2"), second)
    assert (taken.status_code, taken.json()["code"]) == (409, "moment-taken")
    again = await decided(client, auto("administrator-2"), first | {"revision": 2})
    assert (again.status_code, again.json()["code"]) == (409, "already-decided")


async def test_a_moment_that_passed_puts_nothing_in_force(
    client: httpx.AsyncClient, auto: People, parts: Parts, clock: Clock
) -> None:
    version = await proposed(client, auto, moment(parts))
    await clock(timedelta(minutes=2, seconds=30))
    answer = await decided(client, auto("administrator-2"), version)
    assert (answer.status_code, answer.json()["code"]) == (409, "moment-passed")


async def test_the_same_key_proposes_once_also_after_the_decision(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    headers, body = auto("administrator") | once(), proposal(moment(parts))
    first = await client.post("/policy-versions", json=body, headers=headers)
    await decided(client, auto("administrator-2"), first.json())
    again = await client.post("/policy-versions", json=body, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    listed = await client.get("/policy-versions", headers=headers)
    assert [each["status"] for each in listed.json()["items"]] == ["activated"]


async def test_a_version_shows_who_what_and_how_it_differs(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    version = await proposed(client, auto, moment(parts), note="客訴須經確認")
    await decided(client, auto("administrator-2"), version, "rejection")
    answer = await client.get(f"/policy-versions/{version['id']}", headers=auto("administrator-2"))
    shown = answer.json()
    assert answer.headers["etag"] == '"2"'
    assert (shown["status"], shown["proposed_by"]) == ("rejected", "p-administrator-1")
    assert shown["decided_by"] == "p-administrator-2"
    assert shown["notes"] == ["客訴須經確認", "依董事會決議"]
    changed = {each["section"]: each["changed"] for each in shown["differences"]}
    assert changed == {"pack": ["effective_from", "version"], "intake": ["confirmation"]}
    texts = await client.get(
        f"/policy-versions/{version['id']}/documents", headers=auto("administrator-2")
    )
    assert "required: true" in texts.json()["intake"]


async def test_another_organisation_sees_nothing_of_it(
    client: httpx.AsyncClient, auto: People, mall: People, parts: Parts, issuer: Issuer
) -> None:
    version = await proposed(client, auto, moment(parts))
    door = f"/policy-versions/{version['id']}"
    for path in (door, f"{door}/documents"):
        assert (await client.get(path, headers=mall("administrator"))).status_code == 404
    for word in ("activation", "rejection"):
        answer = await decided(client, mall("administrator-2"), version, word)
        assert answer.status_code == 404
    listed = await client.get("/policy-versions", headers=mall("administrator"))
    assert listed.json()["items"] == []
    foreign = proposal(moment(parts)) | {"pack": "shopping_mall"}
    refused = await client.post(
        "/policy-versions", json=foreign, headers=auto("administrator") | once()
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "draft-invalid")


async def test_only_administrators_and_the_general_manager_propose(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    body = proposal(moment(parts))
    refused = await client.post("/policy-versions", json=body, headers=auto("clerk") | once())
    assert refused.status_code == 403
