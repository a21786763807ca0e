"""The clock of an approval: warns, then moves the step to the next level. Never says yes (F54)."""

from datetime import datetime

from services.compensation_service.domain.authority import Edition, Rules, next_role
from services.compensation_service.domain.dossier import Claim, ClaimStatus, Dossier
from services.compensation_service.domain.events import (
    ApprovalClockMoved,
    ApprovalExpired,
    ApprovalRequested,
    Event,
)
from shared.kernel import ticking
from shared.kernel.clocks import (
    ClockBreached,
    ClockFact,
    ClockRule,
    ClockStepTaken,
    StepDoes,
)
from shared.kernel.policy.routing import RoutingFacts
from shared.kernel.policy.vocabulary import FLAGS


def requested(rules: Rules, dossier: Dossier, claim: Claim, at: datetime) -> ApprovalRequested:
    """Asks for the claim's next step and starts its clock, where the pack has one."""
    number = claim.pending
    assert number is not None, "somebody is still needed"
    rule = _rule(rules.pinned, dossier)
    round_ = claim.clock.round + 1 if claim.clock else 1
    clock = None
    due_at = None
    if rule is not None:
        calendar = rules.pinned.calendar(rule.calendar)
        clock = ticking.start(rule, calendar, at=at, round_=round_)
        due_at = ticking.due_at(ticking.evolve(None, clock), calendar)
    role = claim.steps[number - 1].role
    return ApprovalRequested(claim_id=claim.id, step=number, role=role, clock=clock, due_at=due_at)


def answered(rules: Rules, claim: Claim, at: datetime) -> list[Event]:
    """Somebody decided: the clock of the step has ended."""
    rule = _by_row(rules.pinned, claim)
    if rule is None or claim.clock is None:
        return []
    calendar = rules.pinned.calendar(rule.calendar)
    facts = ticking.meet(claim.clock, calendar, at=at, on="approval_decided")
    return [ApprovalClockMoved(claim_id=claim.id, fact=fact) for fact in facts]


def overdue(rules: Rules, dossier: Dossier, claim: Claim, at: datetime) -> list[Event]:
    """What the passing of time says about a claim that waits."""
    rule = _by_row(rules.pinned, claim)
    number = claim.pending
    if rule is None or number is None or claim.clock is None:
        return []
    calendar = rules.pinned.calendar(rule.calendar)
    facts = ticking.overdue(claim.clock, rule, calendar, at=at)
    due_at = ticking.due_at(claim.clock, calendar)
    moved: list[Event] = [
        ApprovalClockMoved(claim_id=claim.id, fact=fact, due_at=due_at) for fact in facts
    ]
    if not any(_expires(rule, fact) for fact in facts):
        return moved
    return [*moved, *_upwards(rules, dossier, claim, at, number)]


def timers(rules: Rules, dossier: Dossier) -> dict[str, datetime]:
    """The moments all waiting claims wait for, named `claim:<id>:<the clock's own name>`."""
    found: dict[str, datetime] = {}
    for claim in dossier.claims:
        rule = _by_row(rules.pinned, claim)
        if claim.status is not ClaimStatus.PROPOSED or rule is None or claim.clock is None:
            continue
        due = ticking.timers(claim.clock, rule, rules.pinned.calendar(rule.calendar))
        found |= {f"claim:{claim.id}:{name}": moment for name, moment in due.items()}
    return found


def _upwards(
    rules: Rules, dossier: Dossier, claim: Claim, at: datetime, number: int
) -> list[Event]:
    role = claim.steps[number - 1].role
    above = next_role(rules.pinned.policy, role)
    expired = ApprovalExpired(claim_id=claim.id, number=number, role=role, next_role=above)
    if above is None:
        return [expired]
    asked = requested(rules, dossier, claim, at)
    again = ApprovalRequested(
        claim_id=claim.id, step=number, role=above, clock=asked.clock, due_at=asked.due_at
    )
    return [expired, again]


def _expires(rule: ClockRule, fact: ClockFact) -> bool:
    if isinstance(fact, ClockStepTaken):
        return fact.does is StepDoes.ESCALATE
    return isinstance(fact, ClockBreached) and not rule.steps


def _rule(edition: Edition, dossier: Dossier) -> ClockRule | None:
    facts = _facts(dossier)
    rules = edition.policy.clocks
    fitting = (r for r in rules if r.starts_on == "approval_requested" and r.when.holds(facts))
    return next(fitting, None)


def _by_row(edition: Edition, claim: Claim) -> ClockRule | None:
    if claim.clock is None:
        return None
    return next((r for r in edition.policy.clocks if r.id == claim.clock.row), None)


def _facts(dossier: Dossier) -> RoutingFacts:
    codes = dict(dossier.classification)
    return RoutingFacts(
        kind=dossier.kind,
        complainant_type=dossier.complainant_type,
        category=codes.get("category", ""),
        workflow=codes.get("workflow", ""),
        severity=dossier.severity,
        repeats=len(dossier.links),
        flags=frozenset(dossier.flags) & FLAGS,
    )
