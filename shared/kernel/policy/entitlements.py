"""What the published terms grant for goods: refund, exchange, repair, maintenance or nothing, and
which row says so.
"""

from dataclasses import dataclass
from datetime import date

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.words import Because, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsFacts:
    """What is known about the goods, each piece with an evidence id at the door (decision 23).

    `goods` is a code of the pack's goods axis; `installation` one of none, by_us, by_other; `fault`
    one of none, quality, mismatch. `age_days` and `age_months` come from `age_of`.
    `packaging_grants`: what the packaging promises at this age beyond the terms (AUTO-29).
    """

    goods: str
    installation: str
    fault: str
    age_days: int
    age_months: int
    flags: frozenset[str] = frozenset()
    packaging_grants: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRow(Row):
    """In this box the published terms grant these. An exclusion grants nothing, whatever other rows
    say.
    """

    when: Box
    grants: frozenset[str]
    excludes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What the customer may have under the published terms. `grants` empty: none."""

    grants: frozenset[str]
    because: tuple[Because, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        """The ids of the rows that spoke."""
        return tuple(reason.row for reason in self.because)


def entitlement(
    terms: tuple[TermRow, ...], facts: GoodsFacts, *, packaging_row: TermRow | None = None
) -> Entitlement:
    """What the terms grant. An exclusion ends it; else the grants of all rows add up, and the
    packaging's promise where the pack says that it wins (`packaging_row`, AUTO-29).
    """
    fired = [row for row in terms if row.when.holds(facts)]
    barring = [row for row in fired if row.excludes]
    if barring:
        return Entitlement(grants=frozenset(), because=_because(barring))
    if packaging_row and facts.packaging_grants and packaging_row.when.holds(facts):
        promised = facts.packaging_grants
        return Entitlement(grants=_all(fired) | promised, because=_because([packaging_row, *fired]))
    return Entitlement(grants=_all(fired), because=_because(fired))


def age_of(sold_on: date, today: date) -> tuple[int, int]:
    """Age in days, and in months begun: the n-th month ends with the same day n months later
    (inclusive).
    """
    days = max((today - sold_on).days, 0)
    whole = (today.year - sold_on.year) * 12 + today.month - sold_on.month
    return days, max(whole + (today.day > sold_on.day), 0)


def _all(rows: list[TermRow]) -> frozenset[str]:
    return frozenset(grant for row in rows for grant in row.grants)


def _because(rows: list[TermRow]) -> tuple[Because, ...]:
    return tuple(Because(row=row.id, cite=row.cite, tested=row.when.tested()) for row in rows)
