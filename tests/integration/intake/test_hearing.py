"""What neighbours and time say: the standing, the closing protocol, the confirmation clock."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest

from services.intake_service.worker import create_worker
from shared.contracts import compensation, escalation, followup
from shared.plumbing.identifiers import new_id
from shared.plumbing.running import Parts
from shared.plumbing.timers import Timers
from tests.integration.intake.conftest import People, a_complaint, a_mall_complaint
from tests.support.neighbours import Neighbours
from tests.support.services import once, seen

DUE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def neighbours(parts: Parts) -> Neighbours:
    return Neighbours(create_worker(parts), "auto-demo")


async def registered(client: httpx.AsyncClient, people: People, body: dict[str, Any]) -> UUID:
    answer = await client.post("/complaints", json=body, headers=people("clerk") | once())
    return UUID(answer.json()["id"])


async def last_fact(parts: Parts, complaint: UUID) -> dict[str, Any]:
    found = await parts.pool.fetchval(
        "select fact from intake.journal where aggregate = $1 and fact is not null "
        "order by seq desc limit 1",
        complaint,
    )
    told: dict[str, Any] = orjson.loads(found)
    return told


async def test_the_record_shows_how_the_work_stands(
    client: httpx.AsyncClient, auto: People, neighbours: Neighbours
) -> None:
    made = await registered(client, auto, a_complaint())
    offer = new_id()
    await neighbours.tell(
        escalation.CaseOpenedV1(
            complaint_id=made,
            reference="KS-2026-000001",
            unit="hq.store-001.service-desk",
            tier="first",
            awaits_confirmation=False,
        ),
        escalation.ClockStartedV1(
            complaint_id=made,
            clock="resolve",
            round=1,
            started_at=DUE - timedelta(days=1),
            due_at=DUE,
            calendar="always",
            row="clock.resolve",
        ),
        escalation.CustodyAcceptedV1(
            complaint_id=made, offer_id=offer, unit="hq.store-001", person="p-store-manager-1"
        ),
        subject=made,
    )
    held = (await client.get(f"/complaints/{made}", headers=auto("clerk"))).json()
    assert held["revision"] == 2, "custody, tier or status changed"
    await neighbours.tell(
        followup.NoticeSentV1(
            complaint_id=made,
            notice_id=new_id(),
            kind="acknowledgement",
            channel="sms",
            sent_at=DUE,
        ),
        subject=made,
    )
    view = (await client.get(f"/complaints/{made}", headers=auto("clerk"))).json()
    case = view["standing"]
    assert (case["status"], case["unit"], case["person"]) == (
        "accepted",
        "hq.store-001",
        "p-store-manager-1",
    )
    assert (case["tier"], case["next_due"]) == ("first", "resolve")
    assert case["told_at"] is not None
    assert view["revision"] == held["revision"], "a notice costs nobody a 412"


async def test_closing_is_settled_and_freezes_the_record_until_it_is_over(
    client: httpx.AsyncClient, auto: People, parts: Parts, neighbours: Neighbours
) -> None:
    made = await registered(client, auto, a_complaint())
    await neighbours.tell(escalation.ClosingAskedV1(complaint_id=made, round=1), subject=made)
    assert (await last_fact(parts, made))["type"] == "kesu.intake.closing_settled.v1"
    shown = await client.get(f"/complaints/{made}", headers=auto("clerk"))
    assert shown.json()["closing"]
    now = seen(shown.json()["revision"])
    door = f"/complaints/{made}/withdrawal"
    frozen = await client.post(
        door, json={"reason": "mistaken"}, headers=auto("clerk") | once() | now
    )
    assert frozen.json()["code"] == "closing-in-progress"
    await neighbours.tell(
        escalation.ClosingFailedV1(complaint_id=made, round=1, open_items=["open-payment"]),
        escalation.ClosingAskedV1(complaint_id=made, round=2),
        escalation.CaseClosedV1(
            complaint_id=made, round=2, outcome="upheld", cause="installation", closed_at=DUE
        ),
        subject=made,
    )
    closed = (await client.get(f"/complaints/{made}", headers=auto("clerk"))).json()
    assert (closed["status"], closed["closing"]) == ("closed", False)
    await neighbours.tell(
        escalation.CaseReopenedV1(
            complaint_id=made, reason_code="dissatisfied", tier="second", unit="hq.store-001"
        ),
        subject=made,
    )
    reopened = (await client.get(f"/complaints/{made}", headers=auto("clerk"))).json()
    assert reopened["status"] == "open"
    assert await neighbours.parked() == 0


async def test_what_is_open_here_keeps_the_case_from_closing(
    client: httpx.AsyncClient, mall: People, parts: Parts
) -> None:
    neighbours = Neighbours(create_worker(parts), "mall-demo")
    made = await registered(client, mall, a_mall_complaint())
    await client.post(
        f"/complaints/{made}/evidence",
        json={"kind": "video"},
        headers=mall("clerk") | once() | seen(1),
    )
    await neighbours.tell(escalation.ClosingAskedV1(complaint_id=made, round=1), subject=made)
    told = await last_fact(parts, made)
    assert told["type"] == "kesu.intake.closing_unsettled.v1"
    assert told["data"]["open_items"] == ["awaiting-confirmation", "evidence-expected"]


async def test_facts_about_strangers_wait_and_facts_about_visits_pass(
    parts: Parts, neighbours: Neighbours
) -> None:
    stranger = new_id()
    await neighbours.tell(
        escalation.ClosingAskedV1(complaint_id=stranger, round=1), subject=stranger
    )
    assert await neighbours.parked() == 1
    callback = new_id()
    await neighbours.tell(
        followup.CallbackDueV1(
            callback_id=callback,
            visit_id=new_id(),
            campaign="after_service",
            unit="hq.store-001",
            due_at=DUE,
            row="callback.members",
        ),
        subject=callback,
    )
    assert await neighbours.parked() == 1


async def test_a_promise_is_counted(
    client: httpx.AsyncClient, auto: People, neighbours: Neighbours
) -> None:
    made = await registered(client, auto, a_complaint())
    promise = compensation.PromiseRecordedV1(
        promise_id=new_id(),
        complaint_id=made,
        remedy="cash",
        currency="CNY",
        cost_minor=100,
        promised_by="p-clerk-1a",
        verdict="needs",
        row="authority.store-manager",
    )
    await neighbours.tell(promise, subject=made)
    view = (await client.get(f"/complaints/{made}", headers=auto("clerk"))).json()
    assert view["standing"]["promises"] == 1


async def test_a_record_nobody_confirms_is_told_once_and_still_can_be_confirmed(
    client: httpx.AsyncClient, mall: People, parts: Parts
) -> None:
    old = (parts.time.now() - timedelta(minutes=31)).isoformat()
    made = await registered(client, mall, a_mall_complaint(received_at=old))
    worker = create_worker(parts)
    timers = Timers("intake", parts.pool, worker.moments, parts.wake)
    for _ in range(4):
        await timers.turn()
    rows = await parts.pool.fetch(
        "select type, fact from intake.journal where aggregate = $1 order by seq", made
    )
    assert [row["type"] for row in rows] == [
        "ComplaintRegistered",
        "ClockStarted",
        "ClockBreached",
        "ClockStepTaken",
    ]
    told = [orjson.loads(row["fact"])["type"] for row in rows if row["fact"]]
    assert told == ["kesu.intake.complaint_registered.v1", "kesu.intake.confirmation_overdue.v1"]
    assert await parts.pool.fetchval("select count(*) from intake.timers") == 0
    confirmed = await client.post(
        f"/complaints/{made}/confirmation", headers=mall("desk-head") | once() | seen(1)
    )
    assert confirmed.status_code == 200, confirmed.text
