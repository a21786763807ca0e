"""Values at paths, what they must be, and what stands for what."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesu.playing.matching import at, filled, unlike, until_daytime

FRIDAY = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
ANSWER = {
    "status": "open",
    "tasks": [{"item": "rework", "id": 1}, {"item": "a.b", "id": 2, "round": 3}],
    "due_at": "2026-11-21T10:00:00Z",
    "none": None,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("status", "open"),
        ("tasks.0.id", 1),
        ("tasks.-1.id", 2),
        ("tasks.7.id", None),
        ("tasks.length", 2),
        ("tasks.item=rework.id", 1),
        ("tasks.{item=a.b}.id", 2),
        ("tasks.round=3.id", 2),
        ("tasks.item=nothing.id", None),
        ("status.deeper", None),
        ("nowhere", None),
    ],
)
def test_a_path_leads_to_a_value_or_nowhere(path: str, found: object) -> None:
    assert at(ANSWER, path) == found


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({"status": "open"}, True),
        ({"status": {"has": "pe"}}, True),
        ({"status": {"lacks": "x"}}, True),
        ({"status": {"lacks": "o"}}, False),
        ({"due_at": "2026-11-21T18:00:00+08:00"}, True),
        ({"due_at": {"before": "2026-11-21T10:00:01Z"}}, True),
        ({"due_at": {"after": "2026-11-21T10:00:01Z"}}, False),
        ({"none": {"before": "2026-11-21T10:00:01Z"}}, False),
        ({"tasks.length": {"least": 2}}, True),
        ({"tasks.length": {"least": 3}}, False),
        ({"none": {"given": False}, "status": {"given": True}}, True),
        ({"tasks.0": {"item": "rework", "id": 1}}, True),
    ],
)
def test_a_value_is_as_wanted_or_it_is_said(wanted: dict[str, object], fits: bool) -> None:
    assert (unlike(wanted, ANSWER) == "") is fits


def test_names_and_moments_are_filled_in_everywhere() -> None:
    kept = {"id": "c-1", "number": "123"}
    body = {"${id}": ["$id", "139${number}", "${today-2d}", "${now+90m}"], "n": 3}
    assert filled(body, kept, FRIDAY) == {
        "c-1": ["c-1", "139123", "2026-11-18", "2026-11-20T20:00:00+00:00"],
        "n": 3,
    }


def test_a_name_that_nobody_kept_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        filled("$nobody", {}, FRIDAY)


def test_a_weekday_is_waited_for_over_the_weekend() -> None:
    assert FRIDAY + until_daytime(FRIDAY, "09:00-17:00", weekday=True) == datetime(
        2026, 11, 23, 9, tzinfo=UTC
    )


@given(
    st.integers(0, 400 * 24 * 60).map(lambda minutes: FRIDAY + timedelta(minutes=minutes)),
    st.integers(0, 22),
    st.integers(1, 5),
    st.booleans(),
)
def test_after_waiting_it_is_daytime_and_never_earlier(
    now: datetime, opens: int, hours: int, weekday: bool
) -> None:
    closes = min(opens + hours, 23)
    waited = until_daytime(now, f"{opens:02d}:00-{closes:02d}:00", weekday=weekday)
    then = now + waited
    assert timedelta(0) <= waited <= timedelta(days=4)
    assert opens <= then.hour < closes
    assert not weekday or then.isoweekday() <= 5
