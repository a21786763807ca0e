"""How events fold into a dossier. No rule, no refusal, no clock."""

from typing import assert_never

from services.compensation_service.domain.dossier import (
    ApprovalStep,
    Claim,
    ClaimStatus,
    Decision,
    Dossier,
    Status,
)
from services.compensation_service.domain.events import (
    ApprovalClockMoved,
    ApprovalExpired,
    ApprovalGranted,
    ApprovalRefused,
    ApprovalRequested,
    CaseLinked,
    ClaimAuthorised,
    ClaimLapsed,
    ClaimPaid,
    ClaimProposed,
    ClaimReversed,
    ClaimSigned,
    ClosingAnswered,
    ComplaintAmended,
    ComplaintReclassified,
    ComplaintWithdrawn,
    DossierClosed,
    DossierOpened,
    DossierReopened,
    DossierThawed,
    EntitlementDetermined,
    Event,
    EvidenceNoted,
    FindingNoted,
    HandlingNoted,
    PromiseRecorded,
    PromiseReleased,
    RecordConfirmed,
    RequirementRaised,
    ReviewFlagged,
)
from shared.kernel import ticking
from shared.kernel.occasion import Occasion
from shared.kernel.replacing import replace

DECISIONS_MAX = 200


def evolve(  # noqa: PLR0911 - one case per kind of event
    dossier: Dossier | None, event: Event, occasion: Occasion
) -> Dossier:
    """One event folded in."""
    if isinstance(event, DossierOpened):
        return _opened(event, occasion, dossier)
    assert dossier is not None, "a dossier is opened before anything else happens to it"
    match event:
        case (
            RecordConfirmed()
            | ComplaintReclassified()
            | ComplaintAmended()
            | EvidenceNoted()
            | CaseLinked()
            | HandlingNoted()
            | FindingNoted()
        ):
            return _noted(dossier, event)
        case EntitlementDetermined():
            return replace(dossier, grants=(*dossier.grants, event.grant))
        case PromiseRecorded():
            kept = _decided(dossier, event.decision)
            return replace(kept, promises=(*dossier.promises, event.promise))
        case PromiseReleased():
            return _released(dossier, event)
        case ClaimProposed():
            kept = _decided(dossier, event.decision)
            return replace(kept, claims=(*dossier.claims, event.claim))
        case RequirementRaised():
            return _decided(dossier, event.decision).with_claim(event.claim)
        case ReviewFlagged():
            claim = dossier.claim(event.subject)
            return dossier.with_claim(replace(claim, review=event.code)) if claim else dossier
        case (
            ComplaintWithdrawn()
            | ClosingAnswered()
            | DossierThawed()
            | DossierClosed()
            | DossierReopened()
        ):
            return _moved(dossier, event)
        case _:
            found = dossier.claim(event.claim_id)
            assert found is not None, "a claim is proposed before anything else happens to it"
            return dossier.with_claim(_claim(found, event, occasion))


def _opened(event: DossierOpened, occasion: Occasion, dossier: Dossier | None) -> Dossier:
    assert dossier is None, "a dossier is opened once"
    return Dossier(
        id=event.complaint_id,
        organisation=occasion.by.organisation,
        policy=event.policy,
        kind=event.kind,
        unit=event.unit,
        handling_unit=event.unit,
        customer=event.customer,
        complainant_type=event.complainant_type,
        classification=event.classification,
        severity=event.severity,
        flags=event.flags,
        attributes=event.attributes,
        accused=event.accused,
        confirmed=event.confirmed,
    )


