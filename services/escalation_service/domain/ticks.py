"""How a case's clocks follow what happens to it, and what the passing of time does to the case."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from services.escalation_service.domain import events as said
from services.escalation_service.domain.case import Case, CaseClock, Status
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.folding import evolve
from services.escalation_service.domain.routing import raised, up
from services.escalation_service.domain.rules import Rules, routing_facts
from shared.kernel import clocks, ticking
from shared.kernel.clocks import ClockRule, StepDoes
from shared.kernel.occasion import Occasion
from shared.kernel.replacing import replace

CLOSING_ANSWER_WITHIN = timedelta(minutes=15)
REPLACED = frozenset({"custody_offered", "promise_given"})
"""What starts a clock anew although the same clock is running."""

OCCURRENCES: dict[type[Any], tuple[str, ...]] = {
    said.CaseOpened: ("received", "registered"),
    said.RecordConfirmed: ("confirmed",),
    said.CustodyOffered: ("custody_offered",),
    said.CustodyAccepted: ("custody_accepted",),
    said.CustodyReturned: ("custody_returned",),
    said.CustodyArbitrated: ("custody_accepted",),
    said.CaseEscalated: ("reported_up",),
    said.FindingRecorded: ("finding_recorded",),
    said.ResolutionProposed: ("resolution_proposed",),
    said.ResolutionAccepted: ("resolution_accepted",),
    said.ResolutionRejected: ("resolution_rejected",),
    said.ResolutionExecuted: ("resolution_executed", "promise_kept"),
    said.CustomerTold: ("customer_told",),
    said.CaseWithdrawn: ("withdrawn",),
    said.CaseSetAside: ("withdrawn",),
    said.CaseClosed: ("closed",),
    said.CaseReopened: ("reopened",),
}


_HEARD = frozenset({*OCCURRENCES, said.AssistanceAsked, said.AssistanceGiven})
"""What clocks may answer to; all else need not be folded before the shell does."""


def ticked(
    case: Case | None, events: Iterable[Event], occasion: Occasion, rules: Rules
) -> list[Event]:
    """The events, and after each what the clocks say to it."""
    told, folded = list[Event](), 0
    for event in events:
        told.append(event)
        if type(event) not in _HEARD:
            continue
        for each in told[folded:]:
            case = evolve(case, each, occasion)
        folded = len(told)
        assert case is not None, "an event was folded"
        told += _answers(case, event, occasion, rules)
    return told


def passed(case: Case, name: str, occasion: Occasion, rules: Rules) -> list[Event]:
    """A moment of a clock came: warnings, the breach, and what its steps do."""
    each = case.clock(name)
    rule = rules.clock_rule(each.clock) if each else None
    if each is None or rule is None:
        return []
    calendar = rules.calendar(each.clock.calendar)
    facts = ticking.overdue(each.clock, rule, calendar, at=occasion.at)
    told: list[Event] = []
    for fact in facts:
        told.append(_dated(case, fact, rules))
        case = evolve(case, told[-1], occasion)
        if isinstance(fact, clocks.ClockStepTaken):
            done = _step(case, fact, rule, occasion, rules)
            told += done
            for event in done:
                case = evolve(case, event, occasion)
    return told


def paused(case: Case, name: str, reason: str, occasion: Occasion, rules: Rules) -> list[Event]:
    """Stops a clock for a coded reason. Raises the kernel's refusals; [] without such a clock."""
    each = case.clock(name)
    rule = rules.clock_rule(each.clock) if each else None
    if each is None or rule is None:
        return []
    return [ticking.pause(each.clock, rule, at=occasion.at, reason=reason, by=occasion.by.id)]


def resumed(case: Case, name: str, occasion: Occasion, rules: Rules) -> list[Event]:
    """Lets a paused clock count again. Raises ClockNotPaused; [] without such a clock."""
    each = case.clock(name)
    if each is None:
        return []
    return [_dated(case, ticking.resume(each.clock, at=occasion.at, by=occasion.by.id), rules)]


def timers(case: Case, rules: Rules, other: Case | None = None) -> dict[str, datetime]:
    """Every moment this case still waits for, by timer name; without those of clocks that `other`
    has too (what a fold leaves alone it keeps as the same object).
    """
    armed: dict[str, datetime] = {}
    known = {id(each) for each in other.clocks} if other else ()
    for each in case.clocks:
        if id(each) in known or not each.clock.running:
            continue
        rule = rules.clock_rule(each.clock)
        if rule:
            armed |= ticking.timers(each.clock, rule, rules.calendar(each.clock.calendar))
    if case.status is Status.CLOSING and case.closing:
        ends_at = case.closing.asked_at + CLOSING_ANSWER_WITHIN
        armed[f"closing:{case.closing.round}"] = ends_at
    return armed


def _answers(case: Case, event: Event, occasion: Occasion, rules: Rules) -> list[Event]:
    if isinstance(event, said.AssistanceAsked):
        return _task_started(case, event, occasion, rules)
    if isinstance(event, said.AssistanceGiven):
        each = case.clock(event.clock) if event.clock else None
        return _met(case, [each] if each else [], "assistance_given", occasion, rules)
    told: list[Event] = []
    for occurrence in OCCURRENCES.get(type(event), ()):
        told += _on(case, event, occurrence, occasion, rules)
    if isinstance(event, said.ResolutionProposed) and event.expected_by:
        told += _promised(case, event.expected_by, occasion, rules)
    return told


