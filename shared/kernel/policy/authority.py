"""Who may give how much: the authority a claim needs, computed from cumulative exposure, and
why.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.words import Because, Row


class How(StrEnum):
    """What a step asks of its role."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REVIEW = "review"  # checks and confirms, decides nothing (MALL-29)


class Verdict(StrEnum):
    """How a claim may be settled."""

    SETTLED = "settled"  # the proposer may settle it alone
    APPROVAL = "approval"  # the steps must be taken, in order, by distinct persons
    REFUSED = "refused"  # nobody may under this pack


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityFacts:
    """What decides who must approve.

    `exposure_minor`: the cumulative exposure of the case's subjects *including* this claim:
    reserved + approved + open promises over case, linked cases, customer and incident (decision
    22), counting only remedies with `counts_in_exposure`. `flags` are `vocabulary.CLAIM_FLAGS`;
    `extra_compensation` is cumulative like the exposure.
    """

    exposure_minor: int
    proposer_roles: frozenset[str]
    severity: str = ""
    tier: str = ""
    complainant_type: str = ""
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing a role must do before money moves."""

    role: str
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRow(Row):
    """In this box the role settles alone, however much the published terms or the rework come to
    (AUTO-42, AUTO-44).

    `limit_minor` caps the claim's exposure when the pack sets one (Q04).
    """

    when: Box
    role: str
    limit_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderRow(Row):
    """In this band of exposure (a range on `exposure_minor`) these steps are needed; none:
    explicitly refused.
    """

    when: Box
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Which role may stand in for which: one with a rank for every lower rank, others for
    themselves only.
    """

    ranks: tuple[tuple[str, int], ...]

    def of(self, role: str) -> int | None:
        """The rank of a role; None when it stands outside the ladder."""
        return dict(self.ranks).get(role)

    def fills(self, held: frozenset[str], needed: str) -> bool:
        """Whether somebody with these roles may take a step that needs this role."""
        if needed in held:
            return True
        rank = self.of(needed)
        ranks = [own for role in held if (own := self.of(role)) is not None]
        return rank is not None and max(ranks, default=-1) >= rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a claim needs. `steps` are in order and empty unless an approval is needed.

    `settled_by`: the role under which the proposer settles alone. `may_propose`: whether the
    proposer holds the role that the first step asks for; if not, somebody with that role must take
    the proposal over.
    """

    verdict: Verdict
    row: str
    because: tuple[Because, ...]
    steps: tuple[Step, ...] = ()
    settled_by: str | None = None
    may_propose: bool = True

    @property
    def approvers(self) -> tuple[str, ...]:
        """The roles that must approve, in order."""
        return tuple(step.role for step in self.steps if step.how is How.APPROVE)

    @property
    def reviewers(self) -> tuple[str, ...]:
        """The roles that must review after the approvals, in order."""
        return tuple(step.role for step in self.steps if step.how is How.REVIEW)

    @property
    def proposer(self) -> str | None:
        """The role that must propose; None when anybody who handles the case may."""
        return next((step.role for step in self.steps if step.how is How.PROPOSE), None)


class NoAuthorityRow(ValueError):
    """No authority row takes these facts: a gap, which a checked pack does not have."""


def required_authority(
    settlements: tuple[SettlementRow, ...],
    ladder: tuple[LadderRow, ...],
    ranks: Ranks,
    facts: AuthorityFacts,
) -> Requirement:
    """Who may decide this claim. Settling alone comes first, then the ladder. Raises NoAuthorityRow
    in a gap.
    """
    for settlement in settlements:
        if _settles(settlement, ranks, facts):
            return Requirement(
                verdict=Verdict.SETTLED,
                row=settlement.id,
                because=(_because(settlement, settlement.when),),
                settled_by=settlement.role,
            )
    return _on_ladder(ladder, ranks, facts)


def _settles(row: SettlementRow, ranks: Ranks, facts: AuthorityFacts) -> bool:
    within = row.limit_minor is None or facts.exposure_minor <= row.limit_minor
    return within and row.when.holds(facts) and ranks.fills(facts.proposer_roles, row.role)


def _on_ladder(ladder: tuple[LadderRow, ...], ranks: Ranks, facts: AuthorityFacts) -> Requirement:
    row = next((row for row in ladder if row.when.holds(facts)), None)
    if row is None:
        raise NoAuthorityRow("no authority row takes this amount")
    needed = next((step.role for step in row.steps if step.how is How.PROPOSE), None)
    return Requirement(
        verdict=Verdict.APPROVAL if row.steps else Verdict.REFUSED,
        row=row.id,
        because=(_because(row, row.when),),
        steps=row.steps,
        may_propose=needed is None or ranks.fills(facts.proposer_roles, needed),
    )


def _because(row: Row, when: Box) -> Because:
    return Because(row=row.id, cite=row.cite, tested=when.tested())
