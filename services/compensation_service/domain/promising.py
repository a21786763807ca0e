"""Promises: may I, what was said, and what becomes of it (N1). Nothing promised is ever lost."""

from dataclasses import dataclass
from datetime import date

from services.compensation_service.domain import authority
from services.compensation_service.domain.authority import Edition, Rules, Ruling
from services.compensation_service.domain.claiming import (
    draft as claim_draft,
)
from services.compensation_service.domain.claiming import (
    onward,
)
from services.compensation_service.domain.commands import (
    CitedGoods,
    DetermineEntitlement,
    ProposeClaim,
    RecordPromise,
    ReleasePromise,
    Wish,
)
from services.compensation_service.domain.dossier import (
    Claim,
    Dossier,
    Grant,
    Promise,
    Status,
)
from services.compensation_service.domain.errors import (
    CaseEnded,
    ClosingInProgress,
    DutiesNotSeparated,
    EvidenceNotOnRecord,
    GoodsNotKnown,
    PromiseNotKnown,
    PromiseNotOpen,
)
from services.compensation_service.domain.events import (
    ClaimProposed,
    EntitlementDetermined,
    Event,
    PromiseRecorded,
    PromiseReleased,
    ReviewFlagged,
)
from services.compensation_service.domain.exposure import Beside, beside
from services.compensation_service.domain.permitting import require_remedy, require_workable
from shared.kernel.errors import DomainError
from shared.kernel.occasion import Occasion
from shared.kernel.policy.entitlements import GoodsFacts, age_of
from shared.kernel.policy.promises import (
    PromiseAnswer,
    PromiseFacts,
    PromiseVerdict,
    may_promise,
)
from shared.kernel.policy.vocabulary import CARRIED_FLAGS
from shared.kernel.policy.words import code_of
from shared.kernel.replacing import replace

