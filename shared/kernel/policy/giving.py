"""What may be given beyond the authority table: the cheapest adequate remedy, cash, goodwill,
recovery.
"""

from dataclasses import dataclass

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.words import Row, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth(Row):
    """What a remedy is worth to its receiver, as a share of its face value (CLUB-27, Q26)."""

    remedy: str
    share_basis_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CashRule(Row):
    """From this total on, cash needs a coded reason, approved one level higher (CLUB-29, Q25).

    `instead` are the remedies to prefer.
    """

    from_minor: int
    instead: frozenset[str]
    reasons: tuple[Word, ...]
    level_higher: bool = True

    def asks(self, kind: str, total_minor: int) -> bool:
        """Whether giving this kind of remedy, with this case total, needs a reason."""
        return kind == "cash" and total_minor >= self.from_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiationRule(Row):
    """In this box the opening and the final amount are both kept (CLUB-28)."""

    when: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRule(Row):
    """Each demand is decided by itself, with one of these answers (PROP-24); a refusal says why."""

    answers: tuple[Word, ...]
    reason_for: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRule(Row):
    """What a proposal must hold: how many options, an expected time, a next one when refused
    (AUTO-54, STAF-21, STAF-34).
    """

    options_min: int = 1
    expected_time: bool = False
    alternative_when_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodwillRow(Row):
    """In this box these remedies are a fitting goodwill, up to this face value (STAF-65)."""

    when: Box
    remedies: frozenset[str]
    limit_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery(Row):
    """Whether an employee may be asked to bear the cost (CLUB-31, CLUB-32, Q27).

    A finding of liability is kept either way. Kesu refuses `enabled` true: recovery is a matter of
    law, consent and appeal, and never a deduction made by a machine.
    """

    enabled: bool = False
    degrees: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingPolicy:
    """The part of compensation's section that says what to choose. All of it may be left out."""

    worths: tuple[Worth, ...] = ()
    cash: CashRule | None = None
    negotiation: NegotiationRule | None = None
    demands: DemandRule | None = None
    proposal: ProposalRule | None = None
    goodwill: tuple[GoodwillRow, ...] = ()
    recovery: Recovery | None = None

    def worth_of(self, remedy: str, face_minor: int) -> int:
        """What this face value is worth to the receiver, in minor units, rounded down."""
        row = next((worth for worth in self.worths if worth.remedy == remedy), None)
        return face_minor * (row.share_basis_points if row else 10_000) // 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to settle that the complainant would accept."""

    remedy: str
    face_minor: int
    cost_minor: int
    """What it costs the company."""


def cheapest_first(giving: GivingPolicy, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Options in the order to propose them: the lowest cost, then the higher worth (CLUB-27,
    Q26).
    """

    def order(option: Option) -> tuple[int, int, str]:
        return option.cost_minor, -giving.worth_of(option.remedy, option.face_minor), option.remedy

    return tuple(sorted(options, key=order))
