"""A crashed child comes back, later each time, and not for ever."""

from hypothesis import given
from hypothesis import strategies as st

from kesu.tending import CRASHES_MAX, LONGEST_PAUSE_SECONDS, pause_before


def test_the_first_crash_is_answered_soon() -> None:
    assert pause_before([10.0]) == 0.5


def test_too_many_crashes_are_given_up() -> None:
    assert pause_before([0.0] * (CRASHES_MAX + 1)) is None


@given(st.integers(min_value=1, max_value=CRASHES_MAX))
def test_pauses_grow_and_stay_bounded(crashes: int) -> None:
    pause, before = pause_before([0.0] * crashes), pause_before([0.0] * max(crashes - 1, 1))
    assert pause is not None
    assert before is not None
    assert before <= pause <= LONGEST_PAUSE_SECONDS
