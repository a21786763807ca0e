"""The proofs over tables: routing takes everything, authority takes every amount exactly once and
only climbs.
"""

from collections.abc import Iterator
from itertools import combinations

from shared.kernel.policy.authority import How, LadderRow, Ranks
from shared.kernel.policy.boxes import Box, Space, Within
from shared.kernel.policy.finding import Finding, error, warning
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.partition import Grid, Point, grid_of, shared, uncovered
from shared.kernel.policy.routing import RoutingRow
from shared.kernel.policy.vocabulary import CLAIM_FLAGS, FAULTS, FLAGS, GOODS_FLAGS, INSTALLATIONS

REFUSED_RANK = 1_000
"""An explicit refusal stands above every role."""


def table_findings(pack: Pack) -> Iterator[Finding]:
    """Gaps, overlaps, rows that can never fire, ladders that step down."""
    yield from _routing(pack)
    yield from _ladder(pack)
    yield from _settlements(pack)
    yield from _chain(pack)


def routing_space(pack: Pack) -> Space:
    """Every complaint the vocabulary can express; "" stands for what is not classified."""
    kinds = frozenset(kind.code for kind in pack.intake.triage if kind.is_complaint)
    axes = {axis.code: _codes(axis.words) | {""} for axis in pack.axes}
    return Space(
        codes=(
            ("kind", kinds),
            ("channel", _codes(pack.intake.channels)),
            ("complainant_type", _codes(pack.intake.complainant_types)),
            ("severity", _codes(pack.escalation.severities) | {""}),
            ("category", axes.get("category", frozenset({""}))),
            ("workflow", axes.get("workflow", frozenset({""}))),
        ),
        flags=FLAGS,
        ranges=frozenset({"repeats", "reopened"}),
    )


def claim_space(pack: Pack) -> Space:
    """Every claim the vocabulary can express."""
    return Space(
        codes=(
            ("severity", _codes(pack.escalation.severities) | {""}),
            ("tier", _codes(pack.escalation.tiers) | {""}),
            ("complainant_type", _codes(pack.intake.complainant_types) | {""}),
        ),
        flags=CLAIM_FLAGS,
        ranges=frozenset({"exposure_minor"}),
    )


def goods_space(pack: Pack) -> Space:
    """All goods the published terms may speak of."""
    return Space(
        codes=(
            ("goods", _codes(pack.compensation.goods)),
            ("installation", INSTALLATIONS),
            ("fault", FAULTS),
        ),
        flags=GOODS_FLAGS,
        ranges=frozenset({"age_days", "age_months"}),
    )


def _routing(pack: Pack) -> Iterator[Finding]:
    rows = [row for row in pack.escalation.routing if row.unit is not None]
    grid = grid_of(routing_space(pack), [row.when for row in rows])
    if (gap := uncovered(grid, [row.when for row in rows])) is not None:
        what = "a complaint goes nowhere: no routing row takes it"
        yield error("routing", "routing-gap", what, example=_said(gap), mend="add a row for it")
    tiers = [tier.code for tier in pack.escalation.tiers]
    for row in rows:
        if not row.tasks and not _can_win(row, rows, tiers, grid):
            what = "this row can never decide: rows before it or of a higher tier take all it takes"
            yield warning(row.id, "routing-unreachable", what, mend="narrow the others or drop it")


def _can_win(row: RoutingRow, rows: list[RoutingRow], tiers: list[str], grid: Grid) -> bool:
    mine, place = tiers.index(row.tier), rows.index(row)
    stronger = [
        other.when
        for index, other in enumerate(rows)
        if tiers.index(other.tier) > mine or (other.tier == row.tier and index < place)
    ]
    return uncovered(grid, stronger, within=row.when) is not None


def _ladder(pack: Pack) -> Iterator[Finding]:
    rows = pack.compensation.ladder
    grid = grid_of(claim_space(pack), [row.when for row in rows])
    if (gap := uncovered(grid, [row.when for row in rows])) is not None:
        what = "an amount that nobody may approve and no row refuses"
        yield error("ladder", "authority-gap", what, example=_said(gap), mend="join the bands")
    for one, other in combinations(rows, 2):
        if (point := shared(grid, one.when, other.when)) is not None:
            what = f"'{one.id}' and '{other.id}' both decide"
            mend = "let one band begin above the end of the other"
            yield error(other.id, "authority-overlap", what, example=_said(point), mend=mend)
    yield from _descents(rows, pack.compensation.ranks, grid)


def _descents(rows: tuple[LadderRow, ...], ranks: Ranks, grid: Grid) -> Iterator[Finding]:
    """A higher amount never needs a lower role, all else being equal."""
    for low, high in combinations(sorted(rows, key=_begins), 2):
        if _begins(low) == _begins(high):
            continue
        alike = shared(grid, _without_amount(low.when), _without_amount(high.when)) is not None
        if alike and _height(high, ranks) < _height(low, ranks):
            what = f"a higher amount needs a lower role than under '{low.id}'"
            example = f"exposure_minor={_begins(high)}"
            yield error(high.id, "authority-descends", what, example=example, mend="swap the roles")


def _begins(row: LadderRow) -> int:
    band = row.when.on("exposure_minor")
    return band.low if isinstance(band, Within) else 0


def _without_amount(box: Box) -> Box:
    return Box(tuple(test for test in box.tests if test.axis != "exposure_minor"))


def _height(row: LadderRow, ranks: Ranks) -> int:
    deciding = [step.role for step in row.steps if step.how is How.APPROVE]
    return max((ranks.of(role) or 0 for role in deciding), default=REFUSED_RANK)


def _settlements(pack: Pack) -> Iterator[Finding]:
    rows = pack.compensation.settlements
    grid = grid_of(claim_space(pack), [row.when for row in rows])
    for one, other in combinations(rows, 2):
        if (point := shared(grid, one.when, other.when)) is not None:
            what = f"'{one.id}' and '{other.id}' both let somebody settle alone"
            yield error(other.id, "settlement-overlap", what, example=_said(point))


def _chain(pack: Pack) -> Iterator[Finding]:
    chain = pack.escalation.chain
    codes = {rung.code for rung in chain}
    for tier in pack.escalation.tiers:
        if pack.escalation.rung_of(tier.code) is None:
            yield error(tier.code, "chain-missing", "nobody holds a case of this tier")
    for rung in chain:
        if rung.above is not None and rung.above not in codes:
            yield error(
                rung.id, "chain-dead-end", f"the rung above, '{rung.above}', does not exist"
            )
        elif _loops(pack, rung.code):
            yield error(rung.id, "chain-loop", "the chain of command comes back to this rung")


def _loops(pack: Pack, code: str) -> bool:
    seen: set[str] = set()
    here = pack.escalation.rung(code)
    while here is not None and here.above is not None:
        if here.code in seen:
            return True
        seen.add(here.code)
        here = pack.escalation.rung(here.above)
    return False


def _codes(words: tuple[object, ...]) -> frozenset[str]:
    return frozenset(str(getattr(word, "code", "")) for word in words)


def _said(point: Point) -> str:
    return ", ".join(f"{axis}={str(value).lower()}" for axis, value in point) or "any"
