"""The sound history itself, service by service."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from tests.faults.mutants.story import AT, DELEGATION, KEY, LATER, ORG, C, K, Story


async def tell_all(database: asyncpg.Connection) -> Story:
    """The whole history, in the open transaction of this connection."""
    await database.execute("set local session_replication_role = replica")
    story = Story(database)
    await _registered(story)
    await _handled(story)
    await _paid(story)
    await story.heard()
    await _read(story)
    return story


async def _registered(story: Story) -> None:
    await story.tell("intake", "ComplaintRegistered", fact="kesu.intake.complaint_registered.v1")
    await story.state(
        "intake.complaints",
        reference="KS-2026-000001",
        unit="hq",
        status="open",
        kind="complaint",
        channel="hotline",
        received_at=AT,
    )
    answer = orjson.dumps({"id": C})
    await story.row(
        "intake.idempotency",
        organisation=ORG,
        actor="p-1",
        route="r",
        key=KEY,
        fingerprint=b"f",
        status=201,
        revision=1,
        body=answer,
        created_at=AT,
    )
    await story.row(
        "intake.hotline_tickets",
        provider="demo",
        ticket="T-1",
        organisation=ORG,
        complaint=C,
        answer=answer,
    )


async def _handled(story: Story) -> None:
    cause = story.chains["intake", C].last
    taken = {"clock": "resolve", "round": 1, "step": 1, "does": "escalate"}
    late = {"clock": "resolve", "round": 1, "due_at": AT}
    await story.tell("escalation", "CaseOpened", fact="kesu.escalation.case_opened.v1", cause=cause)
    await story.tell("escalation", "CaseRouted", fact="kesu.escalation.case_routed.v1", cause=cause)
    story.at += LATER
    await story.tell("escalation", "ClockBreached", late)
    await story.tell("escalation", "ClockStepTaken", taken)
    await story.tell("escalation", "CaseEscalated", fact="kesu.escalation.case_escalated.v1")
    await story.tell("escalation", "CustodyAccepted")
    await story.state(
        "escalation.cases",
        reference="KS-2026-000001",
        status="handling",
        open=True,
        tier="head_office",
        unit="hq",
        holder="p-7",
        received_at=AT,
        reach="hq",
        state=orjson.dumps({"clocks": [_clock("resolve", AT), _clock("reply")]}).decode(),
    )
    step = {"case_id": C, "clock": "resolve", "round": 1, "step": 1, "at": story.at}
    await story.row("escalation.clock_steps", **step)
    due_at = datetime.now(UTC) + timedelta(days=1)
    for name in ("clock:reply:due", "clock:resolve:step:2"):
        await story.row("escalation.timers", aggregate=C, name=name, kind="cases", due_at=due_at)


def _clock(name: str, breached_at: datetime | None = None) -> dict[str, Any]:
    clock = {
        "name": name,
        "ended_at": None,
        "breached_at": breached_at,
        "segments": [{"reason": ""}],
    }
    return {"clock": clock, "due_at": AT}


async def _paid(story: Story) -> None:
    await story.tell("compensation", "ClaimPaid", {"claim_id": K})
    await story.state(
        "compensation.dossiers",
        unit="hq",
        handling_unit="hq",
        status="open",
        exposure_minor=500,
    )
    of_claim = {"claim_id": K, "complaint_id": C, "organisation": ORG}
    await story.row(
        "compensation.claims",
        **of_claim,
        remedy="cash",
        kind="money",
        currency="CNY",
        face_minor=500,
        cost_minor=500,
        exposure_minor=500,
        status="paid",
        awaits="",
        row="authority.store-manager",
        proposer="p-1",
        proposed_at=AT,
    )
    await _approved(story)
    await story.row(
        "compensation.payments",
        **of_claim,
        payer="p-3",
        proposer="p-1",
        approver="p-2",
        currency="CNY",
        cost_minor=500,
        proof="V-1",
        paid_at=AT,
    )
    accounts = ("available", "reserved", "approved", "paid")
    for n, kind in enumerate(("reserve", "approve", "pay")):
        await _transferred(story, kind, source=accounts[n], target=accounts[n + 1])


async def _approved(story: Story) -> None:
    await story.tell("compensation", "DelegationGiven", of=DELEGATION)
    await story.state(
        "compensation.delegations",
        of=DELEGATION,
        giver="p-9",
        giver_role="store_manager",
        taker="p-2",
        taker_role="deputy",
        unit="hq",
        limit_minor=500,
        starts_at=AT - LATER,
        ends_at=AT + LATER,
    )
    await story.row(
        "compensation.approvals",
        claim_id=K,
        round=1,
        step=1,
        organisation=ORG,
        duty="approve",
        role="store_manager",
        approver="p-2",
        proposer="p-1",
        delegation=DELEGATION,
        exposure_minor=500,
        row="r",
        at=AT,
    )


async def _transferred(story: Story, kind: str, *, source: str, target: str) -> None:
    transfer = uuid4()
    await story.row(
        "compensation.ledger_transfers",
        id=transfer,
        organisation=ORG,
        kind=kind,
        claim_id=K,
        complaint_id=C,
        round=1,
        currency="CNY",
        minor=500,
        actor="p-1",
        at=AT,
    )
    for line, (account, debit, credit) in enumerate(((target, 500, 0), (source, 0, 500))):
        await story.row(
            "compensation.ledger_entries",
            transfer=transfer,
            line=line,
            account=account,
            currency="CNY",
            debit_minor=debit,
            credit_minor=credit,
        )


async def _read(story: Story) -> None:
    """Insights' read models, as somebody would fill them who read the facts by hand."""
    for record in story.records:
        said = orjson.loads(record.value or b"")
        await story.row(
            "insights.timeline",
            complaint=C,
            at=AT,
            event_id=UUID(said["id"]),
            organisation=ORG,
            service=said["source"].rpartition("/")[2],
            subject=C,
            sequence=int(said["sequence"]),
            type=said["type"],
            actor="p-1",
            codes="{}",
        )
    await story.row(
        "insights.queue",
        complaint=C,
        organisation=ORG,
        reference="KS-2026-000001",
        unit="hq",
        kind="complaint",
        tier="head_office",
        status="accepted",
        holder_unit="hq",
        holder_person="p-7",
    )
    await story.row(
        "insights.counts",
        organisation=ORG,
        day=AT.date(),
        unit="hq",
        kind="complaint",
        content="",
        registered=1,
        escalated=1,
    )
