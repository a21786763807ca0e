"""Proving tables of boxes: what no row takes, what two rows take, which row can never win. Exact,
no solver.

Each axis is cut into *atoms* no row can tell apart; a region is a set of atoms per axis.
Subtracting boxes from a region either leaves nothing, which is a proof, or a point, which is the
counter-example.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from shared.kernel.policy.boxes import Box, In, Is, Space, Test, Within

Atom: TypeAlias = str | bool | int
Region: TypeAlias = Mapping[str, frozenset[Atom]]
Point: TypeAlias = tuple[tuple[str, Atom], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The atoms of every axis that some row tests; an integer atom is the first number of its
    stretch.
    """

    axes: Region

    def region_of(self, box: Box) -> Region:
        """The atoms that a box takes on each axis it tests."""
        return {test.axis: self._taken(test) for test in box.tests}

    def _taken(self, test: In | Is | Within) -> frozenset[Atom]:
        match test:
            case In():
                return frozenset(test.codes) & self.axes[test.axis]
            case Is():
                return frozenset({test.value})
            case Within():
                return frozenset(a for a in self.axes[test.axis] if _lies(a, test))


def grid_of(space: Space, boxes: Sequence[Box]) -> Grid:
    """Cut the axes that these boxes test into atoms. Axes outside the space are left out: check
    references first.
    """
    tests = [test for box in boxes for test in box.tests]
    codes = {axis: frozenset[Atom](known) for axis, known in space.codes}
    axes: dict[str, frozenset[Atom]] = {}
    for test in tests:
        match test:
            case In():
                axes[test.axis] = codes.get(test.axis, frozenset())
            case Is():
                axes[test.axis] = frozenset({True, False})
            case Within():
                cuts = {test.low} if test.high is None else {test.low, test.high + 1}
                axes[test.axis] = axes.get(test.axis, frozenset({0})) | cuts
    return Grid(axes)


def uncovered(grid: Grid, boxes: Sequence[Box], *, within: Box | None = None) -> Point | None:
    """A point (inside `within`) that none of the boxes takes; None proves that there is none."""
    start = {**grid.axes, **(grid.region_of(within) if within else {})}
    return _left(start, [grid.region_of(box) for box in boxes])


def shared(grid: Grid, one: Box, other: Box) -> Point | None:
    """A point that both boxes take; None proves that they are apart."""
    first, second = grid.region_of(one), grid.region_of(other)
    both = {axis: _of(first, grid, axis) & _of(second, grid, axis) for axis in grid.axes}
    return _point(both) if all(both.values()) else None


def meeting(one: Box, other: Box) -> Box | None:
    """The box of what both take; None when they are apart (as far as their tests alone can say)."""
    tests: list[Test] = [test for test in one.tests if other.on(test.axis) is None]
    for test in other.tests:
        met = _met(one.on(test.axis), test)
        if met is None:
            return None
        tests.append(met)
    return Box(tuple(tests))


def _met(one: Test | None, other: Test) -> Test | None:
    """What two tests of one axis both let pass."""
    match one, other:
        case None, _:
            return other
        case In(), In() if codes := one.codes & other.codes:
            return In(other.axis, codes)
        case Is(), Is() if one.value is other.value:
            return other
        case Within(), Within():
            return _stretch(one, other)
    return None


def _stretch(one: Within, other: Within) -> Within | None:
    low = max(one.low, other.low)
    highs = [test.high for test in (one, other) if test.high is not None]
    high = min(highs, default=None)
    return None if high is not None and high < low else Within(one.axis, low, high)


def _left(region: Region, boxes: Sequence[Region]) -> Point | None:
    """Depth first: cut the region along the first box that touches it, and go on with the pieces
    outside.
    """
    if not all(region.values()):
        return None
    for index, box in enumerate(boxes):
        if all(region[axis] & taken for axis, taken in box.items()):
            return _outside(region, box, boxes[index + 1 :])
    return _point(region)


def _outside(region: Region, box: Region, others: Sequence[Region]) -> Point | None:
    inside = dict(region)
    for axis, taken in box.items():
        piece = {**inside, axis: inside[axis] - taken}
        if (found := _left(piece, others)) is not None:
            return found
        inside[axis] &= taken
    return None


def _of(region: Region, grid: Grid, axis: str) -> frozenset[Atom]:
    return region.get(axis, grid.axes[axis])


def _point(region: Region) -> Point:
    return tuple((axis, min(atoms, key=_order)) for axis, atoms in sorted(region.items()))


def _order(atom: Atom) -> tuple[str, int, str]:
    """False before true, small before large, so that counter-examples are plain."""
    return ("", int(atom), "") if isinstance(atom, int) else ("code", 0, atom)


def _lies(atom: Atom, test: Within) -> bool:
    number = int(atom)
    return number >= test.low and (test.high is None or number <= test.high)
