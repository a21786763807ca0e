"""A case and its clocks as a person reads them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.escalation_service.domain.case import (
    Case,
    CaseClock,
    ClaimSeen,
    Custody,
    Finding,
    Offer,
    Raised,
    Resolution,
    Task,
)
from services.escalation_service.domain.closing import OWNER_OF_GATE, gates_met
from services.escalation_service.domain.commands import AskClosing
from services.escalation_service.domain.rules import Rules
from services.escalation_service.views import ClosureView, GateView
from shared.kernel.clocks import ClockRule
from shared.kernel.explaining import Stretch, explanation


class CaseView(BaseModel):
    """The whole case: codes, ids and moments; texts by their ids."""

    id: UUID
    reference: str
    kind: str
    status: str
    tier: str
    rung: str
    channel: str
    complainant_type: str
    classification: dict[str, str]
    severity: str
    flags: list[str]
    recording_unit: str
    received_at: datetime
    due_at: datetime | None
    custody: Custody
    offer: Offer | None
    returns: int
    arbiter: str | None
    barred: list[str]
    accused: list[str]
    repeats: int
    linked: list[UUID]
    reopened: int
    tasks: list[Task]
    findings: list[Finding]
    resolutions: list[Resolution]
    claims: list[ClaimSeen]
    customer_told: bool
    raised: list[Raised]
    policy: str


class ClockView(BaseModel):
    """A clock as it stands. `state`: counting, paused, late, met, met-late or cancelled."""

    name: str
    label: str
    round: int
    state: str
    row: str
    started_at: datetime
    due_at: datetime | None
    allowed_seconds: int
    used_seconds: int
    paused_until: datetime | None
    breached_at: datetime | None
    warned: list[int]
    steps: list[int]
    pause_reasons: list[str]


class ClocksView(BaseModel):
    items: list[ClockView]


class StretchView(BaseModel):
    """One stretch: how many seconds counted in which open hours, or why none did."""

    since: datetime
    until: datetime
    counted_seconds: int
    windows: list[tuple[datetime, datetime]]
    reason: str
    reason_label: str
    by: str


class ExplanationView(BaseModel):
    """A clock explained: every counted second, its calendar, its rule (N5)."""

    clock: str
    label: str
    round: int
    row: str
    cite: list[str]
    calendar: str
    calendar_version: str
    certain: bool
    state: str
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    allowed_seconds: int
    used_seconds: int
    left_seconds: int
    stretches: list[StretchView]


def case_view(case: Case) -> CaseView:
    """What a handler sees."""
    known = case.known
    return CaseView(
        id=case.id,
        reference=known.reference,
        kind=known.kind,
        status=case.status,
        tier=case.tier,
        rung=case.rung,
        channel=known.channel,
        complainant_type=known.complainant_type,
        classification=known.classification,
        severity=known.severity,
        flags=list(known.flags),
        recording_unit=known.recording_unit,
        received_at=known.received_at,
        due_at=case.next_due_at,
        custody=case.custody,
        offer=case.offer,
        returns=case.returns,
        arbiter=case.arbiter,
        barred=list(case.barred),
        accused=list(case.accused),
        repeats=case.repeats,
        linked=list(case.linked),
        reopened=case.reopened,
        tasks=list(case.tasks),
        findings=list(case.findings),
        resolutions=list(case.resolutions),
        claims=list(case.claims),
        customer_told=case.customer_told,
        raised=list(case.raised),
        policy=known.policy,
    )


def clock_view(each: CaseClock, rules: Rules, at: datetime, language: str) -> ClockView | None:
    """None for a clock whose rule the pack no longer has."""
    rule = rules.clock_rule(each.clock)
    if rule is None:
        return None
    clock = each.clock
    told = explanation(clock, rule, rules.calendar(clock.calendar), at=at)
    return ClockView(
        name=clock.name,
        label=rule.label.of(language),
        round=clock.round,
        state=told.state,
        row=clock.row,
        started_at=clock.started_at,
        due_at=told.due_at,
        allowed_seconds=told.allowed_seconds,
        used_seconds=told.used_seconds,
        paused_until=clock.paused_until,
        breached_at=clock.breached_at,
        warned=list(clock.warned),
        steps=list(clock.steps),
        pause_reasons=[pause.code for pause in rule.pauses],
    )


def explained(each: CaseClock, rules: Rules, at: datetime, language: str) -> ExplanationView | None:
    """Why the clock stands where it stands, in the reader's language."""
    rule = rules.clock_rule(each.clock)
    if rule is None:
        return None
    told = explanation(each.clock, rule, rules.calendar(each.clock.calendar), at=at)
    return ExplanationView(
        clock=told.clock,
        label=rule.label.of(language),
        round=told.round,
        row=told.row,
        cite=list(told.cite),
        calendar=told.calendar,
        calendar_version=told.calendar_version,
        certain=told.certain,
        state=told.state,
        started_at=told.started_at,
        ended_at=told.ended_at,
        due_at=told.due_at,
        allowed_seconds=told.allowed_seconds,
        used_seconds=told.used_seconds,
        left_seconds=told.left_seconds,
        stretches=[_stretch(one, rule, language) for one in told.stretches],
    )


def closure_view(case: Case, rules: Rules, language: str) -> ClosureView:
    """How closing stands; what neighbours own shows only what was heard of it so far."""
    closing = case.closing
    said = AskClosing(
        outcome=closing.outcome if closing else None,
        cause=closing.cause if closing else None,
        questions=closing.questions if closing else {},
        flags=closing.flags if closing else {},
    )
    met = gates_met(case, said, rules.policy.closing)
    return ClosureView(
        case_id=case.id,
        status=case.status,
        round=closing.round if closing else 0,
        outcome=said.outcome,
        cause=said.cause,
        answered=[answer.service for answer in closing.answers] if closing else [],
        open_items=list(closing.failed or ()) if closing else [],
        closed_at=closing.closed_at if closing else None,
        gates=[
            GateView(
                code=gate.code,
                row=gate.id,
                label=gate.label.of(language),
                owner=OWNER_OF_GATE.get(gate.code, "escalation"),
                met=_met(gate.code, case, met),
            )
            for gate in rules.policy.closing.gates
        ],
    )


_OPEN_STATES = {
    "no_open_approval": {"proposed", "awaiting_approval"},
    "no_open_payment": {"authorised"},
    "no_open_signature": {"awaiting_signature"},
}


def _met(gate: str, case: Case, met: frozenset[str]) -> bool | None:
    if gate in _OPEN_STATES:
        return not any(claim.state in _OPEN_STATES[gate] for claim in case.claims)
    if gate == "customer_told":
        return case.customer_told
    return None if gate in OWNER_OF_GATE else gate in met


def _stretch(one: Stretch, rule: ClockRule, language: str) -> StretchView:
    pause = rule.pause(one.reason) if one.reason else None
    return StretchView(
        since=one.since,
        until=one.until,
        counted_seconds=one.counted_seconds,
        windows=list(one.windows),
        reason=one.reason,
        reason_label=pause.label.of(language) if pause else "",
        by=one.by,
    )
