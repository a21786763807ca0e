"""A clock explained: every counted second, its calendar, its rule, who paused it (N5)."""

from dataclasses import dataclass
from datetime import datetime

from shared.kernel.calendar import Calendar
from shared.kernel.clocks import Clock, ClockRule, Segment
from shared.kernel.ticking import due_at, used_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One stretch of an explanation: from when to when, how many seconds counted, or why none did
    and by whom.
    """

    since: datetime
    until: datetime
    counted_seconds: int
    windows: tuple[tuple[datetime, datetime], ...]
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a clock can say for itself.

    `certain` false: some year it runs in has no published holidays yet, so the due moment may still
    move.
    """

    clock: str
    round: int
    row: str
    cite: tuple[str, ...]
    calendar: str
    calendar_version: str
    certain: bool
    state: str
    """counting · paused · late · met · met-late · cancelled."""
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    allowed_seconds: int
    used_seconds: int
    left_seconds: int
    stretches: tuple[Stretch, ...]


def explanation(clock: Clock, rule: ClockRule, calendar: Calendar, *, at: datetime) -> Explanation:
    """Why this clock stands where it stands at `at`."""
    used = used_seconds(clock, calendar, at=at)
    due = due_at(clock, calendar)
    return Explanation(
        clock=clock.name,
        round=clock.round,
        row=clock.row,
        cite=rule.cite,
        calendar=clock.calendar,
        calendar_version=clock.calendar_version,
        certain=calendar.certain(clock.started_at) and calendar.certain(due or at),
        state=_state(clock, is_late=used > clock.allowed_seconds),
        started_at=clock.started_at,
        ended_at=clock.ended_at,
        due_at=due,
        allowed_seconds=clock.allowed_seconds,
        used_seconds=used,
        left_seconds=clock.allowed_seconds - used,
        stretches=tuple(_stretch(s, clock.end_of(s, at), calendar) for s in clock.segments),
    )


def _stretch(segment: Segment, until: datetime, calendar: Calendar) -> Stretch:
    windows = calendar.windows(segment.since, until) if segment.counted else ()
    return Stretch(
        since=segment.since,
        until=until,
        counted_seconds=calendar.elapsed(segment.since, until) if segment.counted else 0,
        windows=windows,
        reason=segment.reason,
        by=segment.by,
    )


def _state(clock: Clock, *, is_late: bool) -> str:
    if clock.running:
        return "paused" if clock.paused else "late" if is_late else "counting"
    if not clock.met:
        return "cancelled"
    return "met-late" if is_late else "met"
