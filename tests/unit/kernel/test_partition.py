"""The proofs against brute force: every point of a small space is looked at."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.policy.boxes import Box, In, Is, Space, Within
from shared.kernel.policy.partition import grid_of, shared, uncovered

SPACE = Space(
    codes=(("colour", frozenset({"red", "green", "blue"})),),
    flags=frozenset({"wet"}),
    ranges=frozenset({"size"}),
)
COLOURS = st.frozensets(st.sampled_from(["red", "green", "blue"]), min_size=1)
SIZES = st.tuples(st.integers(0, 5), st.none() | st.integers(0, 4)).map(
    lambda ends: Within("size", ends[0], None if ends[1] is None else ends[0] + ends[1])
)
TESTS = st.tuples(
    st.none() | COLOURS.map(lambda codes: In("colour", codes)),
    st.none() | st.booleans().map(lambda value: Is("wet", value)),
    st.none() | SIZES,
)
BOXES = TESTS.map(lambda tests: Box(tuple(test for test in tests if test is not None)))


class Thing:
    def __init__(self, colour: str, size: int, *, wet: bool) -> None:
        self.colour, self.size = colour, size
        self.flags = frozenset({"wet"}) if wet else frozenset()


EVERYTHING = [
    Thing(colour, size, wet=wet)
    for colour, wet, size in product(["red", "green", "blue"], [True, False], range(12))
]


@given(st.lists(BOXES, max_size=6))
def test_a_gap_is_found_exactly_when_there_is_one(boxes: list[Box]) -> None:
    gap = uncovered(grid_of(SPACE, boxes), boxes)
    missed = [thing for thing in EVERYTHING if not any(box.holds(thing) for box in boxes)]
    assert (gap is not None) == bool(missed)


@given(st.lists(BOXES, min_size=1, max_size=6))
def test_the_counter_example_is_one(boxes: list[Box]) -> None:
    gap = uncovered(grid_of(SPACE, boxes), boxes)
    if gap is not None:
        said = dict(gap)
        wet = bool(said.get("wet", False))
        thing = Thing(str(said.get("colour", "red")), int(said.get("size", 0)), wet=wet)
        assert not any(box.holds(thing) for box in boxes)


@given(BOXES, BOXES)
def test_an_overlap_is_found_exactly_when_there_is_one(one: Box, other: Box) -> None:
    both = [thing for thing in EVERYTHING if one.holds(thing) and other.holds(thing)]
    assert (shared(grid_of(SPACE, [one, other]), one, other) is not None) == bool(both)


@given(BOXES, st.lists(BOXES, max_size=5))
def test_a_row_is_unreachable_exactly_when_others_take_all_it_takes(
    row: Box, others: list[Box]
) -> None:
    left = uncovered(grid_of(SPACE, [row, *others]), others, within=row)
    own = [t for t in EVERYTHING if row.holds(t) and not any(box.holds(t) for box in others)]
    assert (left is not None) == bool(own)
