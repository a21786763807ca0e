"""Working days of 2026 in China: holidays close, make-up days open (調休)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.kernel.clocks import ClockRule
from tests.support.packs import PROP

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORKING = PROP.calendar("working")


def reply() -> ClockRule:
    rule = PROP.followup.clock("reply_oral")
    assert rule is not None
    return rule


@pytest.mark.parametrize("day", ["2026-01-04", "2026-02-14", "2026-02-28", "2026-09-20"])
def test_a_make_up_day_at_the_weekend_is_worked(day: str) -> None:
    made_up = date.fromisoformat(day)
    assert made_up.weekday() >= 5
    assert WORKING.hours_on(made_up) == ((540, 720), (780, 1080))


@pytest.mark.parametrize("day", ["2026-01-01", "2026-02-17", "2026-05-01", "2026-10-01"])
def test_a_public_holiday_is_closed(day: str) -> None:
    assert WORKING.hours_on(date.fromisoformat(day)) == ()


def test_an_oral_complaint_on_the_eve_of_a_holiday_is_answered_on_the_next_working_day() -> None:
    eve = datetime(2026, 9, 30, 16, 0, tzinfo=SHANGHAI)
    due = WORKING.due(eve, seconds=WORKING.allowance(eve, reply().within))
    assert due == datetime(2026, 10, 8, 18, 0, tzinfo=SHANGHAI)


def test_a_make_up_sunday_counts_as_the_one_working_day() -> None:
    before = datetime(2026, 1, 3, 11, 0, tzinfo=SHANGHAI)
    due = WORKING.due(before, seconds=WORKING.allowance(before, reply().within))
    assert due == datetime(2026, 1, 4, 18, 0, tzinfo=SHANGHAI)


def test_a_year_without_a_decree_is_uncertain() -> None:
    assert WORKING.certain(datetime(2026, 12, 31, tzinfo=SHANGHAI))
    assert not WORKING.certain(datetime(2027, 1, 4, tzinfo=SHANGHAI))
