"""Filling in a step and comparing its answer: pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

_MOMENT = re.compile(r"\$\{(today|now)(?:([+-]\d+)([dhm]))?\}")
_NAMED = re.compile(r"\$\{([a-z_]+)\}")
_PART = re.compile(r"\{[^}]*\}|[^.]+")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def filled(value: Any, kept: Mapping[str, str], now: datetime) -> Any:
    """`$name`, `${name}` and `${today-5d}` become what they stand for, everywhere.

    `now` is business time where the organisation is. Raises KeyError for an unknown name.
    """
    if isinstance(value, str):
        return _text(value, kept, now)
    if isinstance(value, dict):
        return {_text(name, kept, now): filled(each, kept, now) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, kept, now) for each in value]
    return value


def unlike(wanted: Mapping[str, Any], answer: Any) -> str:
    """What is otherwise than wanted, as a sentence; empty when nothing is."""
    wrong = [
        f"{path} is {found!r}, not {value!r}"
        for path, value in wanted.items()
        if not _matches(found := at(answer, path), value)
    ]
    return "; ".join(wrong)


def at(answer: Any, path: str) -> Any:
    """The value at a dotted path: `items.0.id`, `tasks.item=rework.id`, `claims.length`, or None.

    `item=rework` is the first of a list whose `item` is `rework`; in braces where the value has
    dots itself: `items.{type=kesu.intake.complaint_registered.v1}.at`.
    """
    here = answer
    for part in _PART.findall(path):
        if isinstance(here, list):
            here = _of_list(here, part)
        elif isinstance(here, dict):
            here = here.get(part)
        else:
            return None
    return here


def until_daytime(now: datetime, window: str, *, weekday: bool) -> timedelta:
    """How long until the time of day lies in `09:00-17:00`; nothing when it does."""
    opens, closes = (_minutes(each) for each in window.split("-"))
    minute = now.hour * 60 + now.minute
    day = now
    if minute >= closes or (minute < opens and _off(day, weekday=weekday)):
        day += timedelta(days=1)
    while _off(day, weekday=weekday):
        day += timedelta(days=1)
    if day == now and opens <= minute < closes:
        return timedelta(0)
    start = day.replace(hour=opens // 60, minute=opens % 60, second=0, microsecond=0)
    return start - now


def _text(value: str, kept: Mapping[str, str], now: datetime) -> str:
    if re.fullmatch(r"\$[a-z_]+", value):
        return kept[value[1:]]
    value = _MOMENT.sub(lambda found: _moment(found, now), value)
    return _NAMED.sub(lambda found: kept[found[1]], value)


def _moment(found: re.Match[str], now: datetime) -> str:
    by = timedelta(**{_UNITS[found[3]]: int(found[2])}) if found[2] else timedelta(0)
    there = now + by
    if found[1] == "today":
        return date(there.year, there.month, there.day).isoformat()
    return there.isoformat(timespec="seconds")


def _of_list(here: list[Any], part: str) -> Any:
    if part == "length":
        return len(here)
    if part.lstrip("-").isdigit():
        return here[int(part)] if -len(here) <= int(part) < len(here) else None
    name, equals, value = part.strip("{}").partition("=")
    if not equals:
        return None
    known = (each for each in here if isinstance(each, dict) and name in each)
    return next((each for each in known if str(each[name]) == value), None)


def _matches(found: Any, value: Any) -> bool:
    if not (isinstance(value, dict) and len(value) == 1 and set(value) <= _SAYS.keys()):
        return bool(found == value) or _same_moment(found, value)
    ((word, wanted),) = value.items()
    return _SAYS[word](found, wanted)


def _same_moment(found: Any, value: Any) -> bool:
    """`…Z` and `…+00:00` say the same."""
    try:
        one, other = datetime.fromisoformat(found), datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return one.tzinfo is not None and other.tzinfo is not None and one == other


def _has(found: Any, wanted: Any) -> bool:
    return isinstance(found, list | str) and wanted in found


def _before(found: Any, wanted: Any) -> bool:
    return bool(found) and datetime.fromisoformat(found) < datetime.fromisoformat(wanted)


def _after(found: Any, wanted: Any) -> bool:
    return bool(found) and datetime.fromisoformat(found) > datetime.fromisoformat(wanted)


def _lacks(found: Any, wanted: Any) -> bool:
    return isinstance(found, list | str) and wanted not in found


def _least(found: Any, wanted: Any) -> bool:
    return isinstance(found, int) and bool(found >= wanted)


def _given(found: Any, wanted: Any) -> bool:
    return (found is not None) is wanted


_SAYS: dict[str, Callable[[Any, Any], bool]] = {
    "has": _has,
    "lacks": _lacks,
    "before": _before,
    "after": _after,
    "least": _least,
    "given": _given,
}


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _off(day: datetime, *, weekday: bool) -> bool:
    return weekday and day.isoweekday() > 5
