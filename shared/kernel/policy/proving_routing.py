"""What is proved of routing, severity, clocks and forms: nothing goes nowhere or waits for ever."""

from collections.abc import Iterator, Sequence

from shared.kernel.clocks import ClockRule
from shared.kernel.policy.boxes import Box
from shared.kernel.policy.finding import Finding, error, warning
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.partition import Grid, Point, grid_of, meeting, uncovered
from shared.kernel.policy.routing import RoutingRow
from shared.kernel.policy.spaces import form_space, plainest, routing_space, sample_of

BEGINNINGS = frozenset({"received", "registered", "confirmed"})
"""What happens to every complaint, so that a clock that starts on it runs for every complaint."""
ANSWERS = frozenset(
    {
        "resolution_proposed",
        "resolution_accepted",
        "resolution_executed",
        "customer_told",
        "progress_told",
        "reply_delivered",
        "promise_kept",
    }
)
"""What a complainant hears or gets; to be acknowledged, confirmed or passed on is not yet one."""
ENDS = frozenset({"closed", "withdrawn"})


def routing_findings(pack: Pack) -> Iterator[Finding]:
    """No complaint without a unit, no row that never speaks, no order that decides unseen."""
    table = _Table(pack)
    if (gap := table.gap()) is not None:
        yield _nowhere(pack, gap)
    for row in table.rows:
        if not table.decides(row) and not table.asks(row):
            what = "this row can never decide: rows before it or of a higher tier take all it takes"
            mend = "narrow the others or drop it"
            example = plainest(routing_space(pack), row.when)
            yield warning(row.id, "routing-unreachable", what, mend=mend, complaint=example)
    yield from _by_order(table, pack)


def severity_findings(pack: Pack) -> Iterator[Finding]:
    """The first severity row that holds suggests; a later one must have something left."""
    rows = pack.escalation.severity
    grid = grid_of(routing_space(pack), [row.when for row in rows])
    for index, row in enumerate(rows):
        if uncovered(grid, [other.when for other in rows[:index]], within=row.when) is None:
            what = "this row can never suggest anything: rows before it take all it takes"
            example = plainest(routing_space(pack), row.when)
            mend = "move it up or drop it"
            yield warning(row.id, "severity-unreachable", what, mend=mend, complaint=example)


def clock_findings(pack: Pack) -> Iterator[Finding]:
    """Every complaint has a clock that runs from its beginning until it is answered."""
    rules = [rule for rule in _clocks(pack) if _awaits_an_answer(rule)]
    space = routing_space(pack)
    boxes = [rule.when for rule in rules]
    gap = uncovered(grid_of(space, boxes), boxes)
    if gap is not None:
        what = "a complaint waits for its answer without a clock"
        mend = "let a clock start when it is received and stop when it is answered"
        example = sample_of(space, gap)
        yield error("clocks", "clock-gap", what, mend=mend, complaint=example)


def form_findings(pack: Pack) -> Iterator[Finding]:
    """A required field is asked for by some form it is required on."""
    for field in pack.intake.fields:
        if field.required is None:
            continue
        asking = frozenset(k.code for k in pack.intake.triage if field.code in k.form)
        test = field.required.on("kind")
        meant: frozenset[str] = getattr(test, "codes", asking)
        if not asking & meant:
            example = plainest(form_space(pack), field.required)
            what = "the field is required where no form asks for it"
            mend = "name it in the form of that kind"
            yield warning(field.id, "form-unasked", what, mend=mend, complaint=example)


class _Table:
    """The routing rows of a pack, cut into atoms once."""

    def __init__(self, pack: Pack) -> None:
        self.rows = pack.escalation.routing
        self.deciding = [row for row in self.rows if row.unit is not None]
        self._tiers = [tier.code for tier in pack.escalation.tiers]
        self.grid: Grid = grid_of(routing_space(pack), [row.when for row in self.rows])

    def gap(self) -> Point | None:
        """A complaint that no row with a unit takes."""
        return uncovered(self.grid, [row.when for row in self.deciding])

    def decides(self, row: RoutingRow) -> bool:
        """Whether there is a complaint whose tier and unit this row says."""
        return row.unit is not None and self._left(self._stronger(row), row.when) is not None

    def asks(self, row: RoutingRow) -> bool:
        """Whether there is a complaint for which this row asks for a task before others do."""
        before = self.rows[: self.rows.index(row)]
        return any(
            self._left([r.when for r in before if code in {t.code for t in r.tasks}], row.when)
            is not None  # the point of a table that tests nothing is empty, and is one
            for code in {task.code for task in row.tasks}
        )

    def undecided(self, one: RoutingRow, other: RoutingRow) -> Point | None:
        """A complaint that both would send elsewhere, where only their order decides."""
        both = meeting(one.when, other.when)
        if both is None or one.unit == other.unit or one.tier != other.tier:
            return None
        if self._left([one.when], other.when) is None or self._left([other.when], one.when) is None:
            return None  # one is the exception of the other
        return self._left(self._stronger(one), both)

    def _left(self, boxes: Sequence[Box], within: Box) -> Point | None:
        return uncovered(self.grid, boxes, within=within)

    def _stronger(self, row: RoutingRow) -> list[Box]:
        mine, place = self._tiers.index(row.tier), self.deciding.index(row)
        ranked = [(self._tiers.index(other.tier), other) for other in self.deciding]
        return [
            other.when
            for index, (tier, other) in enumerate(ranked)
            if tier > mine or (tier == mine and index < place)
        ]


def _nowhere(pack: Pack, gap: Point) -> Finding:
    what = "a complaint goes nowhere: no routing row takes it"
    example = sample_of(routing_space(pack), gap)
    return error("routing", "routing-gap", what, mend="add a row for it", complaint=example)


def _by_order(table: _Table, pack: Pack) -> Iterator[Finding]:
    space = routing_space(pack)
    for index, row in enumerate(table.deciding):
        points = [(one.id, table.undecided(one, row)) for one in table.deciding[:index]]
        met = [(name, point) for name, point in points if point is not None]
        if met:
            names = ", ".join(f"'{name}'" for name, _ in met)
            what = f"some complaints go to another unit only because of the order: {names} first"
            mend = "let one of the rows leave out what the other takes"
            example = sample_of(space, met[0][1])
            yield warning(row.id, "routing-by-order", what, mend=mend, complaint=example)


def _clocks(pack: Pack) -> tuple[ClockRule, ...]:
    sections = (pack.intake, pack.escalation, pack.followup)
    return tuple(rule for section in sections for rule in section.clocks)


def _awaits_an_answer(rule: ClockRule) -> bool:
    stops = rule.stops_on - ENDS
    answered = bool(stops & ANSWERS) or (not stops and "closed" in rule.stops_on)
    return rule.starts_on in BEGINNINGS and answered
