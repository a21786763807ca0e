"""What compensation tells the world of each event: ids, codes, amounts and moments."""

from typing import assert_never
from uuid import UUID

from services.compensation_service.domain.delegation import Delegation
from services.compensation_service.domain.delegation import Event as DelegationEvent
from services.compensation_service.domain.dossier import Claim, Dossier
from services.compensation_service.domain.events import (
    ApprovalClockMoved,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRefused,
    ApprovalRequested,
    ClaimAuthorised,
    ClaimLapsed,
    ClaimPaid,
    ClaimProposed,
    ClaimReversed,
    ClaimSigned,
    ClosingAnswered,
    EntitlementDetermined,
    Event,
    PromiseRecorded,
    ReviewFlagged,
)
from shared.contracts import compensation as told
from shared.contracts.envelope import Contract
from shared.kernel.clocks import ClockWarned
from shared.kernel.occasion import Occasion
from shared.kernel.policy.authority import How


def fact_of(event: Event, dossier: Dossier, occasion: Occasion) -> Contract | None:
    """The fact this event publishes, if any; `dossier` is the one after it."""
    match event:
        case ApprovalRequested() | ApprovalExpired() | ApprovalRefused() | ApprovalClockMoved():
            return _waiting(event, dossier, occasion)
        case ApprovalGranted():
            return _granted(event, dossier)
        case (
            ClaimProposed()
            | ClaimAuthorised()
            | ClaimPaid()
            | ClaimSigned()
            | ClaimLapsed()
            | ClaimReversed()
        ):
            return _claimed(event, dossier, occasion)
        case PromiseRecorded() | EntitlementDetermined() | ReviewFlagged() | ClosingAnswered():
            return _more(event, dossier)
        case _:
            return None


def nothing(_event: DelegationEvent, _state: Delegation, _occasion: Occasion) -> None:
    """Delegations are nobody else's business; the journal keeps them."""


def _waiting(
    event: ApprovalRequested | ApprovalExpired | ApprovalRefused | ApprovalClockMoved,
    dossier: Dossier,
    occasion: Occasion,
) -> Contract | None:
    claim = _of(dossier, event.claim_id)
    match event:
        case ApprovalRequested():
            return told.ApprovalRequestedV1(
                claim_id=claim.id,
                complaint_id=dossier.id,
                step=event.step,
                role=event.role,
                unit=dossier.unit,
                exposure_minor=claim.exposure_minor,
                due_at=event.due_at,
                row=claim.row,
            )
        case ApprovalExpired():
            return told.ApprovalExpiredV1(
                claim_id=claim.id,
                complaint_id=dossier.id,
                step=event.number,
                role=event.role,
                next_role=event.next_role,
            )
        case ApprovalRefused():
            return told.ApprovalRefusedV1(
                claim_id=claim.id,
                complaint_id=dossier.id,
                step=event.number,
                role=event.role,
                refused_by=occasion.by.id,
                reason_code=event.reason_code,
            )
        case ApprovalClockMoved():
            return _warned(event, claim, dossier)
        case _:
            assert_never(event)


def _warned(event: ApprovalClockMoved, claim: Claim, dossier: Dossier) -> Contract | None:
    number = claim.pending
    if not isinstance(event.fact, ClockWarned) or number is None or event.due_at is None:
        return None
    return told.ApprovalWarnedV1(
        claim_id=claim.id,
        complaint_id=dossier.id,
        step=number,
        role=claim.steps[number - 1].role,
        percent=event.fact.percent,
        due_at=event.due_at,
    )


def _granted(event: ApprovalGranted, dossier: Dossier) -> Contract | None:
    """A step of proposing is no approval; it shows in the next request."""
    claim = _of(dossier, event.claim_id)
    if event.step.how is How.PROPOSE or event.step.by is None:
        return None
    return told.ApprovalGrantedV1(
        claim_id=claim.id,
        complaint_id=dossier.id,
        step=event.number,
        role=event.step.role,
        approved_by=event.step.by,
        exposure_minor=claim.exposure_minor,
        row=claim.row,
    )


