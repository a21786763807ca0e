"""Claims: proposed, approved step by step, refused, cancelled. Decides; changes nothing."""

from datetime import datetime
from uuid import UUID

from services.compensation_service.domain import authority, ticking
from services.compensation_service.domain.authority import Rules, Ruling
from services.compensation_service.domain.commands import (
    ApproveClaim,
    CancelClaim,
    ProposeClaim,
    RefuseClaim,
    Wish,
)
from services.compensation_service.domain.dossier import (
    COMMITTED,
    Claim,
    ClaimStatus,
    Dossier,
)
from services.compensation_service.domain.errors import (
    AmountBeyondAuthority,
    ApprovalOutdated,
    ClaimNotAwaitingApproval,
    ClaimNotCancellable,
    EntitlementNotKnown,
    NotTheProposer,
    PromiseNotKnown,
    PromiseNotOpen,
    TermsGrantIt,
    UnknownRefusalReason,
)
from services.compensation_service.domain.events import (
    ApprovalGranted,
    ApprovalRefused,
    ClaimAuthorised,
    ClaimLapsed,
    ClaimProposed,
    Event,
    ReviewFlagged,
)
from services.compensation_service.domain.exposure import beside, beside_claim
from services.compensation_service.domain.permitting import (
    require_claim,
    require_may_decide,
    require_remedy,
    require_workable,
)
from shared.kernel.occasion import Occasion
from shared.kernel.policy.authority import Verdict
from shared.kernel.policy.compensation import Remedy
from shared.kernel.policy.words import code_of
from shared.kernel.replacing import replace


def propose(
    dossier: Dossier, command: ProposeClaim, occasion: Occasion, rules: Rules
) -> list[Event]:
    """A claim, with everything it needs written on it, and the first person asked."""
    require_workable(dossier)
    remedy = require_remedy(rules, command.wish)
    _require_promise(dossier, command)
    claim = draft(command, remedy, occasion)
    grants = _granted(dossier, command, remedy)
    claim = replace(claim, flags=tuple(sorted(_flags(dossier, claim, grants))))
    found = _ruling(rules, dossier, claim, command)
    if found.requirement.verdict is Verdict.REFUSED:
        raise AmountBeyondAuthority("nobody may give this under the policy")
    claim = authority.ruled(claim, found)
    made = authority.decision(claim.id, found, occasion.at, claim.steps)
    return [ClaimProposed(claim=claim, decision=made), *onward(rules, dossier, claim, occasion.at)]


def approve(
    dossier: Dossier, command: ApproveClaim, occasion: Occasion, rules: Rules
) -> list[Event]:
    """One step taken by somebody who may, on what counts now; then the next person, or done."""
    require_workable(dossier)
    claim, number = _waiting(dossier, command.claim_id)
    actor = occasion.by
    delegation = require_may_decide(dossier, claim, number, actor, rules, command.deputies)
    if outgrown(rules, dossier, claim, command.elsewhere):
        raise ApprovalOutdated
    taken = replace(claim.steps[number - 1], by=actor.id, at=occasion.at, delegation=delegation)
    granted = ApprovalGranted(claim_id=claim.id, number=number, step=taken)
    met = ticking.answered(rules, claim, occasion.at)
    after = claim.with_step(number, taken)
    return [granted, *met, *onward(rules, dossier, after, occasion.at)]


def refuse(dossier: Dossier, command: RefuseClaim, occasion: Occasion, rules: Rules) -> list[Event]:
    """The person needed says no, for a coded reason; never against the published terms."""
    require_workable(dossier)
    claim, number = _waiting(dossier, command.claim_id)
    require_may_decide(dossier, claim, number, occasion.by, rules, ())
    if code_of(rules.pinned.policy.refusal_reasons, command.reason_code) is None:
        raise UnknownRefusalReason
    if "within_terms" in claim.flags:
        raise TermsGrantIt
    refused = ApprovalRefused(
        claim_id=claim.id,
        number=number,
        role=claim.steps[number - 1].role,
        reason_code=command.reason_code,
    )
    met = ticking.answered(rules, claim, occasion.at)
    lapsed = ended(claim, ClaimStatus.REFUSED, command.reason_code)
    return [*met, refused, lapsed, *_broken(dossier, claim)]


