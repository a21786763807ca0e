"""One line of the queue: everything insights has heard of one complaint, in ids and codes.

Facts of different services come in any order, so an entry may know a clock before it knows the
complaint. Every field has a default; what follows from several facts is derived, never stored.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

FAR = datetime(9999, 1, 1, tzinfo=UTC)
"""The due moment of what has none: it comes last."""

OVER = frozenset({"closed", "withdrawn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something with a due moment: a clock, an offer, an approval, a call. `due_at` None: paused.

    `key` names it within the complaint, `clock` is the word people read.
    """

    key: str
    clock: str
    due_at: datetime | None
    warned: bool = False
    breached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Something the complaint waits for: `approval:store_manager`, `signature`, `callback`.

    `key` names it, such as the claim or the offer.
    """

    key: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One more of something on one local day; may be negative after a correction."""

    day: str
    measure: str
    amount: int


@dataclass(frozen=True, kw_only=True)  # no slots: replaced at every event
class Entry:
    """What is known of a complaint. `unit` is where it was recorded, `content` its category.

    `uncounted` are tallies that wait for unit, kind and content to be known.
    """

    complaint: UUID
    organisation: str
    reference: str = ""
    unit: str = ""
    kind: str = ""
    content: str = ""
    channel: str = ""
    severity: str = ""
    tier: str = ""
    stage: str = ""
    former_stage: str = ""
    withdrawn: bool = False
    confirmed: bool = False
    holder_unit: str = ""
    holder_person: str = ""
    opened_at: datetime | None = None
    registered_day: str = ""
    dues: tuple[Due, ...] = ()
    waits: tuple[Wait, ...] = ()
    uncounted: tuple[Tally, ...] = ()

    @property
    def known(self) -> bool:
        """Whether its registration has been heard of."""
        return bool(self.reference)

    @property
    def status(self) -> str:
        """Where it stands, for a person; withdrawal outdoes everything."""
        if self.withdrawn:
            return "withdrawn"
        if self.stage:
            return self.stage
        return "confirmed" if self.confirmed else "registered"

    @property
    def open(self) -> bool:
        """Whether somebody still works on it; what is no complaint is only answered."""
        return self.status not in OVER and self.kind in {"", "complaint"}

    @property
    def next(self) -> Due | None:
        """What is due first; None when nothing counts."""
        counting = [due for due in self.dues if due.due_at is not None]
        return min(counting, key=lambda due: (due.due_at or FAR, due.key), default=None)

    @property
    def due_at(self) -> datetime:
        """The next due moment, FAR when there is none."""
        first = self.next
        return (first.due_at if first else None) or FAR

    @property
    def warned(self) -> bool:
        return any(due.warned and not due.breached for due in self.dues)

    @property
    def breached(self) -> bool:
        return any(due.breached for due in self.dues)

    @property
    def gap(self) -> bool:
        """An open case that no person has taken (N4)."""
        return self.open and bool(self.stage) and not self.holder_person

    @property
    def waiting(self) -> tuple[str, ...]:
        """What it waits for, each once, in order."""
        return () if self.withdrawn else tuple(sorted({wait.code for wait in self.waits}))


@dataclass(frozen=True, slots=True)
class Line:
    """Where an entry stands in the queue of one unit: a lane, ordered by due moment."""

    organisation: str
    seer: str
    lane: str
    due_at: datetime
    complaint: UUID


def lines(entry: Entry) -> frozenset[Line]:
    """Every place the entry has: for each unit that sees it, one in each of its lanes."""
    return frozenset(
        Line(entry.organisation, seer, lane, entry.due_at, entry.complaint)
        for seer in seers(entry)
        for lane in lanes(entry)
    )


def seers(entry: Entry) -> frozenset[str]:
    """The recording unit, the holding unit, and all above them."""
    return frozenset(above for unit in (entry.unit, entry.holder_unit) for above in _up(unit))


def lanes(entry: Entry) -> frozenset[str]:
    """`open`, its status, what it waits for (an approval also under its role), what is wrong.

    None before its registration was heard of.
    """
    if not entry.known:
        return frozenset()
    found = {f"status:{entry.status}"}
    for code in entry.waiting:
        found |= {f"waiting:{code}", f"waiting:{code.partition(':')[0]}"}
    if entry.open:
        found |= {"open"}
        found |= {"breached"} if entry.breached else set()
        found |= {"gap"} if entry.gap else set()
    return frozenset(found)


def _up(unit: str) -> list[str]:
    parts = unit.split(".") if unit else []
    return [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