_ORDER = {PromiseVerdict.ALLOWED: 0, PromiseVerdict.NEEDS: 1, PromiseVerdict.FORBIDDEN: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """The promise guard's answer, the edition it comes from, and the sum it was tested on."""

    edition: Edition
    answer: PromiseAnswer
    exposure_minor: int


def check(
    dossier: Dossier, wish: Wish, occasion: Occasion, rules: Rules, elsewhere: tuple[Dossier, ...]
) -> Guarded:
    """May this person promise this now? Changes nothing. Raises UnknownRemedy, CurrencyNotUsed."""
    require_remedy(rules, wish)
    counted = beside((dossier, *elsewhere))
    facts = _facts(dossier, wish, occasion, counted)
    found = [
        Guarded(
            edition=edition,
            answer=may_promise(edition.policy, facts),
            exposure_minor=facts.exposure_minor,
        )
        for edition in (rules.pinned, rules.current)
        if edition.policy.remedy(wish.remedy)
    ]
    return max(found, key=_strictness)


def record(
    dossier: Dossier, command: RecordPromise, occasion: Occasion, rules: Rules
) -> list[Event]:
    """What was promised is kept, allowed or not; beyond authority it opens the claim it needs."""
    if dossier.status is Status.FROZEN:
        raise ClosingInProgress
    if dossier.status is not Status.OPEN:
        raise CaseEnded
    guarded = check(dossier, command.wish, occasion, rules, command.elsewhere)
    everything = (dossier, *command.elsewhere)
    counted = beside(everything)
    claim = _as_claim(dossier, command, rules, occasion)
    found = authority.ruling(rules, dossier, claim, counted)
    promise = _promise(command, claim, guarded, counted)
    made = authority.decision(promise.id, found, occasion.at, ())
    recorded = PromiseRecorded(promise=promise, decision=made)
    return [recorded, *_consequence(dossier, promise, claim, found, occasion, rules)]


def release(dossier: Dossier, command: ReleasePromise, occasion: Occasion) -> list[Event]:
    """It is owed no longer: the complainant let it go, or got something else. By another person."""
    promise = dossier.promise(command.promise_id)
    if promise is None:
        raise PromiseNotKnown
    if not dossier.owes(promise) or dossier.carried(promise):
        raise PromiseNotOpen
    if promise.promised_by == occasion.by.id:
        raise DutiesNotSeparated
    return [PromiseReleased(promise_id=promise.id, reason_code=command.reason_code)]


def determine(
    dossier: Dossier, command: DetermineEntitlement, rules: Rules, occasion: Occasion
) -> list[Event]:
    """What the published terms grant, on facts that evidence proves (decision 23)."""
    require_workable(dossier)
    facts = command.facts
    if code_of(rules.pinned.policy.goods, facts.goods) is None or facts.sold_on > command.today:
        raise GoodsNotKnown
    if not set(facts.evidence) <= set(dossier.evidence):
        raise EvidenceNotOnRecord
    entitled = rules.pinned.policy.entitlement(_goods(facts, command.today))
    grant = Grant(
        id=command.entitlement_id,
        at=occasion.at,
        goods=facts.goods,
        installation=facts.installation,
        fault=facts.fault,
        grants=tuple(sorted(entitled.grants)),
        rows=entitled.rows,
        evidence=facts.evidence,
    )
    return [EntitlementDetermined(grant=grant)]


def _consequence(
    dossier: Dossier,
    promise: Promise,
    claim: Claim,
    found: Ruling,
    occasion: Occasion,
    rules: Rules,
) -> list[Event]:
    if promise.verdict == "allowed":
        return []
    if promise.verdict == "forbidden":
        return [ReviewFlagged(subject=promise.id, code="promise-forbidden")]
    try:
        require_workable(dossier)
    except DomainError:
        return [ReviewFlagged(subject=promise.id, code="promise-too-early")]
    claim = authority.ruled(claim, found)
    made = authority.decision(claim.id, found, occasion.at, claim.steps)
    asked = onward(rules, dossier, claim, occasion.at)
    return [ClaimProposed(claim=claim, decision=made), *asked]


def _as_claim(dossier: Dossier, command: RecordPromise, rules: Rules, occasion: Occasion) -> Claim:
    remedy = require_remedy(rules, command.wish)
    proposal = ProposeClaim(
        claim_id=command.claim_id, wish=command.wish, promise_id=command.promise_id
    )
    claim = claim_draft(proposal, remedy, occasion)
    return replace(claim, flags=tuple(sorted(authority.claim_flags(dossier, claim, grants=()))))


def _promise(command: RecordPromise, claim: Claim, guarded: Guarded, counted: Beside) -> Promise:
    return Promise(
        id=command.promise_id,
        remedy=claim.remedy,
        currency=claim.currency,
        face_minor=claim.face_minor,
        cost_minor=claim.cost_minor,
        counts=claim.counts,
        extra=claim.extra,
        promised_by=claim.proposer,
        promised_at=claim.proposed_at,
        verdict=guarded.answer.verdict.value,
        needs=guarded.answer.needs,
        row=guarded.answer.row,
        covers=counted.covers,
    )


def _facts(dossier: Dossier, wish: Wish, occasion: Occasion, counted: Beside) -> PromiseFacts:
    raised = {"confirmed"} if dossier.confirmed else set()
    raised |= {"extra_compensation"} if counted.extra else set()
    raised |= {"fault_confirmed"} if dossier.fault_confirmed else set()
    known = CARRIED_FLAGS | {"installed"}
    return PromiseFacts(
        roles=occasion.by.roles,
        remedy=wish.remedy,
        face_minor=wish.face_minor,
        exposure_minor=counted.minor,
        flags=frozenset(raised | (known & set(dossier.flags))),
        entered_cost_minor=wish.entered_cost_minor,
        severity=dossier.severity,
        tier=dossier.tier,
        complainant_type=dossier.complainant_type,
    )


def _strictness(guarded: Guarded) -> tuple[int, int]:
    ranks = guarded.edition.policy.ranks
    highest = max((ranks.of(role) or 0 for role in guarded.answer.needs), default=0)
    return (_ORDER[guarded.answer.verdict], highest)


def _goods(facts: CitedGoods, today: date) -> GoodsFacts:
    days, months = age_of(facts.sold_on, today)
    return GoodsFacts(
        goods=facts.goods,
        installation=facts.installation,
        fault=facts.fault,
        age_days=days,
        age_months=months,
        flags=frozenset(facts.flags),
        packaging_grants=frozenset(facts.packaging_grants),
    )