def cancel(dossier: Dossier, command: CancelClaim, occasion: Occasion) -> list[Event]:
    """Who proposed it takes it back, as long as nothing was given."""
    claim = require_claim(dossier, command.claim_id)
    if claim.proposer != occasion.by.id:
        raise NotTheProposer
    if claim.status not in {ClaimStatus.PROPOSED, ClaimStatus.AUTHORISED}:
        raise ClaimNotCancellable
    return [ended(claim, ClaimStatus.CANCELLED, "cancelled"), *_broken(dossier, claim)]


def ended(claim: Claim, status: ClaimStatus, reason_code: str) -> ClaimLapsed:
    """The claim will not be given."""
    return ClaimLapsed(
        claim_id=claim.id,
        status=status,
        reason_code=reason_code,
        authorised=claim.status is ClaimStatus.AUTHORISED,
    )


def onward(rules: Rules, dossier: Dossier, claim: Claim, at: datetime) -> list[Event]:
    """The next person is asked, or the claim is authorised when nobody is needed any longer."""
    if claim.pending is None:
        return [ClaimAuthorised(claim_id=claim.id)]
    return [ticking.requested(rules, dossier, claim, at)]


def outgrown(
    rules: Rules, dossier: Dossier, claim: Claim, elsewhere: tuple[Dossier, ...]
) -> Ruling | None:
    """What the claim needs now, when that is more than it was planned for."""
    counted = beside_claim((dossier, *elsewhere), claim)
    found = authority.ruling(rules, dossier, claim, counted)
    return found if found.strictness > claim.strictness else None


def draft(command: ProposeClaim, remedy: Remedy, occasion: Occasion) -> Claim:
    """The claim before anybody ruled on it."""
    wish = command.wish
    return Claim(
        id=command.claim_id,
        remedy=remedy.code,
        kind=remedy.kind,
        currency=wish.currency,
        face_minor=wish.face_minor,
        cost_minor=cost_of(remedy, wish),
        counts=remedy.counts_in_exposure,
        extra=remedy.extra,
        signature=remedy.signature,
        flags=(),
        proposer=occasion.by.id,
        proposer_roles=tuple(sorted(occasion.by.roles)),
        proposed_at=occasion.at,
        row="",
        exposure_minor=0,
        entitlement_id=command.entitlement_id,
        promise_id=command.promise_id,
        note_id=command.note_id,
    )


def cost_of(remedy: Remedy, wish: Wish) -> int:
    """What the company pays for this wish, in minor units."""
    return remedy.company_cost_minor(wish.face_minor, entered_minor=wish.entered_cost_minor)


def _require_promise(dossier: Dossier, command: ProposeClaim) -> None:
    if command.promise_id is None:
        return
    promise = dossier.promise(command.promise_id)
    if promise is None:
        raise PromiseNotKnown
    if not dossier.owes(promise) or dossier.carried(promise):
        raise PromiseNotOpen


def _granted(dossier: Dossier, command: ProposeClaim, remedy: Remedy) -> tuple[str, ...]:
    if command.entitlement_id is None:
        return ()
    grant = dossier.grant(command.entitlement_id)
    if grant is None or remedy.grant not in grant.grants:
        raise EntitlementNotKnown
    return grant.grants


def _flags(dossier: Dossier, claim: Claim, grants: tuple[str, ...]) -> frozenset[str]:
    return authority.claim_flags(dossier, claim, grants=grants)


def _ruling(rules: Rules, dossier: Dossier, claim: Claim, command: ProposeClaim) -> Ruling:
    everything = (dossier, *command.elsewhere)
    counted = beside(everything, without=claim.promise_id)
    return authority.ruling(rules, dossier, claim, counted)


def _waiting(dossier: Dossier, claim_id: UUID) -> tuple[Claim, int]:
    claim = require_claim(dossier, claim_id)
    if claim.pending is None:
        raise ClaimNotAwaitingApproval
    return claim, claim.pending


def _broken(dossier: Dossier, claim: Claim) -> list[Event]:
    """A promise that its claim no longer carries is still owed: somebody must look at it."""
    promise = dossier.promise(claim.promise_id) if claim.promise_id else None
    others = [c for c in dossier.claims if c.id != claim.id and claim.promise_id]
    kept = any(c.promise_id == claim.promise_id and c.status in COMMITTED for c in others)
    if promise is None or promise.released or kept:
        return []
    return [ReviewFlagged(subject=promise.id, code="promise-not-carried")]
