"""What followup makes of its neighbours' facts: occurrences, each at the moment it happened. Pure.

Which occurrence starts or meets what is the pack's business, so every fact that has a word in
`vocabulary.OCCURRENCES` is passed on. Master data and what concerns no complaint has no effect.
"""

from datetime import datetime
from uuid import UUID

from services.followup_service.domain import commands as c
from services.followup_service.domain.state import Subject
from shared.contracts import compensation, escalation, intake
from shared.contracts.envelope import Contract
from shared.plumbing.inbox import Received
from shared.plumbing.reacting import Reaction

TABLE = "followups"

PROMISES = frozenset({"resolve", "promise"})
"""Escalation's clocks by which the complainant is to have an answer."""

OCCURRENCE_OF: dict[type[Contract], str] = {
    intake.ComplaintConfirmedV1: "confirmed",
    escalation.CustodyOfferedV1: "custody_offered",
    escalation.CustodyReturnedV1: "custody_returned",
    escalation.CaseEscalatedV1: "reported_up",
    escalation.AssistanceAskedV1: "assistance_asked",
    escalation.AssistanceGivenV1: "assistance_given",
    escalation.FindingRecordedV1: "finding_recorded",
    escalation.ResolutionProposedV1: "resolution_proposed",
    escalation.ResolutionAcceptedV1: "resolution_accepted",
    escalation.ResolutionRejectedV1: "resolution_rejected",
    compensation.ClaimProposedV1: "claim_proposed",
    compensation.ApprovalRequestedV1: "approval_requested",
    compensation.ApprovalGrantedV1: "approval_decided",
    compensation.ApprovalRefusedV1: "approval_decided",
    compensation.ClaimAuthorisedV1: "payment_due",
    compensation.ClaimPaidV1: "paid",
    compensation.ClaimSignedV1: "signed",
}


def commands_for(received: Received) -> list[Reaction]:
    """The commands that follow from a fact, for the followup of its complaint or visit."""
    fact, at = received.contract, received.envelope.time
    if fact is None:
        return []
    opening = _opening(fact, at)
    if opening is not None:
        return [Reaction(TABLE, opening.subject.id, opening)]
    complaint: UUID | None = getattr(fact, "complaint_id", None)
    command = _of_custody(fact, at) or _of_closing(fact) or _of_promises(fact)
    command = command or _of_intake(fact) or _occurrence(fact, at)
    if complaint is None or command is None:
        return []
    return [Reaction(TABLE, complaint, command)]


def _opening(fact: Contract, at: datetime) -> c.OpenFollowup | None:
    match fact:
        case intake.ComplaintRegisteredV1():
            return c.OpenFollowup(subject=_complaint(fact), registered_at=at)
        case intake.ServiceCompletedV1():
            return c.OpenFollowup(
                subject=_visit(fact),
                registered_at=at,
                consent=fact.callback_consent,
                reachable=fact.reachable,
            )
        case _:
            return None


def _complaint(fact: intake.ComplaintRegisteredV1) -> Subject:
    return Subject(
        id=fact.complaint_id,
        visit=False,
        reference=fact.reference,
        unit=fact.recording_unit,
        received_at=fact.received_at,
        policy=fact.policy.hash,
        kind=fact.kind,
        channel=fact.channel,
        complainant_type=fact.complainant_type,
        member=fact.member,
        customer=fact.customer,
        category=fact.classification.get("category", ""),
        workflow=fact.classification.get("workflow", ""),
        severity=fact.severity or "",
        flags=tuple(sorted(fact.flags)),
        hotline_ticket=fact.hotline_ticket,
    )


def _visit(fact: intake.ServiceCompletedV1) -> Subject:
    return Subject(
        id=fact.visit_id,
        visit=True,
        reference="",
        unit=fact.unit,
        received_at=fact.completed_at,
        policy=fact.policy.hash,
        kind="visit",
        member=fact.member,
        customer=fact.customer,
    )


def _of_intake(fact: Contract) -> c.Command | None:
    match fact:
        case intake.ComplaintClassifiedV1():
            return c.NoteClassification(
                kind=fact.kind,
                category=fact.classification.get("category"),
                workflow=fact.classification.get("workflow"),
                severity=fact.severity,
                flags=tuple(sorted(fact.flags)),
            )
        case intake.ComplaintPromotedV1():
            return c.NoteClassification(kind="complaint")
        case intake.ComplaintWithdrawnV1():
            return c.Withdraw()
        case _:
            return None


def _of_custody(fact: Contract, at: datetime) -> c.Command | None:
    """Whose it is now; who was only offered it does not see it yet."""
    match fact:
        case escalation.CustodyArbitratedV1():
            return c.NoteOccurrence(occurrence="", at=at, holder=fact.unit)
        case escalation.CustodyAcceptedV1():
            return c.NoteOccurrence(occurrence="custody_accepted", at=at, holder=fact.unit)
        case escalation.CaseReopenedV1():
            return c.Reopen(unit=fact.unit, at=at)
        case _:
            return None


def _of_promises(fact: Contract) -> c.Command | None:
    match fact:
        case escalation.ClockStartedV1() | escalation.ClockResumedV1():
            return c.NotePromise(due_at=fact.due_at) if fact.clock in PROMISES else None
        case _:
            return None


def _of_closing(fact: Contract) -> c.Command | None:
    match fact:
        case escalation.ResolutionExecutedV1():
            return c.NoteOccurrence(occurrence="resolution_executed", at=fact.executed_at)
        case escalation.ClosingAskedV1():
            return c.AnswerClosing(round=fact.round, withdrawn=fact.withdrawn)
        case escalation.ClosingFailedV1():
            return c.Thaw(round=fact.round)
        case escalation.CaseClosedV1():
            return c.Close(at=fact.closed_at)
        case _:
            return None


def _occurrence(fact: Contract, at: datetime) -> c.NoteOccurrence | None:
    occurrence = OCCURRENCE_OF.get(type(fact))
    return None if occurrence is None else c.NoteOccurrence(occurrence=occurrence, at=at)
