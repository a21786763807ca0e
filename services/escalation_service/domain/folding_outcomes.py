"""How a case changes by findings, resolutions and its closing. See `folding`."""

from collections.abc import Callable
from typing import Any

from services.escalation_service.domain import outcomes as said
from services.escalation_service.domain.case import (
    Answered,
    Case,
    ClaimSeen,
    Closing,
    Finding,
    Raised,
    Resolution,
    Stage,
    Status,
)
from shared.kernel.occasion import Occasion
from shared.kernel.replacing import replace

RAISED_MAX = 20
"""How many of what was raised stay in the state; older ones are in the journal."""


def _found(case: Case, event: said.FindingRecorded, occasion: Occasion) -> Case:
    finding = Finding(
        id=event.finding_id,
        substantiated=event.substantiated,
        cause=event.cause,
        fault_confirmed=event.fault_confirmed,
        accused=event.accused,
        by=occasion.by.id,
        at=occasion.at,
        text=event.text,
    )
    accused = tuple(dict.fromkeys([*case.accused, *event.accused]))
    return replace(case, findings=(*case.findings, finding), accused=accused)


def _proposed(case: Case, event: said.ResolutionProposed, occasion: Occasion) -> Case:
    resolution = Resolution(
        id=event.resolution_id,
        remedies=event.remedies,
        final=event.final,
        proposed_by=occasion.by.id,
        proposed_at=occasion.at,
        expected_by=event.expected_by,
        text=event.text,
    )
    return replace(case, resolutions=(*case.resolutions, resolution), customer_told=False)


def _agreed(case: Case, event: said.ResolutionAccepted, _: Occasion) -> Case:
    return _staged(case, event, Stage.ACCEPTED, evidence=event.evidence)


def _rejected(case: Case, event: said.ResolutionRejected, _: Occasion) -> Case:
    return _staged(case, event, Stage.REJECTED)


def _executed(case: Case, event: said.ResolutionExecuted, _: Occasion) -> Case:
    return _staged(case, event, Stage.EXECUTED)


def _staged(case: Case, event: Any, stage: Stage, **more: Any) -> Case:  # noqa: ANN401 three events
    resolutions = tuple(
        replace(each, stage=stage, **more) if each.id == event.resolution_id else each
        for each in case.resolutions
    )
    return replace(case, resolutions=resolutions)


def _claimed(case: Case, event: said.ClaimNoted, _: Occasion) -> Case:
    others = [claim for claim in case.claims if claim.id != event.claim_id]
    return replace(case, claims=(*others, ClaimSeen(id=event.claim_id, state=event.state)))


def _told(case: Case, _event: said.CustomerTold, _: Occasion) -> Case:
    return replace(case, customer_told=True)


def _withdrawn(case: Case, _event: said.CaseWithdrawn, _: Occasion) -> Case:
    return replace(case, status=Status.WITHDRAWN, offer=None)


def _closing(case: Case, event: said.ClosingAsked, occasion: Occasion) -> Case:
    closing = Closing(
        round=event.round,
        outcome=event.outcome,
        cause=event.cause,
        asked_at=occasion.at,
        questions=event.questions,
        flags=event.flags,
        back_to=case.status,
    )
    return replace(case, status=Status.CLOSING, closing=closing)


def _answered(case: Case, event: said.ClosingAnswered, _: Occasion) -> Case:
    if case.closing is None:
        return case
    answer = Answered(service=event.service, open_items=event.open_items)
    closing = replace(case.closing, answers=(*case.closing.answers, answer))
    return replace(case, closing=closing)


def _failed(case: Case, event: said.ClosingFailed, _: Occasion) -> Case:
    if case.closing is None:
        return case
    closing = replace(case.closing, failed=event.open_items)
    return replace(case, status=closing.back_to, closing=closing)


def _closed(case: Case, _event: said.CaseClosed, occasion: Occasion) -> Case:
    closing = replace(case.closing, closed_at=occasion.at) if case.closing else None
    return replace(case, status=Status.CLOSED, closing=closing, offer=None)


def _raised(case: Case, event: said.TaskRaised, occasion: Occasion) -> Case:
    raised = Raised(id=event.task_id, code=event.code, unit=event.unit, at=occasion.at)
    return replace(case, raised=(*case.raised, raised)[-RAISED_MAX:], raises=case.raises + 1)


OUTCOMES: dict[type[Any], Callable[[Case, Any, Occasion], Case]] = {
    said.FindingRecorded: _found,
    said.ResolutionProposed: _proposed,
    said.ResolutionAccepted: _agreed,
    said.ResolutionRejected: _rejected,
    said.ResolutionExecuted: _executed,
    said.ClaimNoted: _claimed,
    said.CustomerTold: _told,
    said.CaseWithdrawn: _withdrawn,
    said.ClosingAsked: _closing,
    said.ClosingAnswered: _answered,
    said.ClosingFailed: _failed,
    said.CaseClosed: _closed,
    said.TaskRaised: _raised,
}
