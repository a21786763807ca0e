"""Who may decide a claim: the stricter of the pinned and the current policy, on the whole sum."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.compensation_service.domain.dossier import ApprovalStep, Claim, Decision, Dossier
from services.compensation_service.domain.exposure import Beside
from shared.kernel.calendar import Calendar
from shared.kernel.occasion import Actor
from shared.kernel.policy.authority import AuthorityFacts, How, Ranks, Requirement, Verdict
from shared.kernel.policy.compensation import CompensationPolicy
from shared.kernel.policy.pack import PackRef
from shared.kernel.policy.vocabulary import CARRIED_FLAGS
from shared.kernel.replacing import replace

_ORDER = {Verdict.SETTLED: 0, Verdict.APPROVAL: 1, Verdict.REFUSED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """Compensation's section of one version of a pack, and the calendars its clocks run on."""

    ref: PackRef
    policy: CompensationPolicy
    calendars: tuple[Calendar, ...] = ()

    def calendar(self, code: str) -> Calendar:
        """The calendar with this code; a checked pack refers to none it does not have."""
        return next(calendar for calendar in self.calendars if calendar.code == code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a dossier is judged under: pinned at receipt, and in force now (decision 21)."""

    pinned: Edition
    current: Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a claim needs, under which edition, on which sum."""

    edition: Edition
    requirement: Requirement
    exposure_minor: int
    beside: Beside

    @property
    def strictness(self) -> tuple[int, int, int]:
        """Orders requirements: verdict, highest rank that approves, number of steps."""
        return strictness(self.requirement, self.edition.policy.ranks)


def strictness(requirement: Requirement, ranks: Ranks) -> tuple[int, int, int]:
    """How much a requirement asks for, comparable with any other."""
    highest = max((ranks.of(role) or 0 for role in requirement.approvers), default=0)
    return (_ORDER[requirement.verdict], highest, len(requirement.steps))


def ruling(rules: Rules, dossier: Dossier, claim: Claim, counted: Beside) -> Ruling:
    """What this claim needs with this much beside it. Raises NoAuthorityRow in a gap."""
    own = claim.cost_minor if claim.counts else 0
    facts = _facts(dossier, claim, own, counted)
    found = [
        Ruling(
            edition=edition,
            requirement=edition.policy.required_authority(facts),
            exposure_minor=facts.exposure_minor,
            beside=counted,
        )
        for edition in (rules.pinned, rules.current)
    ]
    return max(found, key=lambda each: each.strictness)


def ruled(claim: Claim, found: Ruling) -> Claim:
    """The claim with what it needs written on it."""
    return replace(
        claim,
        row=found.requirement.row,
        exposure_minor=found.exposure_minor,
        covers=found.beside.covers,
        strictness=found.strictness,
        steps=_steps(claim, found),
    )


def decision(
    subject: UUID, found: Ruling, at: datetime, steps: tuple[ApprovalStep, ...]
) -> Decision:
    """What the file keeps of a ruling, to be explained years later."""
    ref = found.edition.ref
    return Decision(
        subject=subject,
        at=at,
        pack=ref.pack,
        version=ref.version,
        hash=ref.hash,
        row=found.requirement.row,
        because=found.requirement.because,
        verdict=str(found.requirement.verdict),
        exposure_minor=found.exposure_minor,
        steps=steps,
    )


def fills(rules: Rules, actor: Actor, role: str) -> bool:
    """Whether the actor holds this role or one above it, by both editions."""
    return all(e.policy.ranks.fills(actor.roles, role) for e in (rules.pinned, rules.current))


def next_role(policy: CompensationPolicy, role: str) -> str | None:
    """The next higher role that approves anything; None at the top and outside the ranks."""
    here = policy.ranks.of(role)
    approvers = {s.role for row in policy.ladder for s in row.steps if s.how is How.APPROVE}
    ranked = [(policy.ranks.of(each), each) for each in approvers]
    above = [(rank, each) for rank, each in ranked if rank and here is not None and rank > here]
    return min(above)[1] if above else None


def claim_flags(dossier: Dossier, claim: Claim, *, grants: tuple[str, ...]) -> frozenset[str]:
    """What is known about a claim, in the words of `vocabulary.CLAIM_FLAGS`."""
    grant = dossier.grant(claim.entitlement_id) if claim.entitlement_id else None
    attributes = dict(dossier.attributes)
    known = {
        "within_terms": bool(grants),
        "installed": grant.installation != "none" if grant else "installed" in dossier.flags,
        "fault_confirmed": dossier.fault_confirmed or bool(grant and grant.fault == "quality"),
        "reworkable": claim.kind == "rework" or attributes.get("reworkable") is True,
        "confirmed": dossier.confirmed,
    }
    found = frozenset(flag for flag, raised in known.items() if raised)
    return found | (CARRIED_FLAGS & set(dossier.flags))


def _facts(dossier: Dossier, claim: Claim, own: int, counted: Beside) -> AuthorityFacts:
    extra = {"extra_compensation"} if claim.extra or counted.extra else set()
    return AuthorityFacts(
        exposure_minor=own + counted.minor,
        proposer_roles=frozenset(claim.proposer_roles),
        severity=dossier.severity,
        tier=dossier.tier,
        complainant_type=dossier.complainant_type,
        flags=frozenset(claim.flags) | extra,
    )


def _steps(claim: Claim, found: Ruling) -> tuple[ApprovalStep, ...]:
    """The steps to take; proposing is done when the proposer holds the role for it."""
    ranks = found.edition.policy.ranks
    held = frozenset(claim.proposer_roles)
    taken = next((s for s in claim.steps if s.how is How.PROPOSE and s.by), None)
    steps = []
    for step in found.requirement.steps:
        plain = ApprovalStep(role=step.role, how=step.how)
        if step.how is How.PROPOSE and taken:
            plain = taken
        elif step.how is How.PROPOSE and ranks.fills(held, step.role):
            plain = replace(plain, by=claim.proposer, at=claim.proposed_at)
        steps.append(plain)
    return tuple(steps)
