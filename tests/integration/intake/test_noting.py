"""The standing beside the record: folded in the database, whatever the batches; no history."""

from functools import reduce
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake_service.domain.standing import News
from services.intake_service.noting import note
from services.intake_service.worker import create_worker
from shared.contracts import escalation
from shared.contracts.envelope import Contract
from shared.contracts.registry import source_of
from shared.plumbing.applying import Applying
from shared.plumbing.identifiers import new_id
from shared.plumbing.running import Parts
from shared.plumbing.verifying import verify
from tests.integration.intake.conftest import People, a_complaint
from tests.support.neighbours import Neighbours
from tests.support.services import once, seen
from tests.unit.intake.test_standing import NEWS

CONTACT = {"direction": "in", "channel": "desk", "topic": "other"}
_STANDS = """
select status, unit, offered_to, told_at, promises, dues
from intake.standings where complaint = $1
"""
_RECORD = """
insert into intake.complaints (id, organisation, version, facts, revision, head, state, reference,
    unit, status, kind, channel, received_at)
values ($1, 'auto-demo', 1, 1, 1, '', '{}', 'KS-0', 'hq', 'open', 'complaint', 'desk', now())
"""


@pytest.fixture
def neighbours(parts: Parts) -> Neighbours:
    return Neighbours(create_worker(parts), "auto-demo")


def opened(complaint: UUID) -> Contract:
    return escalation.CaseOpenedV1(
        complaint_id=complaint,
        reference="KS-2026-000001",
        unit="hq.store-001",
        tier="first",
        awaits_confirmation=False,
    )


async def registered(client: httpx.AsyncClient, people: People, **more: object) -> UUID:
    body = a_complaint(**more)
    answer = await client.post("/complaints", json=body, headers=people("clerk") | once())
    return UUID(answer.json()["id"])


async def stands(parts: Parts, complaint: UUID) -> str | None:
    found: str | None = await parts.pool.fetchval(
        "select status from intake.standings where complaint = $1", complaint
    )
    return found


async def test_what_is_noted_leaves_no_trace_in_the_record_and_its_journal(
    client: httpx.AsyncClient, auto: People, parts: Parts, neighbours: Neighbours
) -> None:
    made = await registered(client, auto)
    await neighbours.tell(opened(made), subject=made)
    row = await parts.pool.fetchrow(
        "select c.version, c.state, (select count(*) from intake.journal where aggregate = c.id) "
        "as entries from intake.complaints c where id = $1",
        made,
    )
    assert row
    assert row["version"] == row["entries"] == 1
    assert orjson.loads(row["state"])["standing"]["status"] is None
    assert await stands(parts, made) == "opened"
    async with parts.pool.acquire() as connection:
        found = [each async for each in verify(connection, "intake", ["complaints"])]
    assert found == []


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(news=st.lists(NEWS, min_size=1, max_size=6))
async def test_one_by_one_or_at_once_the_same_stands(parts: Parts, news: list[News]) -> None:
    whole = reduce(News.then, news, News())
    alone = await undone(parts, *news)
    assert await undone(parts, whole) == alone
    assert alone["status"] == whole.status
    assert alone["promises"] == whole.promises
    owed = {name: at.isoformat() for name, at in whole.dues.items() if at}
    assert {name: at for name, at in alone["dues"].items() if at} == owed


async def undone(parts: Parts, *news: News) -> dict[str, Any]:
    """What stands after each of these news alone; nothing of it stays."""
    async with parts.pool.acquire() as connection:
        step = connection.transaction()
        await step.start()
        try:
            complaint = new_id()
            await connection.execute(_RECORD, complaint)
            for each in news:
                await note(connection, {(complaint, "auto-demo"): each})
            row = await connection.fetchrow(_STANDS, complaint)
        finally:
            await step.rollback()
    assert row
    return dict(row) | {"dues": orjson.loads(row["dues"])}


async def test_a_standing_before_its_record_waits_for_it(
    client: httpx.AsyncClient, auto: People, parts: Parts, neighbours: Neighbours
) -> None:
    complaint = new_id()
    await neighbours.tell(opened(complaint), subject=complaint)
    assert await neighbours.parked() == 1
    assert await stands(parts, complaint) is None
    await registered(client, auto, id=str(complaint))
    async with parts.pool.acquire() as connection, connection.transaction():
        applying = Applying(schema="intake", pool=parts.pool, apply=create_worker(parts).apply)
        assert await applying.drain(connection, (source_of("escalation"), complaint)) == 1
    assert await stands(parts, complaint) == "opened"


async def test_news_of_another_organisation_has_no_effect(
    client: httpx.AsyncClient, auto: People, parts: Parts
) -> None:
    made = await registered(client, auto)
    stranger = Neighbours(create_worker(parts), "mall-demo")
    await stranger.tell(opened(made), subject=made)
    assert await stranger.parked() == 0
    assert await stands(parts, made) is None


async def test_custody_that_changes_under_a_writer_is_not_forgotten_by_the_etag(
    client: httpx.AsyncClient, auto: People, parts: Parts, neighbours: Neighbours
) -> None:
    """What raises the ETag beside the record and what raises it in the record add up."""
    made = await registered(client, auto)
    door, body = f"/complaints/{made}/contacts", CONTACT
    await neighbours.tell(opened(made), subject=made)
    late = await client.post(door, json=body, headers=auto("clerk") | once() | seen(1))
    assert late.status_code == 412
    noted = await client.post(door, json=body, headers=auto("clerk") | once() | seen(2))
    assert (noted.status_code, noted.headers["etag"]) == (201, '"3"')
    shown = await client.get(f"/complaints/{made}", headers=auto("clerk"))
    assert shown.headers["etag"] == '"3"'