def _on(case: Case, event: Event, occurrence: str, occasion: Occasion, rules: Rules) -> list[Event]:
    """One occurrence: clocks that wait for it are met, clocks it starts begin."""
    if occurrence == "withdrawn":
        return _cancelled([e for e in case.clocks if e.clock.running], occurrence, occasion)
    stopped = [e for e in case.clocks if e.clock.running and _stops(e, occurrence, rules)]
    told = _met(case, stopped, occurrence, occasion, rules)
    if occurrence == "closed":
        others = [e for e in case.clocks if e.clock.running and e not in stopped]
        told += _cancelled(others, occurrence, occasion)
    received = isinstance(event, said.CaseOpened)
    at = case.known.received_at if received else occasion.at
    for rule in rules.policy.clocks_on(occurrence, routing_facts(case)):
        if occurrence != "promise_given":
            told += _started(case, rule, occurrence, at, occasion, rules)
    return told


def _stops(each: CaseClock, occurrence: str, rules: Rules) -> bool:
    rule = rules.clock_rule(each.clock)
    task = rule is not None and rule.starts_on == "assistance_asked"
    return rule is not None and occurrence in rule.stops_on and not task


def _started(
    case: Case, rule: ClockRule, occurrence: str, at: datetime, occasion: Occasion, rules: Rules
) -> list[Event]:
    before = case.clock(rule.name)
    running = before is not None and before.clock.running
    if running and occurrence not in REPLACED:
        return []
    ended = _cancelled([before], "replaced", occasion) if running and before else []
    round_ = before.clock.round + 1 if before else 1
    calendar = rules.calendar(rule.calendar)
    return [*ended, _begun(ticking.start(rule, calendar, at=at, round_=round_), rules)]


def _task_started(
    case: Case, event: said.AssistanceAsked, occasion: Occasion, rules: Rules
) -> list[Event]:
    """Each task has a clock of its own: `notify_department-1`, `notify_department-2`, …"""
    rule = next((r for r in rules.policy.clocks if r.id == event.clock_row), None)
    if rule is None or event.clock is None:
        return []
    named = replace(rule, name=event.clock)
    return _started(case, named, "assistance_asked", occasion.at, occasion, rules)


def _promised(case: Case, expected_by: datetime, occasion: Occasion, rules: Rules) -> list[Event]:
    """A promise of time is a clock (decision 24); a newer promise replaces the older."""
    rule = rules.promise_rule()
    calendar = rules.calendar(rule.calendar)
    allowed = max(calendar.elapsed(occasion.at, expected_by), 1)
    begun = _started(case, rule, "promise_given", occasion.at, occasion, rules)
    *ended, start = begun
    assert isinstance(start, said.ClockStarted), "a clock that starts comes last"
    due_at = calendar.due(start.at, seconds=allowed)
    return [*ended, replace(start, allowed_seconds=allowed, due_at=due_at)]


def _begun(fact: clocks.ClockStarted, rules: Rules) -> said.ClockStarted:
    due_at = rules.calendar(fact.calendar).due(fact.at, seconds=fact.allowed_seconds)
    return said.ClockStarted(
        clock=fact.clock,
        round=fact.round,
        at=fact.at,
        row=fact.row,
        calendar=fact.calendar,
        calendar_version=fact.calendar_version,
        allowed_seconds=fact.allowed_seconds,
        due_at=due_at,
    )


def _dated(case: Case, fact: clocks.ClockFact, rules: Rules) -> Event:
    """A resumption says when the clock is due now; other facts stand as they are."""
    each = case.clock(fact.clock)
    if not isinstance(fact, clocks.ClockResumed) or each is None:
        return fact
    turned = ticking.evolve(each.clock, fact)
    due_at = ticking.due_at(turned, rules.calendar(turned.calendar))
    assert due_at is not None, "a clock that counts is due some time"
    return said.ClockResumed(
        clock=fact.clock, round=fact.round, at=fact.at, by=fact.by, due_at=due_at
    )


def _met(
    case: Case, stopped: list[CaseClock], on: str, occasion: Occasion, rules: Rules
) -> list[Event]:
    told: list[Event] = []
    for each in stopped:
        calendar = rules.calendar(each.clock.calendar)
        facts = ticking.meet(each.clock, calendar, at=occasion.at, on=on)
        told += [_dated(case, fact, rules) for fact in facts]
    return told


def _cancelled(ended: list[CaseClock], on: str, occasion: Occasion) -> list[Event]:
    return [fact for each in ended for fact in ticking.cancel(each.clock, at=occasion.at, on=on)]


def _step(
    case: Case, fact: clocks.ClockStepTaken, rule: ClockRule, occasion: Occasion, rules: Rules
) -> list[Event]:
    """What a step after a breach does: one rung up, or somebody is told."""
    step = next(step for step in rule.steps if step.number == fact.step)
    if step.does is StepDoes.ESCALATE and case.status is Status.HANDLING:
        return up(case, "clock", occasion, rules, clock=(fact.clock, fact.step))
    unit, _ = rules.post(step.to or rule.owner, case.known)
    return [raised(case, f"clock_{rule.name}_late", unit)]
