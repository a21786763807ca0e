"""How a case changes by what happened. Never argues, never refuses."""

from collections.abc import Callable
from typing import Any, TypeVar

from services.escalation_service.domain import events as said
from services.escalation_service.domain.case import (
    Case,
    CaseClock,
    Custody,
    Offer,
    Status,
    Task,
)
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.folding_outcomes import OUTCOMES
from shared.kernel import clocks, ticking
from shared.kernel.occasion import Occasion
from shared.kernel.replacing import replace

E = TypeVar("E")


def evolve(case: Case | None, event: Event, occasion: Occasion) -> Case:
    """One event folded in."""
    if isinstance(event, said.CaseOpened):
        return _opened(case, event)
    if isinstance(event, said.ContactNoted):
        return _noted(event)
    assert case is not None, "a case is opened before anything else happens to it"
    if isinstance(event, clocks.ClockFact):
        return _ticked(case, event)
    return _FOLDS[type(event)](case, event, occasion)


def _noted(event: said.ContactNoted) -> Case:
    known = event.known
    custody = Custody(unit=known.recording_unit)
    return Case(
        id=event.complaint_id,
        known=known,
        status=Status.NOT_A_COMPLAINT,
        custody=custody,
        accused=known.accused,
    )


def _opened(before: Case | None, event: said.CaseOpened) -> Case:
    known = event.known
    person = known.registered_by if known.registered_by.startswith("p-") else None
    case = before or _noted(said.ContactNoted(complaint_id=event.complaint_id, known=known))
    return replace(
        case,
        known=known,
        status=Status.AWAITING_CONFIRMATION,
        custody=Custody(unit=known.recording_unit, person=person),
        tier=event.tier,
        rung=event.rung,
        accused=known.accused,
    )


def _ticked(case: Case, fact: clocks.ClockFact) -> Case:
    if isinstance(fact, clocks.ClockStarted):
        due_at = fact.due_at if isinstance(fact, said.ClockStarted) else None
        started = CaseClock(clock=ticking.evolve(None, fact), due_at=due_at)
        return replace(case, clocks=(*case.clocks, started))
    return replace(case, clocks=tuple(_turned(each, fact) for each in case.clocks))


def _turned(each: CaseClock, fact: clocks.ClockFact) -> CaseClock:
    if (each.clock.name, each.clock.round) != (fact.clock, fact.round):
        return each
    due_at = each.due_at
    if isinstance(fact, clocks.ClockPaused):
        due_at = None
    elif isinstance(fact, said.ClockResumed):
        due_at = fact.due_at
    return CaseClock(clock=ticking.evolve(each.clock, fact), due_at=due_at)


def _set_aside(case: Case, event: said.CaseSetAside, _: Occasion) -> Case:
    known = replace(case.known, kind=event.kind)
    return replace(case, known=known, status=Status.NOT_A_COMPLAINT, offer=None)


def _confirmed(case: Case, _event: said.RecordConfirmed, _: Occasion) -> Case:
    status = Status.HANDLING if case.status is Status.AWAITING_CONFIRMATION else case.status
    return replace(case, confirmed=True, status=status)


def _reclassified(case: Case, event: said.Reclassified, _: Occasion) -> Case:
    known = replace(
        case.known,
        kind=event.kind,
        classification=event.classification,
        severity=event.severity,
        flags=event.flags,
    )
    return replace(case, known=known)


def _flagged(case: Case, event: said.FlagFound, _: Occasion) -> Case:
    known = replace(case.known, flags=event.flags)
    return replace(case, known=known, found_flags=(*case.found_flags, event.flag))


def _amended(case: Case, event: said.Amended, _: Occasion) -> Case:
    known = replace(case.known, attributes=event.attributes, accused=event.accused)
    found = [one for finding in case.findings for one in finding.accused]
    accused = tuple(dict.fromkeys([*event.accused, *found]))
    return replace(case, known=known, accused=accused)


