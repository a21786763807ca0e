"""What others hear of what happened to a case, a unit, a person. Ids, codes and moments only."""

from collections.abc import Callable
from typing import Any

from services.escalation_service.domain import events as said
from services.escalation_service.domain.case import Case, Status
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.person import PersonFile, PersonRecorded
from services.escalation_service.domain.unit import UnitFile, UnitRecorded
from shared.contracts import escalation as tell
from shared.contracts.envelope import Contract
from shared.kernel import clocks
from shared.kernel.occasion import Occasion


def fact_of(event: Event, case: Case, occasion: Occasion) -> Contract | None:
    """The fact that this event publishes; None for what concerns nobody else."""
    say = _FACTS.get(type(event))
    return say(event, case, occasion) if say else None


def unit_fact(event: UnitRecorded, _unit: UnitFile, _occasion: Occasion) -> Contract:
    """A unit as recorded."""
    file = event.file
    return tell.UnitRecordedV1.model_validate(
        {
            "unit": file.path,
            "kind": file.kind,
            "head": file.head,
            "labels": file.labels,
            "active": file.active,
        }
    )


def person_fact(event: PersonRecorded, _person: PersonFile, _occasion: Occasion) -> Contract:
    """A person as recorded."""
    file = event.file
    return tell.PersonRecordedV1(
        person=file.person, roles=list(file.roles), units=list(file.units), active=file.active
    )


def _opened(event: said.CaseOpened, case: Case, _: Occasion) -> Contract:
    return tell.CaseOpenedV1(
        complaint_id=case.id,
        reference=event.known.reference,
        unit=event.known.recording_unit,
        tier=event.tier,
        awaits_confirmation=event.known.awaits_confirmation,
    )


def _routed(event: said.CaseRouted, case: Case, _: Occasion) -> Contract:
    return tell.CaseRoutedV1(
        complaint_id=case.id, tier=event.tier, unit=event.unit, rows=event.rows
    )


def _escalated(event: said.CaseEscalated, case: Case, _: Occasion) -> Contract:
    return tell.CaseEscalatedV1(
        complaint_id=case.id,
        from_tier=event.from_tier,
        to_tier=event.to_tier,
        to_unit=event.unit,
        reason_code=event.reason_code,
        clock=event.clock,
        step=event.step,
        row=event.row,
    )


def _offered(event: said.CustodyOffered, case: Case, _: Occasion) -> Contract:
    return tell.CustodyOfferedV1(
        complaint_id=case.id,
        offer_id=event.offer_id,
        from_unit=event.from_unit,
        to_unit=event.unit,
        to_person=event.person,
        reason_code=event.reason_code,
        accept_due_at=event.accept_due_at,
    )


def _accepted(event: said.CustodyAccepted, case: Case, _: Occasion) -> Contract:
    return tell.CustodyAcceptedV1(
        complaint_id=case.id, offer_id=event.offer_id, unit=event.unit, person=event.person
    )


def _returned(event: said.CustodyReturned, case: Case, _: Occasion) -> Contract:
    return tell.CustodyReturnedV1(
        complaint_id=case.id,
        offer_id=event.offer_id,
        from_unit=event.from_unit,
        to_unit=event.to_unit,
        reason_code=event.reason_code,
        returns=event.returns,
        arbiter_unit=event.arbiter_unit,
    )


def _arbitrated(event: said.CustodyArbitrated, case: Case, _: Occasion) -> Contract:
    return tell.CustodyArbitratedV1(
        complaint_id=case.id, unit=event.unit, person=event.person, row=event.row
    )


def _asked(event: said.AssistanceAsked, case: Case, _: Occasion) -> Contract:
    return tell.AssistanceAskedV1(
        complaint_id=case.id,
        task_id=event.task_id,
        unit=event.unit,
        item=event.item,
        due_at=event.due_at,
        row=event.row,
    )


def _given(event: said.AssistanceGiven, case: Case, _: Occasion) -> Contract:
    return tell.AssistanceGivenV1.model_validate(
        {"complaint_id": case.id, "task_id": event.task_id, "outcome": event.outcome}
    )


def _started(event: said.ClockStarted, case: Case, _: Occasion) -> Contract:
    return tell.ClockStartedV1(
        complaint_id=case.id,
        clock=event.clock,
        round=event.round,
        started_at=event.at,
        due_at=event.due_at,
        calendar=event.calendar,
        row=event.row,
    )


def _paused(event: clocks.ClockPaused, case: Case, _: Occasion) -> Contract:
    return tell.ClockPausedV1(
        complaint_id=case.id,
        clock=event.clock,
        round=event.round,
        reason_code=event.reason,
        paused_at=event.at,
    )


def _resumed(event: said.ClockResumed, case: Case, _: Occasion) -> Contract:
    return tell.ClockResumedV1(
        complaint_id=case.id,
        clock=event.clock,
        round=event.round,
        resumed_at=event.at,
        due_at=event.due_at,
    )