def _noted(  # noqa: PLR0911 - one case per event
    dossier: Dossier,
    event: RecordConfirmed
    | ComplaintReclassified
    | ComplaintAmended
    | EvidenceNoted
    | CaseLinked
    | HandlingNoted
    | FindingNoted,
) -> Dossier:
    match event:
        case RecordConfirmed():
            return replace(dossier, confirmed=True)
        case ComplaintReclassified():
            return replace(
                dossier,
                kind=event.kind,
                classification=event.classification,
                severity=event.severity,
                flags=event.flags,
            )
        case ComplaintAmended():
            accused = _united(event.accused, dossier.found_accused)
            return replace(dossier, attributes=event.attributes, accused=accused)
        case EvidenceNoted():
            return replace(dossier, evidence=(*dossier.evidence, event.evidence_id))
        case CaseLinked():
            return replace(dossier, links=(*dossier.links, event.linked))
        case HandlingNoted():
            return replace(dossier, tier=event.tier, handling_unit=event.unit)
        case FindingNoted():
            attributes = tuple((dict(dossier.attributes) | dict(event.attributes)).items())
            return replace(
                dossier,
                fault_confirmed=event.fault_confirmed,
                accused=_united(dossier.accused, event.accused),
                found_accused=_united(dossier.found_accused, event.accused),
                attributes=attributes,
            )
        case _:
            assert_never(event)


def _moved(
    dossier: Dossier,
    event: ComplaintWithdrawn | ClosingAnswered | DossierThawed | DossierClosed | DossierReopened,
) -> Dossier:
    match event:
        case ComplaintWithdrawn():
            promises = tuple(
                replace(p, released=p.released or "withdrawn") for p in dossier.promises
            )
            return replace(dossier, status=Status.WITHDRAWN, withdrawn=True, promises=promises)
        case ClosingAnswered():
            return replace(dossier, status=Status.FROZEN, round=event.round)
        case DossierClosed():
            return replace(dossier, status=Status.CLOSED)
        case DossierThawed():
            before = Status.WITHDRAWN if dossier.withdrawn else Status.OPEN
            return replace(dossier, status=before)
        case DossierReopened():
            return replace(dossier, status=Status.OPEN, withdrawn=False)
        case _:
            assert_never(event)


def _claim(  # noqa: C901, PLR0911 - one case per event
    claim: Claim,
    event: ApprovalRequested
    | ApprovalGranted
    | ApprovalRefused
    | ApprovalExpired
    | ApprovalClockMoved
    | ClaimAuthorised
    | ClaimPaid
    | ClaimSigned
    | ClaimLapsed
    | ClaimReversed,
    occasion: Occasion,
) -> Claim:
    match event:
        case ApprovalRequested():
            clock = ticking.evolve(None, event.clock) if event.clock else None
            return replace(claim, clock=clock)
        case ApprovalGranted():
            return claim.with_step(event.number, event.step)
        case ApprovalRefused():
            return replace(claim, status=ClaimStatus.REFUSED)
        case ApprovalExpired():
            step = claim.steps[event.number - 1]
            moved = ApprovalStep(role=event.next_role or event.role, how=step.how)
            return claim.with_step(event.number, moved)
        case ApprovalClockMoved():
            return replace(claim, clock=ticking.evolve(claim.clock, event.fact))
        case ClaimAuthorised():
            return replace(claim, status=ClaimStatus.AUTHORISED, authorised_at=occasion.at)
        case ClaimPaid():
            return replace(
                claim,
                status=ClaimStatus.PAID,
                paid_by=occasion.by.id,
                paid_at=occasion.at,
                proof=event.proof,
            )
        case ClaimSigned():
            status = ClaimStatus.SIGNED
            return replace(claim, status=status, signature_evidence=event.evidence_id)
        case ClaimLapsed():
            return replace(claim, status=event.status)
        case ClaimReversed():
            return replace(claim, status=ClaimStatus.REVERSED)
        case _:
            assert_never(event)


def _released(dossier: Dossier, event: PromiseReleased) -> Dossier:
    promises = tuple(
        replace(p, released=event.reason_code) if p.id == event.promise_id else p
        for p in dossier.promises
    )
    return replace(dossier, promises=promises)


def _decided(dossier: Dossier, decision: Decision) -> Dossier:
    """The newest decisions; the journal keeps them all."""
    return replace(dossier, decisions=(*dossier.decisions, decision)[-DECISIONS_MAX:])


def _united(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*some, *others)))
