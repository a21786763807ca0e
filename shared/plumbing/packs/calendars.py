"""Calendars as a pack writes them, with the public holidays of a country put in as days."""

import hashlib
import json
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, Literal

import holidays
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from shared.kernel.calendar import Calendar, Hours
from shared.plumbing.packs.spelling import STRICT, TextSpelling
from shared.plumbing.packs.units import minute_of

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Country = Literal["CN", "TW"]


def _minutes(text: str) -> tuple[int, int]:
    opens, _, closes = text.partition("-")
    first, last = minute_of(opens), minute_of(closes)
    if first >= last:
        raise ValueError("hours end after they begin; write a night as two stretches")
    return first, last


def _in_order(stretches: list[str]) -> list[str]:
    read = [_minutes(stretch) for stretch in stretches]
    if any(before[1] > after[0] for before, after in pairwise(read)):
        raise ValueError("the hours of a day must be in order and apart")
    return stretches


def _a_date(text: str) -> str:
    date.fromisoformat(text)
    return text


Stretch = Annotated[str, StringConstraints(pattern=r"^\d\d:\d\d-\d\d:\d\d$")]
DayHours = Annotated[list[Stretch], AfterValidator(_in_order)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_a_date)]


class Exceptional(BaseModel):
    """A day with hours of its own: a closure (no hours), a make-up working day, longer opening."""

    model_config = STRICT

    date: Day
    hours: DayHours = Field(default_factory=list)
    cite: list[str] = Field(default_factory=list)


class Week(BaseModel):
    """Hours by day of the week; a day not named is closed. `every_day` serves for all."""

    model_config = STRICT

    every_day: DayHours = Field(default_factory=list)
    monday: DayHours | None = None
    tuesday: DayHours | None = None
    wednesday: DayHours | None = None
    thursday: DayHours | None = None
    friday: DayHours | None = None
    saturday: DayHours | None = None
    sunday: DayHours | None = None


class PublicHolidays(BaseModel):
    """The public holidays to observe: a country's, for the years whose decree is published.

    On a make-up working day (調休) the hours of `like` hold.
    """

    model_config = STRICT

    country: Country
    decreed: Annotated[list[Annotated[int, Field(ge=2020, le=2100)]], Field(min_length=1)]
    like: Literal["monday", "friday"] = "monday"


class _Content(BaseModel):
    """What a calendar holds, apart from what it is called and why."""

    model_config = STRICT

    code: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    week: Week
    holidays: PublicHolidays | None = None
    days: list[Exceptional] = Field(default_factory=list)


class CalendarSpelling(_Content):
    """One calendar of a pack."""

    label: TextSpelling
    cite: list[str]


def calendar_of(spelled: CalendarSpelling, timezone: str) -> Calendar:
    """The kernel's calendar; its version is a hash of the days it holds. Equal ones are one."""
    return _calendar(spelled.model_dump_json(exclude={"label", "cite"}), timezone)


@lru_cache(maxsize=256)
def _calendar(written: str, timezone: str) -> Calendar:
    """Thirteen years of open stretches are worth building once."""
    spelled = _Content.model_validate_json(written)
    weekly = tuple(_hours_of(spelled.week, name) for name in WEEK)
    days = _holidays(spelled.holidays, weekly) | {
        date.fromisoformat(day.date): _hours(day.hours) for day in spelled.days
    }
    content = [timezone, weekly, sorted((day.isoformat(), hours) for day, hours in days.items())]
    return Calendar(
        code=spelled.code,
        version=_hash(content),
        timezone=timezone,
        weekly=weekly,
        days=tuple(sorted(days.items())),
        holidays=spelled.holidays is not None,
        decreed=frozenset(spelled.holidays.decreed if spelled.holidays else ()),
    )


def _hours_of(week: Week, name: str) -> Hours:
    own: list[str] | None = getattr(week, name)
    return _hours(week.every_day if own is None else own)


def _hours(stretches: list[str]) -> Hours:
    return tuple(_minutes(stretch) for stretch in stretches)


def _holidays(wanted: PublicHolidays | None, weekly: tuple[Hours, ...]) -> dict[date, Hours]:
    if wanted is None:
        return {}
    like = weekly[WEEK.index(wanted.like)]
    known = holidays.country_holidays(wanted.country, years=wanted.decreed)
    days = [day for year in wanted.decreed for day in _days_of(year)]
    made_up = {day: like for day in days if day.weekday() >= 5 and known.is_working_day(day)}
    return {day: () for day in days if day in known} | made_up


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def _hash(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]
