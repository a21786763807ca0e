"""What compensation needs to know of a policy: remedies, published terms, authority, payment,
separation.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from shared.kernel.clocks import ClockRule
from shared.kernel.policy.authority import (
    AuthorityFacts,
    How,
    LadderRow,
    Ranks,
    Requirement,
    SettlementRow,
)
from shared.kernel.policy.authority import required_authority as _required
from shared.kernel.policy.entitlements import Entitlement, GoodsFacts, TermRow, entitlement
from shared.kernel.policy.giving import GivingPolicy
from shared.kernel.policy.words import Row, Word


class CostModel(StrEnum):
    """How the company's cost follows from the face value."""

    FACE = "face"  # the cost is the face value
    SHARE = "share"  # a share of the face value, in basis points
    NONE = "none"  # costs nothing
    ENTERED = "entered"  # whoever proposes enters the cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy(Row):
    """One kind of thing that can be given. `kind` is one of `vocabulary.REMEDY_KINDS`.

    `grant`: the entitlement of the published terms that it fulfils, if any. `extra`: giving it is
    extra compensation (AUTO-45). `counts_in_exposure`: its cost counts towards the limits (Q03).
    `signature`: the payee signs (MALL-36).
    """

    code: str
    kind: str
    cost: CostModel
    counts_in_exposure: bool
    signature: bool
    extra: bool = False
    grant: str | None = None
    share_basis_points: int = 10_000
    order: int = 0
    """Lower is proposed first: the cheapest adequate one."""

    def company_cost_minor(self, face_minor: int, *, entered_minor: int | None = None) -> int:
        """What the company pays for this face value, in minor units, rounded up. ENTERED needs
        `entered_minor`.
        """
        match self.cost:
            case CostModel.FACE:
                return face_minor
            case CostModel.SHARE:
                return -(-face_minor * self.share_basis_points // 10_000)
            case CostModel.NONE:
                return 0
            case CostModel.ENTERED:
                return face_minor if entered_minor is None else entered_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRule(Row):
    """Who pays, who signs, who audits afterwards (MALL-29, MALL-36)."""

    payer: str
    auditor: str
    signature_before_audit: bool
    no_cost_to_auditor: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation(Row):
    """These duties are done by distinct persons: propose, approve, pay, audit (and review, when
    listed).
    """

    duties: frozenset[str]

    def conflict(self, duty: str, person: str, done: tuple[tuple[str, str], ...]) -> str | None:
        """The duty this person already did that forbids this one; None: free to. `done` holds
        (duty, person).
        """
        if duty not in self.duties:
            return None
        mine = {other for other, by in done if by == person and other in self.duties}
        return min(mine - {duty}, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRule(Row):
    """Which role may delegate which amount to which (AUTO-06): never beyond its own limit, for a
    bounded time.

    Without a delegation on record the delegated amount is 0 (Q06).
    """

    giver: str
    taker: str
    limit_minor: int
    days_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationPolicy:
    """Compensation's section of a pack. All amounts in minor units of the pack's currency."""

    currency: str
    stance: str
    """`prefer` or `avoid` compensation (AUTO-55, CLUB-26)."""
    cash_discouraged_from_minor: int | None
    goods: tuple[Word, ...]
    remedies: tuple[Remedy, ...]
    terms: tuple[TermRow, ...]
    packaging: TermRow | None
    settlements: tuple[SettlementRow, ...]
    ladder: tuple[LadderRow, ...]
    ranks: Ranks
    payment: PaymentRule
    separation: Separation
    delegations: tuple[DelegationRule, ...]
    clocks: tuple[ClockRule, ...]
    confirmed_first: bool
    """No claim before the record is confirmed (MALL-33)."""
    refusal_reasons: tuple[Word, ...] = ()
    counts_customer: bool = False
    """Whether all complaints of one customer count together, also those nobody linked (Q03)."""
    giving: GivingPolicy = field(default_factory=GivingPolicy)

    def remedy(self, code: str) -> Remedy | None:
        """The remedy with this code, or None."""
        return next((known for known in self.remedies if known.code == code), None)

    def required_authority(self, facts: AuthorityFacts) -> Requirement:
        """Who may decide a claim with these facts, and why. Raises NoAuthorityRow in a gap."""
        return _required(self.settlements, self.ladder, self.ranks, facts)

    def entitlement(self, facts: GoodsFacts) -> Entitlement:
        """What the published terms grant for these goods."""
        return entitlement(self.terms, facts, packaging_row=self.packaging)

    def clock(self, name: str) -> ClockRule | None:
        """The clock rule with this name, or None."""
        return next((rule for rule in self.clocks if rule.name == name), None)

    def approver_above(self, role: str) -> str | None:
        """Who decides when this approver did not in time: the next role of the ladder, or None."""
        rank = self.ranks.of(role)
        approvers = {s.role for row in self.ladder for s in row.steps if s.how is How.APPROVE}
        known = [(self.ranks.of(other), other) for other in approvers]
        higher = [(own, other) for own, other in known if own is not None and own > (rank or 0)]
        return min(higher)[1] if higher else None
