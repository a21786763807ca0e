"""Who may do what, and when: the guards that every decision of a dossier passes."""

from uuid import UUID

from services.compensation_service.domain import authority
from services.compensation_service.domain.authority import Rules
from services.compensation_service.domain.commands import Deputy, Wish
from services.compensation_service.domain.dossier import (
    AMOUNT_MAX_MINOR,
    ApprovalStep,
    Claim,
    Dossier,
    Status,
)
from services.compensation_service.domain.errors import (
    AccusedMayNotDecide,
    AmountBeyondAuthority,
    AmountNotPossible,
    AwaitingConfirmation,
    CaseEnded,
    ClaimNotKnown,
    ClosingInProgress,
    CurrencyNotUsed,
    DutiesNotSeparated,
    NotAComplaint,
    SelfApproval,
    UnknownRemedy,
)
from shared.kernel.occasion import Actor, covers
from shared.kernel.policy.authority import How
from shared.kernel.policy.compensation import Remedy

DELEGABLE_KINDS = frozenset({"refund", "exchange"})
"""What a store manager's delegation is about: money for returned and exchanged goods (AUTO-06)."""


def require_workable(dossier: Dossier) -> None:
    """Raises NotAComplaint, CaseEnded, ClosingInProgress, AwaitingConfirmation (MALL-33)."""
    if dossier.kind != "complaint":
        raise NotAComplaint
    if dossier.status is Status.FROZEN:
        raise ClosingInProgress
    if dossier.status is not Status.OPEN:
        raise CaseEnded
    if not dossier.confirmed:
        raise AwaitingConfirmation


def require_remedy(rules: Rules, wish: Wish) -> Remedy:
    """The pack's remedy for a wish. Raises UnknownRemedy, CurrencyNotUsed, AmountNotPossible."""
    remedy = rules.pinned.policy.remedy(wish.remedy)
    if remedy is None:
        raise UnknownRemedy
    if wish.currency != rules.pinned.policy.currency:
        raise CurrencyNotUsed
    amounts = (wish.face_minor, wish.entered_cost_minor or 0)
    if wish.face_minor <= 0 or any(not 0 <= each <= AMOUNT_MAX_MINOR for each in amounts):
        raise AmountNotPossible
    return remedy


def require_claim(dossier: Dossier, claim_id: UUID) -> Claim:
    """Raises ClaimNotKnown."""
    claim = next((claim for claim in dossier.claims if claim.id == claim_id), None)
    if claim is None:
        raise ClaimNotKnown
    return claim


def require_may_decide(
    dossier: Dossier,
    claim: Claim,
    number: int,
    actor: Actor,
    rules: Rules,
    deputies: tuple[Deputy, ...],
) -> UUID | None:
    """Raises what forbids this person this step; returns the delegation it rests on, if any."""
    step = claim.steps[number - 1]
    if not serves(actor, dossier):
        raise AmountBeyondAuthority
    require_impartial(dossier, actor)
    _require_distinct(claim, step, actor, rules)
    if authority.fills(rules, actor, step.role):
        return None
    return _deputy(claim, step, deputies)


def require_impartial(dossier: Dossier, actor: Actor) -> None:
    """Raises AccusedMayNotDecide for somebody accused, also with their unit (decision 23)."""
    own = {actor.id, *actor.units}
    if any(covers(accused, each) for accused in dossier.accused for each in own):
        raise AccusedMayNotDecide


def _require_distinct(claim: Claim, step: ApprovalStep, actor: Actor, rules: Rules) -> None:
    if actor.id == claim.proposer:
        raise SelfApproval
    if step.how is How.PROPOSE:
        return
    if actor.id in {person for duty, person in claim.duties if duty == "propose"}:
        raise SelfApproval
    if actor.id in {each.by for each in claim.steps}:
        raise DutiesNotSeparated
    separation = rules.pinned.policy.separation
    if separation.conflict(str(step.how), actor.id, claim.duties):
        raise DutiesNotSeparated


def _deputy(claim: Claim, step: ApprovalStep, deputies: tuple[Deputy, ...]) -> UUID | None:
    """A delegation that reaches this far (AUTO-06, Q06): none on record means 0."""
    weight = max(claim.exposure_minor, claim.cost_minor)
    for deputy in deputies:
        fits = deputy.role == step.role and step.how is How.APPROVE
        if fits and deputy.giver == claim.proposer:
            raise SelfApproval
        if fits and claim.kind in DELEGABLE_KINDS and weight <= deputy.limit_minor:
            return deputy.delegation_id
    raise AmountBeyondAuthority


def serves(actor: Actor, dossier: Dossier) -> bool:
    """Whether the case belongs to one of the actor's units, or is handled there."""
    return actor.sees(dossier.unit) or actor.sees(dossier.handling_unit)