def _claimed(
    event: ClaimProposed | ClaimAuthorised | ClaimPaid | ClaimSigned | ClaimLapsed | ClaimReversed,
    dossier: Dossier,
    occasion: Occasion,
) -> Contract:
    match event:
        case ClaimProposed():
            return _proposed(event.claim, dossier)
        case ClaimAuthorised():
            claim = _of(dossier, event.claim_id)
            return told.ClaimAuthorisedV1(
                claim_id=claim.id,
                complaint_id=dossier.id,
                cost_minor=claim.cost_minor,
                currency=claim.currency,
                row=claim.row,
            )
        case ClaimPaid():
            return _paid(event, dossier, occasion)
        case ClaimSigned():
            return told.ClaimSignedV1(
                claim_id=event.claim_id, complaint_id=dossier.id, evidence_id=event.evidence_id
            )
        case ClaimLapsed():
            return told.ClaimLapsedV1(
                claim_id=event.claim_id, complaint_id=dossier.id, reason_code=event.reason_code
            )
        case ClaimReversed():
            claim = _of(dossier, event.claim_id)
            return told.ClaimReversedV1(
                claim_id=claim.id,
                complaint_id=dossier.id,
                cost_minor=claim.cost_minor,
                currency=claim.currency,
                reason_code=event.reason_code,
            )
        case _:
            assert_never(event)


def _proposed(claim: Claim, dossier: Dossier) -> Contract:
    return told.ClaimProposedV1(
        claim_id=claim.id,
        complaint_id=dossier.id,
        remedy=claim.remedy,
        currency=claim.currency,
        cost_minor=claim.cost_minor,
        face_minor=claim.face_minor,
        exposure_minor=claim.exposure_minor,
        proposed_by=claim.proposer,
        row=claim.row,
    )


def _paid(event: ClaimPaid, dossier: Dossier, occasion: Occasion) -> Contract:
    claim = _of(dossier, event.claim_id)
    return told.ClaimPaidV1(
        claim_id=claim.id,
        complaint_id=dossier.id,
        cost_minor=claim.cost_minor,
        currency=claim.currency,
        paid_by=occasion.by.id,
        proof=event.proof,
        awaits_signature=claim.signature,
    )


def _more(
    event: PromiseRecorded | EntitlementDetermined | ReviewFlagged | ClosingAnswered,
    dossier: Dossier,
) -> Contract:
    match event:
        case PromiseRecorded():
            return _promised(event, dossier)
        case EntitlementDetermined():
            grant = event.grant
            return told.EntitlementDeterminedV1(
                entitlement_id=grant.id,
                complaint_id=dossier.id,
                grants=list(grant.grants),
                rows=list(grant.rows),
                evidence_id=next(iter(grant.evidence), None),
            )
        case ReviewFlagged():
            return told.ReviewNeededV1(
                claim_id=event.subject, complaint_id=dossier.id, code=event.code
            )
        case ClosingAnswered() if event.open_items:
            items = list(event.open_items)
            return told.ClosingUnsettledV1(
                complaint_id=dossier.id, round=event.round, open_items=items
            )
        case ClosingAnswered():
            return told.ClosingSettledV1(complaint_id=dossier.id, round=event.round)
        case _:
            assert_never(event)


def _promised(event: PromiseRecorded, dossier: Dossier) -> Contract:
    promise = event.promise
    return told.PromiseRecordedV1(
        promise_id=promise.id,
        complaint_id=dossier.id,
        remedy=promise.remedy,
        currency=promise.currency,
        cost_minor=promise.cost_minor,
        promised_by=promise.promised_by,
        verdict=promise.verdict,
        needs_role=promise.needs[-1] if promise.needs else None,
        row=promise.row,
    )


def _of(dossier: Dossier, claim_id: UUID) -> Claim:
    claim = dossier.claim(claim_id)
    assert claim is not None, "an event speaks of a claim in the dossier"
    return claim
