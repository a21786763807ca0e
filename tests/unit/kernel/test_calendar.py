"""The calendar against an oracle that walks minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.calendar import ALL_DAY, BeyondCalendar, Calendar, Hours
from shared.kernel.policy.words import Length

SHANGHAI = ZoneInfo("Asia/Shanghai")
SPLIT: Hours = ((540, 720), (780, 1080))
OFFICE = Calendar(
    code="office",
    version="1",
    timezone="Asia/Shanghai",
    weekly=(SPLIT, SPLIT, SPLIT, SPLIT, SPLIT, (), ()),
    days=((date(2026, 2, 14), SPLIT), (date(2026, 2, 16), ()), (date(2026, 2, 17), ())),
    holidays=True,
    decreed=frozenset({2026}),
    first=date(2026, 1, 1),
    last=date(2026, 12, 31),
)
ALWAYS = Calendar(code="always", version="1", timezone="Asia/Shanghai", weekly=(ALL_DAY,) * 7)
BERLIN = Calendar(
    code="berlin",
    version="1",
    timezone="Europe/Berlin",
    weekly=(((60, 240),),) * 7,
    first=date(2026, 3, 1),
    last=date(2026, 11, 30),
)
MINUTE = timedelta(minutes=1)


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def is_open(calendar: Calendar, moment: datetime) -> bool:
    here = moment.astimezone(ZoneInfo(calendar.timezone))
    minute = here.hour * 60 + here.minute
    return any(begin <= minute < end for begin, end in calendar.hours_on(here.date()))


def minutes_open(calendar: Calendar, start: datetime, end: datetime) -> int:
    """The oracle: look at every single minute."""
    count, here = 0, start
    while here < end:
        count += is_open(calendar, here)
        here += MINUTE
    return count


MOMENTS = st.integers(0, 60 * 24 * 60).map(lambda m: local(1, 20, 0) + timedelta(minutes=m))
SPRING = st.integers(0, 12 * 24 * 60).map(
    lambda m: datetime(2026, 3, 24, tzinfo=UTC) + timedelta(minutes=m)
)


@given(MOMENTS, st.integers(0, 14 * 24 * 60))
@settings(max_examples=40, deadline=None)
def test_elapsed_time_is_what_counting_minutes_gives(start: datetime, length: int) -> None:
    end = start + timedelta(minutes=length)
    assert OFFICE.elapsed(start, end) == 60 * minutes_open(OFFICE, start, end)


@given(SPRING, st.integers(0, 6 * 24 * 60))
@settings(max_examples=25, deadline=None)
def test_hours_that_a_clock_change_skips_do_not_count(start: datetime, length: int) -> None:
    end = start + timedelta(minutes=length)
    assert BERLIN.elapsed(start, end) == 60 * minutes_open(BERLIN, start, end)


@given(MOMENTS, st.integers(1, 40 * 60))
def test_the_due_moment_lies_at_the_end_of_open_time_and_uses_exactly_the_allowance(
    start: datetime, minutes: int
) -> None:
    due = OFFICE.due(start, seconds=minutes * 60)
    assert is_open(OFFICE, due - MINUTE)
    assert OFFICE.elapsed(start, due) == minutes * 60


@given(MOMENTS, st.integers(1, 500), st.integers(1, 500))
def test_two_allowances_one_after_the_other_are_one_long_allowance(
    start: datetime, first: int, second: int
) -> None:
    halfway = OFFICE.due(start, seconds=first * 60)
    together = OFFICE.due(start, seconds=(first + second) * 60)
    assert OFFICE.due(halfway, seconds=second * 60) == together


@given(MOMENTS, st.integers(1, 100_000))
def test_around_the_clock_means_plain_addition(start: datetime, seconds: int) -> None:
    assert ALWAYS.due(start, seconds=seconds) == start + timedelta(seconds=seconds)


def test_a_make_up_saturday_counts_and_the_holiday_it_pays_for_does_not() -> None:
    friday_evening = local(2, 13, 17)
    assert OFFICE.due(friday_evening, seconds=2 * 3600) == local(2, 14, 10)
    assert OFFICE.due(friday_evening, seconds=10 * 3600) == local(2, 18, 10)
    assert OFFICE.elapsed(local(2, 16, 0), local(2, 18, 0)) == 0


def test_lunch_does_not_count() -> None:
    assert OFFICE.due(local(3, 2, 11, 30), seconds=3600) == local(3, 2, 13, 30)


def test_three_days_end_with_the_third_calendar_day() -> None:
    start = local(5, 1, 10)
    seconds = ALWAYS.allowance(start, Length(days=3))
    assert ALWAYS.due(start, seconds=seconds) == local(5, 5, 0)


def test_three_working_days_skip_the_weekend() -> None:
    friday = local(3, 6, 10)
    assert OFFICE.end_of_day(friday, days=3) == local(3, 11, 18)


def test_a_year_without_a_published_decree_says_so() -> None:
    assert OFFICE.certain(local(12, 1, 0))
    assert not OFFICE.certain(datetime(2027, 1, 4, tzinfo=SHANGHAI))
    assert ALWAYS.certain(datetime(2030, 1, 1, tzinfo=UTC))


def test_beyond_its_last_day_a_calendar_says_nothing() -> None:
    with pytest.raises(BeyondCalendar):
        OFFICE.due(local(12, 31, 17), seconds=2 * 3600)
    with pytest.raises(BeyondCalendar):
        OFFICE.elapsed(datetime(2020, 1, 1, tzinfo=UTC), local(3, 1, 0))


def test_the_windows_of_an_explanation_add_up_to_the_elapsed_time() -> None:
    start, end = local(2, 13, 8), local(2, 19, 16)
    windows = OFFICE.windows(start, end)
    counted = sum((until - since).total_seconds() for since, until in windows)
    assert counted == OFFICE.elapsed(start, end)