def _linked(case: Case, event: said.RepeatLinked, _: Occasion) -> Case:
    return replace(case, repeats=event.repeats, linked=(*case.linked, event.linked))


def _routed(case: Case, event: said.CaseRouted, _: Occasion) -> Case:
    return replace(case, tier=event.tier, rung=event.rung)


def _unchanged(case: Case, _event: said.TierKept, _: Occasion) -> Case:
    return case


def _escalated(case: Case, event: said.CaseEscalated, _: Occasion) -> Case:
    barred = _more(case.barred, event.barred)
    return replace(case, tier=event.to_tier, rung=event.rung, barred=barred)


def _offered(case: Case, event: said.CustodyOffered, occasion: Occasion) -> Case:
    offer = Offer(
        id=event.offer_id,
        giver=case.custody,
        unit=event.unit,
        role=event.role,
        person=event.person,
        reason_code=event.reason_code,
        by=occasion.by.id,
        at=occasion.at,
        exchange=event.exchange,
        accept_due_at=event.accept_due_at,
    )
    return replace(case, offer=offer, offers=case.offers + 1)


def _accepted(case: Case, event: said.CustodyAccepted, _: Occasion) -> Case:
    custody = Custody(unit=event.unit, person=event.person, offer=event.offer_id)
    return replace(case, custody=custody, accepted=case.offer, offer=None)


def _returned(case: Case, event: said.CustodyReturned, _: Occasion) -> Case:
    return replace(
        case,
        custody=Custody(unit=event.to_unit, person=event.to_person),
        offer=None,
        accepted=None,
        returns=event.returns,
        arbiter=event.arbiter_unit,
    )


def _arbitrated(case: Case, event: said.CustodyArbitrated, _: Occasion) -> Case:
    custody = Custody(unit=event.unit, person=event.person)
    return replace(case, custody=custody, offer=None, accepted=None, arbiter=None, arbitrated=True)


def _asked(case: Case, event: said.AssistanceAsked, occasion: Occasion) -> Case:
    task = Task(
        id=event.task_id,
        item=event.item,
        unit=event.unit,
        role=event.role,
        must_answer=event.must_answer,
        asked_by=occasion.by.id,
        asked_at=occasion.at,
        row=event.row,
        clock=event.clock,
        due_at=event.due_at,
        note=event.note,
    )
    return replace(case, tasks=(*case.tasks, task))


def _given(case: Case, event: said.AssistanceGiven, _: Occasion) -> Case:
    tasks = tuple(
        replace(task, outcome=event.outcome, result=event.result)
        if task.id == event.task_id
        else task
        for task in case.tasks
    )
    return replace(case, tasks=tasks)


def _reopened(case: Case, event: said.CaseReopened, _: Occasion) -> Case:
    return replace(
        case,
        status=Status.HANDLING,
        tier=event.tier,
        rung=event.rung,
        reopened=case.reopened + 1,
        returns=0,
        arbitrated=False,
        barred=_more(case.barred, event.barred),
        customer_told=False,
    )


def _more(barred: tuple[str, ...], person: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*barred, person])) if person else barred


_FOLDS: dict[type[Any], Callable[[Case, Any, Occasion], Case]] = {
    **OUTCOMES,
    said.CaseSetAside: _set_aside,
    said.RecordConfirmed: _confirmed,
    said.Reclassified: _reclassified,
    said.FlagFound: _flagged,
    said.Amended: _amended,
    said.RepeatLinked: _linked,
    said.CaseRouted: _routed,
    said.TierKept: _unchanged,
    said.CaseEscalated: _escalated,
    said.CustodyOffered: _offered,
    said.CustodyAccepted: _accepted,
    said.CustodyReturned: _returned,
    said.CustodyArbitrated: _arbitrated,
    said.AssistanceAsked: _asked,
    said.AssistanceGiven: _given,
    said.CaseReopened: _reopened,
}
