"""Nothing crosses an organisation by reference: chosen ids, ids in bodies, facts, oracles."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.contracts.intake import ComplaintWithdrawnV1
from shared.contracts.registry import SERVICES, source_of
from tests.integration.boundaries.knocks import (
    ELSEWHERE,
    MASTER_DATA,
    refused,
    sent,
    speaking_of,
)
from tests.integration.boundaries.world import DESK, World
from tests.support.house import Headers, House
from tests.support.neighbours import Neighbours
from tests.support.smallest import Request
from tests.support.twins import OURS, THEIRS

pytestmark = pytest.mark.usefixtures("ours_alone")


async def test_an_id_of_ones_own_choice_is_not_somebody_elses(
    house: House, ours: World, theirs: World
) -> None:
    """Ids that callers choose: another organisation's are taken, and nobody learns what by."""
    who, before = house.bearing(organisation=THEIRS), await house.rows()
    at = house.parts["intake"].time.now()
    complaint = {
        "kind": "complaint",
        "channel": "desk",
        "complainant_type": "member",
        "unit": DESK,
        "classification": {"category": "goods_quality"},
        "form": theirs.said.form,
    }
    visit = {
        "customer": theirs.ids["external_id"],
        "unit": DESK,
        "completed_at": (at - timedelta(minutes=1)).isoformat(),
    }
    terms = {
        "taker": "p-cs-manager-1",
        "taker_role": "cs_manager",
        "unit": "hq.store-001",
        "currency": "CNY",
        "limit_minor": 100_000,
        "starts_at": at.isoformat(),
        "ends_at": (at + timedelta(days=30)).isoformat(),
    }
    wrong = []
    for name in ("complaint_id", "visit_id"):
        each = {"id": ours.ids[name]}
        known = [
            await house.ask("intake.register_complaint", who, body=complaint | each),
            await house.ask("intake.record_visit", who, body=visit | each),
        ]
        wrong += [f"{name} {each.status_code} {each.url}" for each in known if not _absent(each)]
    for name in ("complaint_id", "delegation_id"):
        on, put = {"delegation_id": ours.ids[name]}, "compensation.put_delegation"
        answer = await house.ask(put, who, on, terms, match=1)
        wrong += [] if _absent(answer) else [f"{name} {answer.status_code} {answer.url}"]
    await house.settle()
    assert not wrong, "\n".join(wrong)
    assert await house.parked() == []
    assert await house.rows() == before


def _absent(answer: httpx.Response) -> bool:
    return refused(answer) == "not-found"


ReferenceCase = tuple[str, dict[str, str], Any]


def references(ours: World, theirs: World) -> list[ReferenceCase]:
    """Requests of the twin on its own things, in which one id is ours."""
    mine, own = ours.ids, theirs.ids
    cited = {"value": "general", "evidence_id": mine["evidence_id"]}
    facts = {
        "complaint_id": own["complaint_id"],
        "goods": cited,
        "installation": cited | {"value": "none"},
        "fault": cited | {"value": "quality"},
        "sold_on": cited | {"value": "2026-11-01"},
    }
    wish = theirs.wish(1_000)
    let_go = {"complaint_id": own["complaint_id"], "reason_code": "said_in_error"}
    action = {
        "cause": "goods",
        "unit": DESK,
        "owner": "p-sales-1",
        "due_at": "2027-01-01T00:00:00Z",
        "what": "x",
        "complaint_id": mine["complaint_id"],
    }
    link = {"complaint": mine["complaint_id"], "relation": "repeat"}
    return [
        ("intake.link_complaint", own, link),
        ("intake.read_text", own | {"text": mine["text"]}, None),
        ("escalation.show_text", own | {"text_id": mine["text_id"]}, None),
        ("escalation.accept_case", own | {"offer_id": mine["offer_id"]}, {}),
        ("escalation.return_case", own | {"offer_id": mine["offer_id"]}, {"reason_code": "wrong"}),
        ("escalation.give_assistance", own | {"task_id": mine["task_id"]}, {"outcome": "done"}),
        (
            "escalation.accept_resolution",
            own | {"resolution_id": mine["resolution_id"]},
            {"evidence": "spoken"},
        ),
        (
            "escalation.reject_resolution",
            own | {"resolution_id": mine["resolution_id"]},
            {"reason_code": "other"},
        ),
        ("escalation.execute_resolution", own | {"resolution_id": mine["resolution_id"]}, {}),
        ("escalation.offer_case", own, {"unit": "hq.store-005", "reason_code": "specialist"}),
        ("escalation.ask_assistance", own, {"item": "notify_installation", "unit": "hq.store-005"}),
        ("compensation.propose_claim", own, wish | {"entitlement_id": mine["entitlement_id"]}),
        ("compensation.propose_claim", own, wish | {"promise_id": mine["promise_id"]}),
        ("compensation.determine_entitlement", own, facts),
        ("compensation.release_promise", own | {"promise_id": mine["promise_id"]}, let_go),
        ("compensation.sign_claim", own, {"evidence_id": mine["evidence_id"]}),
        ("insights.open_corrective_action", own, action),
        (
            "intake.record_visit",
            own,
            {
                "customer": mine["external_id"] + "-",
                "unit": DESK,
                "completed_at": "2026-11-01T00:00:00Z",
            },
        ),
    ]


