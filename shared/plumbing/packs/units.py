"""Reading amounts and lengths of time from text, exactly or not at all."""

import re

from shared.kernel.policy.words import Length

_AMOUNT = re.compile(r"(0|[1-9]\d{0,12})(?:\.(\d{2}))?")
_LENGTH = re.compile(r"([1-9]\d{0,5})(min|h|d)")
_TIME = re.compile(r"(\d\d):([0-5]\d)")
_SECONDS = {"min": 60, "h": 3600, "d": 86_400}


def minor_of(text: str) -> int:
    """Minor units of an amount with no or two decimals. Raises ValueError."""
    found = _AMOUNT.fullmatch(text)
    if not found:
        raise ValueError('an amount is written "2000" or "2000.00", with two decimals at most')
    return int(found[1]) * 100 + int(found[2] or 0)


def seconds_of(text: str) -> int:
    """Seconds of a length like `0min`, `30min`, `24h`, `2d` (a day is 24 hours here). Raises
    ValueError.
    """
    if text == "0min":
        return 0
    found = _LENGTH.fullmatch(text)
    if not found:
        raise ValueError("a length of time is written 30min, 24h or 3d")
    return int(found[1]) * _SECONDS[found[2]]


def minute_of(text: str) -> int:
    """Minutes from midnight of `09:30`; `24:00` is the end of the day. Raises ValueError."""
    found = _TIME.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minute <= 1440:
        raise ValueError('a time of day is written "09:30", from 00:00 to 24:00')
    return minute


def length_of(text: str) -> Length:
    """A length on a calendar: `3d` are three open days, `30min` and `24h` open time. Raises
    ValueError.
    """
    seconds = seconds_of(text)
    if not seconds:
        raise ValueError("a length of time must be longer than nothing")
    if text.endswith("d"):
        return Length(days=seconds // 86_400)
    return Length(seconds=seconds)
