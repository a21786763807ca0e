"""When time counts: weekly hours, holidays, make-up working days (調休), closures. Pure; the days
come in as data.

Built once into sorted open stretches with prefix sums, so that due moments and elapsed time cost a
binary search.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from shared.kernel.policy.words import Length

Hours: TypeAlias = tuple[tuple[int, int], ...]
"""Open stretches of a day in minutes from midnight, `(540, 720), (780, 1080)`; () is closed."""

ALL_DAY: Hours = ((0, 1440),)


class BeyondCalendar(ValueError):
    """The moment lies outside the days this calendar knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Open hours of one place. `weekly` holds Monday … Sunday; `days` says otherwise for single
    dates.

    `decreed` are the years whose public holidays are published; () with `holidays` false: none are
    observed. `version` names this content: a holiday decree makes a new one. Known from `first` to
    `last`, both included.
    """

    code: str
    version: str
    timezone: str
    weekly: tuple[Hours, ...]
    days: tuple[tuple[date, Hours], ...] = ()
    holidays: bool = False
    decreed: frozenset[int] = frozenset()
    first: date = date(2024, 1, 1)
    last: date = date(2036, 12, 31)
    _special: dict[date, Hours] = field(init=False, repr=False, compare=False, default_factory=dict)
    _opens: list[int] = field(init=False, repr=False, compare=False, default_factory=list)
    _closes: list[int] = field(init=False, repr=False, compare=False, default_factory=list)
    _before: list[int] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        assert len(self.weekly) == 7, "a week has seven days"
        self._build()

    def due(self, start: datetime, *, seconds: int) -> datetime:
        """The first moment at which `seconds` of open time have passed since `start`. Raises
        BeyondCalendar.
        """
        target = self._position(start) + seconds
        if seconds <= 0:
            return start
        index = bisect_left(self._before, target, lo=1) - 1
        if not 0 <= index < len(self._opens):
            raise BeyondCalendar(f"calendar {self.code} ends with {self.last}")
        return _moment(self._opens[index] + target - self._before[index])

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Open seconds between two moments, negative when `end` comes first."""
        return self._position(end) - self._position(start)

    def end_of_day(self, start: datetime, *, days: int) -> datetime:
        """The end of the last open stretch of the `days`-th open day after the local day of
        `start`.
        """
        day = start.astimezone(ZoneInfo(self.timezone)).date()
        passed = 0
        while passed < days and day < self.last:
            day += timedelta(days=1)
            passed += bool(self.hours_on(day))
        if passed < days:
            raise BeyondCalendar(f"calendar {self.code} ends with {self.last}")
        return _moment(_at(day, self.hours_on(day)[-1][1], ZoneInfo(self.timezone)))

    def allowance(self, start: datetime, within: Length) -> int:
        """How many open seconds a length grants from `start` on. Raises BeyondCalendar."""
        if within.seconds:
            return within.seconds
        return self.elapsed(start, self.end_of_day(start, days=within.days))

    def open_at(self, moment: datetime) -> bool:
        """Whether time counts at this moment."""
        at = _seconds(moment)
        index = bisect_right(self._opens, at) - 1
        return index >= 0 and at < self._closes[index]

    def windows(self, start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """The open stretches between two moments, cut to them: every second that counts."""
        first, last = _seconds(start), _seconds(end)
        begin = max(bisect_right(self._opens, first) - 1, 0)
        stop = bisect_left(self._opens, last)
        pairs = zip(self._opens[begin:stop], self._closes[begin:stop], strict=True)
        cut = ((max(a, first), min(b, last)) for a, b in pairs)
        return tuple((_moment(a), _moment(b)) for a, b in cut if a < b)

    def certain(self, moment: datetime) -> bool:
        """Whether the holidays of this moment's year are published; if not, only the weekly hours
        are known.
        """
        return not self.holidays or moment.astimezone(ZoneInfo(self.timezone)).year in self.decreed

    def hours_on(self, day: date) -> Hours:
        """The open stretches of one local day."""
        return self._special.get(day, self.weekly[day.weekday()])

    def _build(self) -> None:
        self._special.update(self.days)
        zone, day, total = ZoneInfo(self.timezone), self.first, 0
        for midnight, following in pairwise(_midnights(self.timezone, self.first, self.last)):
            plain = following - midnight == 86_400
            for opens, closes in self.hours_on(day):
                begin = midnight + opens * 60 if plain else _at(day, opens, zone)
                end = midnight + closes * 60 if plain else _at(day, closes, zone)
                self._open(begin, end, total)
                total += end - begin
            day += timedelta(days=1)
        self._before.append(total)

    def _open(self, begin: int, end: int, before: int) -> None:
        """Note a stretch; one that follows the last without a break joins it."""
        if self._closes and self._closes[-1] == begin:
            self._closes[-1] = end
            return
        self._opens.append(begin)
        self._closes.append(end)
        self._before.append(before)

    def _position(self, moment: datetime) -> int:
        """Open seconds from the first known day to this moment."""
        at = _seconds(moment)
        if not self._opens or at < self._opens[0] - 86_400:
            raise BeyondCalendar(f"calendar {self.code} begins with {self.first}")
        index = bisect_right(self._opens, at) - 1
        if index < 0:
            return 0
        return self._before[index] + min(at, self._closes[index]) - self._opens[index]


@lru_cache(maxsize=64)
def _midnights(timezone: str, first: date, last: date) -> tuple[int, ...]:
    """Where each local day begins, and the end of the last; the same for a zone's calendars."""
    zone = ZoneInfo(timezone)
    return tuple(_at(first, 1440 * n, zone) for n in range((last - first).days + 2))


def _at(day: date, minute: int, zone: ZoneInfo) -> int:
    midnight = datetime.combine(day + timedelta(days=minute // 1440), time(), tzinfo=zone)
    return _seconds(midnight.replace(hour=minute % 1440 // 60, minute=minute % 60))


def _seconds(moment: datetime) -> int:
    """Whole seconds since 1970; clocks count no fractions."""
    return int(moment.timestamp() // 1)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
