"""What a draft changes, added up over many complaints. Pure."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from shared.kernel.policy.pack import Pack
from shared.kernel.policy.simulating import Change, Judge, Kind, PastComplaint, changes

EXAMPLES_MAX = 3


@dataclass(slots=True, kw_only=True)
class Line:
    """One way in which complaints fare otherwise, how many, and which the first ones are."""

    kind: Kind
    before: str
    after: str
    complaints: int = 0
    by_minor: int = 0
    references: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Comparison:
    """What came of judging complaints under the current pack and under a draft.

    `examples_max` None keeps every reference. Amounts are minor units of the pack's currency.
    """

    examples_max: int | None = EXAMPLES_MAX
    judged: int = 0
    otherwise: int = 0
    cost_before_minor: int = 0
    cost_after_minor: int = 0
    late_before: int = 0
    late_after: int = 0
    found: dict[tuple[Kind, str, str], Line] = field(default_factory=dict)

    def lines(self) -> list[Line]:
        """What changes: by kind, the most frequent first."""
        order = list(Kind)
        known = self.found.values()
        return sorted(known, key=lambda n: (order.index(n.kind), -n.complaints, n.before, n.after))

    def note(self, reference: str, change: Change) -> None:
        """Count one change of one complaint."""
        key = change.kind, change.before, change.after
        line = self.found.get(key)
        if line is None:
            line = Line(kind=change.kind, before=change.before, after=change.after)
            self.found[key] = line
        line.complaints += 1
        line.by_minor += change.by_minor
        if self.examples_max is None or len(line.references) < self.examples_max:
            line.references.append(reference)


def compare(
    current: Pack,
    draft: Pack,
    complaints: Iterable[PastComplaint],
    *,
    examples_max: int | None = EXAMPLES_MAX,
) -> Comparison:
    """Judge every complaint under both packs and add up what differs."""
    into = Comparison(examples_max=examples_max)
    for _ in comparing(current, draft, complaints, into):
        pass
    return into


def comparing(
    current: Pack, draft: Pack, complaints: Iterable[PastComplaint], into: Comparison
) -> Iterator[int]:
    """Like `compare`, step by step: yields how many have been judged, for a line of progress."""
    keys: dict[Hashable, int] = {}
    now, then = Judge(current, keys), Judge(draft, keys)
    for complaint in complaints:
        dues: dict[int, bool | None] = {}
        before, after = now.judge(complaint, dues), then.judge(complaint, dues)
        into.judged += 1
        into.cost_before_minor += before.cost_minor
        into.cost_after_minor += after.cost_minor
        into.late_before += len(before.late)
        into.late_after += len(after.late)
        if before != after:
            found = list(changes(before, after))
            into.otherwise += bool(found)
            for change in found:
                into.note(complaint.reference, change)
        yield into.judged
