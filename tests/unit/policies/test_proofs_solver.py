"""The proofs against z3: over all numbers, not only small ones, both come to the same answer."""

from functools import cache
from itertools import combinations

import pytest
import z3
from hypothesis import example, given, settings

from shared.kernel.policy.authority import LadderRow
from shared.kernel.policy.boxes import Box, In, Is, Space, Within
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.partition import grid_of, uncovered
from shared.kernel.policy.proving_money import ladder_findings
from shared.kernel.policy.proving_routing import routing_findings
from shared.kernel.policy.routing import RoutingRow
from shared.kernel.policy.spaces import claim_space, goods_space, routing_space
from tests.support.packs import PACKS
from tests.unit.policies.tables import (
    LADDERS,
    ROUTINGS,
    TIERS,
    routing_row,
    with_ladder,
    with_routing,
)


@cache
def codes_of(space: Space) -> dict[str, tuple[str, ...]]:
    return {axis: tuple(sorted(codes)) for axis, codes in space.codes}


def within(space: Space) -> z3.BoolRef:
    """What every point of the space obeys."""
    codes = [
        z3.And(z3.Int(axis) >= 0, z3.Int(axis) < len(known))
        for axis, known in codes_of(space).items()
    ]
    return z3.And(*codes, *(z3.Int(axis) >= 0 for axis in space.ranges))


def formula(box: Box, space: Space, suffix: str = "") -> z3.BoolRef:
    return z3.And(True, *(_test(test, space, suffix) for test in box.tests))


def _test(test: In | Is | Within, space: Space, suffix: str) -> z3.BoolRef:
    match test:
        case In():
            known = codes_of(space)[test.axis]
            return z3.Or(*(z3.Int(test.axis) == known.index(code) for code in test.codes))
        case Is():
            return z3.Bool(test.axis) == test.value
        case Within():
            number = z3.Int(test.axis + suffix)
            return z3.And(number >= test.low, test.high is None or number <= test.high)


def possible(*claims: z3.BoolRef) -> bool:
    solver = z3.Solver()
    solver.add(*claims)
    return bool(solver.check() == z3.sat)


@settings(max_examples=60)
@given(ROUTINGS)
@example((routing_row(0, (Box(()), TIERS[0], None, True)),))
def test_gaps_and_unreachable_rows_of_routing(rows: tuple[RoutingRow, ...]) -> None:
    pack = with_routing(rows)
    space = routing_space(pack)
    found = list(routing_findings(pack))
    deciding = [row for row in rows if row.unit is not None]
    gap = possible(within(space), *(z3.Not(formula(row.when, space)) for row in deciding))
    assert gap == any(finding.code == "routing-gap" for finding in found)
    unreachable = {row.id for row in rows if not _speaks(row, rows, space)}
    assert unreachable == {f.row for f in found if f.code == "routing-unreachable"}


def _speaks(row: RoutingRow, rows: tuple[RoutingRow, ...], space: Space) -> bool:
    """Whether the row decides for some complaint, or is the first to ask for its task."""
    place, mine = rows.index(row), TIERS.index(row.tier)
    stronger = [
        other
        for n, other in enumerate(rows)
        if other.unit and (TIERS.index(other.tier) > mine or (other.tier == row.tier and n < place))
    ]
    asked = [other for other in rows[:place] if other.tasks]
    own = [within(space), formula(row.when, space)]
    decides = row.unit and possible(*own, *(z3.Not(formula(o.when, space)) for o in stronger))
    asks = row.tasks and possible(*own, *(z3.Not(formula(o.when, space)) for o in asked))
    return bool(decides or asks)


@settings(max_examples=60)
@given(LADDERS)
def test_gaps_overlaps_and_descents_of_the_ladder(rows: tuple[LadderRow, ...]) -> None:
    pack = with_ladder(rows)
    space, found = claim_space(pack), list(ladder_findings(pack))
    codes = {finding.code for finding in found}
    gap = possible(within(space), *(z3.Not(formula(row.when, space)) for row in rows))
    assert gap == ("authority-gap" in codes)
    overlaps = {
        other.id
        for one, other in combinations(rows, 2)
        if possible(within(space), formula(one.when, space), formula(other.when, space))
    }
    assert overlaps == {f.row for f in found if f.code == "authority-overlap"}
    if not overlaps:
        assert _falls(pack, rows, space) == ("authority-descends" in codes)


def _falls(pack: Pack, rows: tuple[LadderRow, ...], space: Space) -> bool:
    """Whether some claim needs a lower role than the same claim of a lower amount."""
    less = z3.Int("exposure_minor") < z3.Int("exposure_minor-higher")
    return any(
        _height(pack, high) < _height(pack, low)
        and possible(
            within(space), less, formula(low.when, space), formula(high.when, space, "-higher")
        )
        for low in rows
        for high in rows
    )


def _height(pack: Pack, row: LadderRow) -> int:
    return max((pack.ranks.of(step.role) or 0 for step in row.steps), default=1_000)


@pytest.mark.parametrize("pack", PACKS.packs, ids=lambda pack: pack.id)
def test_the_shipped_packs_have_no_gap_the_solver_could_find(pack: Pack) -> None:
    routing, claims = routing_space(pack), claim_space(pack)
    deciding = [row.when for row in pack.escalation.routing if row.unit is not None]
    assert not possible(within(routing), *(z3.Not(formula(box, routing)) for box in deciding))
    ladder = [row.when for row in pack.compensation.ladder]
    assert not possible(within(claims), *(z3.Not(formula(box, claims)) for box in ladder))
    for one, other in combinations(ladder, 2):
        assert not possible(within(claims), formula(one, claims), formula(other, claims))


@pytest.mark.parametrize("pack", PACKS.packs, ids=lambda pack: pack.id)
def test_every_granting_row_of_the_shipped_terms_can_grant(pack: Pack) -> None:
    space, terms = goods_space(pack), pack.compensation.terms
    barring = [row.when for row in terms if row.excludes]
    grid = grid_of(space, [row.when for row in terms])
    for row in (row for row in terms if not row.excludes):
        no = (z3.Not(formula(box, space)) for box in barring)
        can = possible(within(space), formula(row.when, space), *no)
        assert can == (uncovered(grid, barring, within=row.when) is not None)