def _met(event: clocks.ClockMet, case: Case, _: Occasion) -> Contract:
    each = case.clock(event.clock)
    late = each is not None and each.clock.breached_at is not None
    return tell.ClockMetV1(
        complaint_id=case.id, clock=event.clock, round=event.round, met_at=event.at, late=late
    )


def _warned(event: clocks.ClockWarned, case: Case, _: Occasion) -> Contract:
    each = case.clock(event.clock)
    due_at = each.due_at if each and each.due_at else event.at
    return tell.ClockWarnedV1(
        complaint_id=case.id,
        clock=event.clock,
        round=event.round,
        percent=event.percent,
        due_at=due_at,
    )


def _breached(event: clocks.ClockBreached, case: Case, _: Occasion) -> Contract:
    return tell.ClockBreachedV1(
        complaint_id=case.id, clock=event.clock, round=event.round, due_at=event.due_at
    )


def _found(event: said.FindingRecorded, case: Case, _: Occasion) -> Contract:
    return tell.FindingRecordedV1.model_validate(
        {
            "complaint_id": case.id,
            "finding_id": event.finding_id,
            "substantiated": event.substantiated,
            "cause": event.cause,
            "fault_confirmed": event.fault_confirmed,
            "accused": list(event.accused),
            "attributes": event.attributes,
        }
    )


def _proposed(event: said.ResolutionProposed, case: Case, _: Occasion) -> Contract:
    remedies = [
        tell.ProposedRemedy(remedy=each.remedy, claim_id=each.claim_id) for each in event.remedies
    ]
    return tell.ResolutionProposedV1(
        complaint_id=case.id,
        resolution_id=event.resolution_id,
        remedies=remedies,
        expected_by=event.expected_by,
    )


def _agreed(event: said.ResolutionAccepted, case: Case, _: Occasion) -> Contract:
    return tell.ResolutionAcceptedV1(
        complaint_id=case.id, resolution_id=event.resolution_id, evidence=event.evidence
    )


def _rejected(event: said.ResolutionRejected, case: Case, _: Occasion) -> Contract:
    return tell.ResolutionRejectedV1(
        complaint_id=case.id, resolution_id=event.resolution_id, reason_code=event.reason_code
    )


def _executed(event: said.ResolutionExecuted, case: Case, occasion: Occasion) -> Contract:
    return tell.ResolutionExecutedV1(
        complaint_id=case.id, resolution_id=event.resolution_id, executed_at=occasion.at
    )


def _closing(event: said.ClosingAsked, case: Case, _: Occasion) -> Contract:
    withdrawn = case.closing is not None and case.closing.back_to is Status.WITHDRAWN
    return tell.ClosingAskedV1(complaint_id=case.id, round=event.round, withdrawn=withdrawn)


def _failed(event: said.ClosingFailed, case: Case, _: Occasion) -> Contract:
    items = list(event.open_items)
    return tell.ClosingFailedV1(complaint_id=case.id, round=event.round, open_items=items)


def _closed(event: said.CaseClosed, case: Case, occasion: Occasion) -> Contract:
    return tell.CaseClosedV1(
        complaint_id=case.id,
        round=event.round,
        outcome=event.outcome,
        cause=event.cause,
        closed_at=occasion.at,
    )


def _reopened(event: said.CaseReopened, case: Case, _: Occasion) -> Contract:
    return tell.CaseReopenedV1(
        complaint_id=case.id,
        reason_code=event.reason_code,
        tier=event.tier,
        unit=event.unit,
        barred_handler=event.barred,
    )


def _raised(event: said.TaskRaised, case: Case, _: Occasion) -> Contract:
    return tell.TaskRaisedV1(
        complaint_id=case.id, task_id=event.task_id, code=event.code, unit=event.unit
    )


_FACTS: dict[type[Any], Callable[[Any, Case, Occasion], Contract]] = {
    said.CaseOpened: _opened,
    said.CaseRouted: _routed,
    said.CaseEscalated: _escalated,
    said.CustodyOffered: _offered,
    said.CustodyAccepted: _accepted,
    said.CustodyReturned: _returned,
    said.CustodyArbitrated: _arbitrated,
    said.AssistanceAsked: _asked,
    said.AssistanceGiven: _given,
    said.ClockStarted: _started,
    clocks.ClockPaused: _paused,
    said.ClockResumed: _resumed,
    clocks.ClockMet: _met,
    clocks.ClockWarned: _warned,
    clocks.ClockBreached: _breached,
    said.FindingRecorded: _found,
    said.ResolutionProposed: _proposed,
    said.ResolutionAccepted: _agreed,
    said.ResolutionRejected: _rejected,
    said.ResolutionExecuted: _executed,
    said.ClosingAsked: _closing,
    said.ClosingFailed: _failed,
    said.CaseClosed: _closed,
    said.CaseReopened: _reopened,
    said.TaskRaised: _raised,
}
