"""Where a complaint goes: its tier, its unit, whom to ask for help, and why."""

from dataclasses import dataclass

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.organisation import Post, UnitSelector
from shared.kernel.policy.words import Because, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingFacts:
    """What may decide where a complaint goes. Codes are the pack's; flags are `vocabulary.FLAGS`.

    An axis the pack does not use stays "". `repeats` counts earlier linked complaints.
    """

    kind: str = "complaint"
    channel: str = ""
    complainant_type: str = ""
    category: str = ""
    workflow: str = ""
    severity: str = ""
    repeats: int = 0
    reopened: int = 0
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRule:
    """Help to ask for by rule: what another unit must do and by which clock (AUTO-43, MALL-20)."""

    code: str
    to: Post
    clock: str
    must_answer: bool = True
    """False: to be notified is enough, the case does not wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRow(Row):
    """In this box the case belongs to this tier and unit (none: it stays), and these tasks are
    asked for.
    """

    when: Box
    tier: str
    unit: UnitSelector | None
    tasks: tuple[TaskRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """The answer: the highest tier that fired, that row's unit, every task asked for, every row
    that spoke.
    """

    tier: str
    unit: UnitSelector
    row: str
    tasks: tuple[TaskRule, ...]
    because: tuple[Because, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        """The ids of all rows that fired, the deciding one first."""
        return tuple(reason.row for reason in self.because)


class NowhereToGo(ValueError):
    """No row takes these facts: a gap, which a checked pack does not have."""


def route(rows: tuple[RoutingRow, ...], tiers: tuple[str, ...], facts: RoutingFacts) -> Routing:
    """The highest tier wins, the first row among equals; all that fired are kept, people will ask
    why.

    `tiers` is ordered from low to high. Raises NowhereToGo when the table has a gap here.
    """
    fired = [row for row in rows if row.when.holds(facts)]
    deciding = max(
        (row for row in fired if row.unit), key=lambda r: tiers.index(r.tier), default=None
    )
    if deciding is None or deciding.unit is None:
        raise NowhereToGo("no routing row takes these facts")
    others = [row for row in fired if row is not deciding]
    return Routing(
        tier=deciding.tier,
        unit=deciding.unit,
        row=deciding.id,
        tasks=_once([task for row in fired for task in row.tasks]),
        because=tuple(_because(row) for row in [deciding, *others]),
    )


def _once(tasks: list[TaskRule]) -> tuple[TaskRule, ...]:
    return tuple({task.code: task for task in reversed(tasks)}.values())[::-1]


def _because(row: RoutingRow) -> Because:
    return Because(row=row.id, cite=row.cite, tested=row.when.tested())