async def test_ones_own_thing_takes_no_reference_to_anothers(
    house: House, ours: World, theirs: World
) -> None:
    before, taken = await house.rows(), []
    for name, of, body in references(ours, theirs):
        who = house.bearing(organisation=THEIRS, person="p-clerk-1a")
        match = await _dossier(house, theirs) if name.endswith("release_promise") else None
        answer = await house.ask(name, who, of, body, match=match)
        if answer.status_code not in {404, 409, 422}:
            taken.append(f"{name} {body} {answer.status_code} {refused(answer)}")
    assert not taken, "\n".join(taken)
    assert await house.rows() == before


async def _dossier(house: House, world: World) -> int:
    shown = await house.ask("compensation.show_case", world.as_("cs-manager"), world.ids)
    return int(shown.headers["etag"].strip('"'))


async def test_a_fact_has_no_effect_on_another_organisations_aggregate(
    house: House, ours: World
) -> None:
    """Door 2: even if one of us spoke under another organisation's name."""
    complaint = UUID(ours.ids["complaint_id"])
    withdrawn = ComplaintWithdrawnV1(complaint_id=complaint, reason_code="mistaken")
    before, states = await house.rows(), await _states(house, complaint)
    for service in SERVICES[1:]:
        neighbours = Neighbours(house.workers[service], THEIRS)
        neighbours.position = house.hearing[service].position
        heard = await house.admin.fetchval(
            f"select last_sequence from {service}.inbox where aggregate = $1 and source = $2",  # noqa: S608
            complaint,
            source_of("intake"),
        )
        neighbours.sequences["intake", complaint] = heard
        await neighbours.tell(withdrawn, subject=complaint)
        house.hearing[service].position = neighbours.position
    assert await _states(house, complaint) == states
    assert await house.rows() == before


async def _states(house: House, complaint: UUID) -> list[Any]:
    tables = ("escalation.cases", "compensation.dossiers", "followup.followups", "insights.queue")
    key = {"insights.queue": "complaint"}
    return [
        await house.admin.fetchval(
            f"select state::text from {table} where {key.get(table, 'id')} = $1",  # noqa: S608
            complaint,
        )
        for table in tables
    ]


async def test_what_is_hidden_answers_as_what_is_not_there(house: House, ours: World) -> None:
    """Byte for byte but for the correlation id, with the same headers: no oracle."""
    unknown: Mapping[str, str] = {
        name: str(uuid4()) if len(value) == 36 else value for name, value in ours.ids.items()
    }
    nowhere = World(house=house, organisation=OURS, ids=dict(unknown))
    for service in SERVICES:
        hidden = dict(speaking_of(house, ours, service))
        absent = dict(speaking_of(house, nowhere, service))
        chosen = MASTER_DATA | {"put_delegation"}
        names = [name for name in hidden if name not in chosen and name in absent]
        for units in (["hq.store-002"], ["hq"]):
            organisation = OURS if units == ELSEWHERE else THEIRS
            who = house.bearing(organisation=organisation, units=units)
            pairs = await asyncio.gather(
                *(_pair(house, hidden[name], absent[name], who) for name in names)
            )
            differing = [
                f"{name} {sorted(pair[0] ^ pair[1])}"
                for name, pair in zip(names, pairs, strict=True)
                if pair[0] != pair[1]
            ]
            assert not differing, "\n".join(differing)


async def _pair(house: House, hidden: Request, absent: Request, who: Headers) -> list[set[str]]:
    answers = [await sent(house, each, who) for each in (hidden, absent)]
    return [_shape(each) for each in answers]


def _shape(answer: httpx.Response) -> set[str]:
    """Everything an answer tells, but for what is told of every request."""
    told = {**answer.json(), "status": answer.status_code, **answer.headers}
    apart = {"kesu-correlation-id", "content-length", "instance"}
    return {f"{name}: {value}" for name, value in told.items() if name not in apart}
