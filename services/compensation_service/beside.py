"""The rows beside a dossier: queues, approvals, payments, books; their constraints guard it."""

from collections.abc import Sequence
from uuid import UUID

from services.compensation_service.domain.books import transfer_of
from services.compensation_service.domain.dossier import Claim, Dossier
from services.compensation_service.domain.events import (
    ApprovalClockMoved,
    ApprovalGranted,
    CaseLinked,
    ClaimPaid,
    ClaimProposed,
    Event,
    RequirementRaised,
    ReviewFlagged,
)
from services.compensation_service.tables import (
    APPROVALS,
    CLAIMS,
    CLOCK_STEPS,
    LEDGER_ENTRIES,
    LEDGER_TRANSFERS,
    LINKS,
    PAYMENTS,
)
from shared.kernel.clocks import ClockStepTaken
from shared.kernel.occasion import Occasion
from shared.kernel.policy.authority import How
from shared.plumbing.changes import Aside

_MOVING = ("exposure_minor", "status", "awaits", "role", "row", "review")


def asides_of(event: Event, dossier: Dossier, occasion: Occasion) -> Sequence[Aside]:
    """The rows an event writes beside the state; `dossier` is the one after it."""
    if isinstance(event, CaseLinked):
        return [_link(event, dossier)]
    claim = _touched(event, dossier)
    if claim is None:
        return []
    rows = [_claim(claim, dossier)]
    match event:
        case ApprovalGranted():
            rows.append(_approval(event, claim, dossier, occasion))
        case ClaimPaid():
            rows.append(_payment(claim, dossier))
        case ApprovalClockMoved(fact=ClockStepTaken() as taken):
            rows.append(_clock_step(taken, claim, occasion))
        case _:
            pass
    return [*rows, *_entered(event, dossier, occasion)]


def _touched(event: Event, dossier: Dossier) -> Claim | None:
    if isinstance(event, ClaimProposed | RequirementRaised):
        return event.claim
    subject: UUID | None = getattr(event, "claim_id", None)
    if isinstance(event, ReviewFlagged):
        subject = event.subject
    return dossier.claim(subject) if subject else None


def _claim(claim: Claim, dossier: Dossier) -> Aside:
    pending = claim.pending
    values = {
        "claim_id": claim.id,
        "complaint_id": dossier.id,
        "organisation": dossier.organisation,
        "remedy": claim.remedy,
        "kind": claim.kind,
        "currency": claim.currency,
        "face_minor": claim.face_minor,
        "cost_minor": claim.cost_minor,
        "exposure_minor": claim.exposure_minor,
        "status": str(claim.status),
        "awaits": awaits(claim),
        "role": claim.steps[pending - 1].role if pending else None,
        "row": claim.row,
        "proposer": claim.proposer,
        "proposed_at": claim.proposed_at,
        "review": claim.review,
    }
    return Aside(table=CLAIMS, values=values, replaces=_MOVING)


def awaits(claim: Claim) -> str:
    """What the claim waits for: `approval`, `payment`, `signature`, or nothing."""
    if claim.pending:
        return "approval"
    if claim.payment_due:
        return "payment"
    return "signature" if claim.signature_due else ""


def _approval(event: ApprovalGranted, claim: Claim, dossier: Dossier, occasion: Occasion) -> Aside:
    step = event.step
    endorsers = [s.by for s in claim.steps if s.how is How.PROPOSE and s.by != claim.proposer]
    values = {
        "claim_id": claim.id,
        "round": claim.round,
        "step": event.number,
        "organisation": dossier.organisation,
        "duty": str(step.how),
        "role": step.role,
        "approver": step.by,
        "proposer": claim.proposer,
        "endorser": None if step.how is How.PROPOSE else next(iter(endorsers), None),
        "delegation": step.delegation,
        "exposure_minor": claim.exposure_minor,
        "row": claim.row,
        "at": occasion.at,
    }
    return Aside(table=APPROVALS, values=values)


def _payment(claim: Claim, dossier: Dossier) -> Aside:
    approvers = [step.by for step in claim.steps if step.how is How.APPROVE]
    values = {
        "claim_id": claim.id,
        "complaint_id": dossier.id,
        "organisation": dossier.organisation,
        "payer": claim.paid_by,
        "proposer": claim.proposer,
        "approver": approvers[-1] if approvers else None,
        "currency": claim.currency,
        "cost_minor": claim.cost_minor,
        "proof": claim.proof,
        "paid_at": claim.paid_at,
    }
    return Aside(table=PAYMENTS, values=values)


def _clock_step(fact: ClockStepTaken, claim: Claim, occasion: Occasion) -> Aside:
    values = {
        "claim_id": claim.id,
        "clock": fact.clock,
        "round": fact.round,
        "step": fact.step,
        "at": occasion.at,
    }
    return Aside(table=CLOCK_STEPS, values=values)


def _link(event: CaseLinked, dossier: Dossier) -> Aside:
    values = {
        "complaint_id": dossier.id,
        "linked_id": event.linked,
        "organisation": dossier.organisation,
        "relation": event.relation,
    }
    return Aside(table=LINKS, values=values)


def _entered(event: Event, dossier: Dossier, occasion: Occasion) -> list[Aside]:
    """A transfer and its two sides; a remedy that costs nothing has no sides."""
    moved = transfer_of(event, dossier)
    if moved is None:
        return []
    head = {
        "id": moved.id,
        "organisation": dossier.organisation,
        "kind": str(moved.kind),
        "claim_id": moved.claim_id,
        "complaint_id": dossier.id,
        "round": moved.round,
        "currency": moved.currency,
        "minor": moved.minor,
        "actor": occasion.by.id,
        "at": occasion.at,
    }
    sides = [(1, moved.debit, moved.minor, 0), (2, moved.credit, 0, moved.minor)]
    entries = [
        {
            "transfer": moved.id,
            "line": line,
            "account": str(account),
            "currency": moved.currency,
            "debit_minor": debit,
            "credit_minor": credit,
        }
        for line, account, debit, credit in sides
        if moved.minor
    ]
    return [
        Aside(table=LEDGER_TRANSFERS, values=head),
        *(Aside(table=LEDGER_ENTRIES, values=entry) for entry in entries),
    ]
