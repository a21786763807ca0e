"""After authority: payment, the payee's signature, reversal; and a second look at decisions."""

from uuid import UUID

from services.compensation_service.domain import authority
from services.compensation_service.domain.authority import Rules, Ruling
from services.compensation_service.domain.claiming import (
    ended,
    onward,
    outgrown,
)
from services.compensation_service.domain.commands import (
    PayClaim,
    Reconsider,
    ReverseClaim,
    SignClaim,
)
from services.compensation_service.domain.dossier import (
    GIVEN,
    Claim,
    ClaimStatus,
    Dossier,
)
from services.compensation_service.domain.errors import (
    ApprovalOutdated,
    ClaimNotAuthorised,
    ClaimNotAwaitingSignature,
    ClaimNotReversible,
    DutiesNotSeparated,
    EvidenceNotOnRecord,
    NotThePayer,
)
from services.compensation_service.domain.events import (
    ClaimPaid,
    ClaimReversed,
    ClaimSigned,
    Event,
    RequirementRaised,
    ReviewFlagged,
)
from services.compensation_service.domain.exposure import beside_claim
from services.compensation_service.domain.permitting import (
    require_claim,
    require_impartial,
    require_workable,
)
from shared.kernel.occasion import Occasion
from shared.kernel.policy.authority import Verdict
from shared.kernel.replacing import replace


def pay(dossier: Dossier, command: PayClaim, occasion: Occasion, rules: Rules) -> list[Event]:
    """Money moves: by the pack's payer, somebody else than all before, on approvals that stand."""
    require_workable(dossier)
    claim = require_claim(dossier, command.claim_id)
    if claim.status is not ClaimStatus.AUTHORISED:
        raise ClaimNotAuthorised
    _require_payer(dossier, claim, occasion, rules)
    stale = _gone(claim, command.delegations) or _accused(dossier, claim)
    if stale or outgrown(rules, dossier, claim, command.elsewhere):
        raise ApprovalOutdated
    return [ClaimPaid(claim_id=claim.id, proof=command.proof)]


def sign(dossier: Dossier, command: SignClaim) -> list[Event]:
    """The payee signed; the paper is evidence on record (MALL-36)."""
    claim = require_claim(dossier, command.claim_id)
    if not claim.signature_due:
        raise ClaimNotAwaitingSignature
    if command.evidence_id not in dossier.evidence:
        raise EvidenceNotOnRecord
    return [ClaimSigned(claim_id=claim.id, evidence_id=command.evidence_id)]


def reverse(dossier: Dossier, command: ReverseClaim, occasion: Occasion) -> list[Event]:
    """A person takes back what was paid, another one than who paid it (decision 24)."""
    claim = require_claim(dossier, command.claim_id)
    if claim.status not in GIVEN:
        raise ClaimNotReversible
    if claim.paid_by == occasion.by.id:
        raise DutiesNotSeparated
    signed = claim.status is ClaimStatus.SIGNED
    return [ClaimReversed(claim_id=claim.id, reason_code=command.reason_code, signed=signed)]


def reconsider(
    dossier: Dossier, command: Reconsider, occasion: Occasion, rules: Rules
) -> list[Event]:
    """Every claim once more: paid stays and is flagged, the rest is asked anew (decision 22)."""
    return [
        event
        for claim in dossier.claims
        if claim.live
        for event in _again(dossier, claim, command, occasion, rules)
    ]


def _again(
    dossier: Dossier, claim: Claim, command: Reconsider, occasion: Occasion, rules: Rules
) -> list[Event]:
    found = outgrown(rules, dossier, claim, command.elsewhere)
    if claim.status in GIVEN:
        flag = ReviewFlagged(subject=claim.id, code="paid-below-authority")
        return [flag] if found and claim.review != flag.code else []
    rests = command.delegations is None or not _gone(claim, command.delegations)
    if found is None and rests and not _accused(dossier, claim):
        return []
    return _raised(dossier, claim, found or _same(dossier, claim, command, rules), occasion, rules)


def _raised(
    dossier: Dossier, claim: Claim, found: Ruling, occasion: Occasion, rules: Rules
) -> list[Event]:
    if found.requirement.verdict is Verdict.REFUSED:
        lapsed = ended(claim, ClaimStatus.LAPSED, "beyond-all-authority")
        return [lapsed, ReviewFlagged(subject=claim.id, code="beyond-all-authority")]
    anew = replace(claim, status=ClaimStatus.PROPOSED, round=claim.round + 1, authorised_at=None)
    anew = authority.ruled(anew, found)
    raised = RequirementRaised(
        claim=anew,
        decision=authority.decision(claim.id, found, occasion.at, anew.steps),
        authorised=claim.status is ClaimStatus.AUTHORISED,
    )
    return [raised, *onward(rules, dossier, anew, occasion.at)]


def _same(dossier: Dossier, claim: Claim, command: Reconsider, rules: Rules) -> Ruling:
    counted = beside_claim((dossier, *command.elsewhere), claim)
    return authority.ruling(rules, dossier, claim, counted)


def _require_payer(dossier: Dossier, claim: Claim, occasion: Occasion, rules: Rules) -> None:
    actor = occasion.by
    if rules.pinned.policy.payment.payer not in actor.roles:
        raise NotThePayer
    require_impartial(dossier, actor)
    deciders = {person for duty, person in claim.duties if duty in {"propose", "approve"}}
    listed = rules.pinned.policy.separation.conflict("pay", actor.id, claim.duties)
    if actor.id in deciders or listed:
        raise DutiesNotSeparated


def _gone(claim: Claim, in_force: frozenset[UUID]) -> bool:
    """Whether an approval rests on a delegation that is not in force any longer."""
    return any(step.delegation and step.delegation not in in_force for step in claim.steps)


def _accused(dossier: Dossier, claim: Claim) -> bool:
    """Whether somebody who decided has since become the one complained about (decision 23)."""
    return any(step.by in dossier.accused for step in claim.steps if step.by)
