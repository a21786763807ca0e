"""How a clock runs: what starting, pausing, meeting and the passing of time say about it. Pure.

Every function answers with facts or with numbers computed from facts and a calendar; `evolve` folds
them. A service keeps the folded `Clock`, arms `timers(...)` and asks `overdue(...)` when one fires.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never

from shared.kernel.calendar import Calendar
from shared.kernel.clocks import (
    Clock,
    ClockBreached,
    ClockCancelled,
    ClockFact,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockRule,
    ClockStarted,
    ClockStepTaken,
    ClockWarned,
    Segment,
)
from shared.kernel.errors import Conflict, Invalid
from shared.kernel.replacing import replace

AUTOMATIC = "system:clock"
"""Who resumes a clock whose pause reached its cap."""


class UnknownPauseReason(Invalid):
    """This clock does not pause for such a reason."""


class ClockNotRunning(Conflict):
    """The clock has ended, is late or stands still already."""


class ClockNotPaused(Conflict):
    """The clock is counting; there is nothing to resume."""


class PauseUsedUp(Conflict):
    """This reason has paused the clock for as long as the policy lets it."""


def start(rule: ClockRule, calendar: Calendar, *, at: datetime, round_: int = 1) -> ClockStarted:
    """Counting begins at `at`, which may lie in the past (the moment of receipt)."""
    return ClockStarted(
        clock=rule.name,
        round=round_,
        at=at,
        row=rule.id,
        calendar=calendar.code,
        calendar_version=calendar.version,
        allowed_seconds=calendar.allowance(at, rule.within),
    )


def pause(clock: Clock, rule: ClockRule, *, at: datetime, reason: str, by: str) -> ClockPaused:
    """Stop counting for a coded reason, until `resume` or until its cap is used up.

    Raises UnknownPauseReason, ClockNotRunning (also once late: lateness cannot be paused away),
    PauseUsedUp.
    """
    known = rule.pause(reason)
    if known is None:
        raise UnknownPauseReason
    if not clock.running or clock.paused or clock.breached_at:
        raise ClockNotRunning
    left = known.cap_seconds - _paused_for(clock, reason)
    if left <= 0:
        raise PauseUsedUp
    until = at + timedelta(seconds=left)
    return ClockPaused(
        clock=clock.name, round=clock.round, at=at, reason=reason, by=by, until=until
    )


def resume(clock: Clock, *, at: datetime, by: str) -> ClockResumed:
    """Count again; never later than the cap allowed. Raises ClockNotPaused."""
    if not clock.paused or clock.paused_until is None:
        raise ClockNotPaused
    moment = min(at, clock.paused_until)
    return ClockResumed(clock=clock.name, round=clock.round, at=moment, by=by)


def meet(clock: Clock, calendar: Calendar, *, at: datetime, on: str) -> list[ClockFact]:
    """What the clock waited for happened at `at`; lateness nobody noticed yet is told first."""
    if not clock.running:
        return []
    unnoticed = _breach(clock, calendar, at) if late(clock, calendar, at=at) else []
    return [*unnoticed, ClockMet(clock=clock.name, round=clock.round, at=at, on=on)]


def cancel(clock: Clock, *, at: datetime, on: str) -> list[ClockFact]:
    """The clock has lost its purpose: withdrawn, replaced."""
    if not clock.running:
        return []
    return [ClockCancelled(clock=clock.name, round=clock.round, at=at, on=on)]


def overdue(clock: Clock, rule: ClockRule, calendar: Calendar, *, at: datetime) -> list[ClockFact]:
    """Everything the passing of time has said by `at` and nobody recorded yet, in order; [] when
    nothing.

    Each warning, the breach and each step come once per round, however often and late this is
    asked.
    """
    said: list[ClockFact] = []
    if clock.paused and clock.paused_until and clock.paused_until <= at:
        said.append(resume(clock, at=at, by=AUTOMATIC))
        clock = evolve(clock, said[-1])
    for fact in [*_warnings(clock, rule, calendar, at), *_breach(clock, calendar, at)]:
        said.append(fact)
        clock = evolve(clock, fact)
    return [*said, *_steps(clock, rule, calendar, at)]


def timers(clock: Clock, rule: ClockRule, calendar: Calendar) -> dict[str, datetime]:
    """The timers to keep armed for this clock now, by name; none once it has ended and nothing is
    left to do.
    """
    prefix = f"clock:{clock.name}:"
    if not clock.running:
        return {}
    if clock.paused:
        return {f"{prefix}resume": clock.paused_until} if clock.paused_until else {}
    if clock.breached_at is not None:
        left = [step for step in rule.steps if step.number not in clock.steps]
        return {
            f"{prefix}step:{s.number}": _step_at(clock, calendar, s.after_seconds) for s in left
        }
    ahead = [percent for percent in rule.warn_at if percent not in clock.warned]
    warnings = {f"{prefix}warn:{p}": _reached(clock, calendar, _share(clock, p)) for p in ahead}
    return {**warnings, f"{prefix}due": _reached(clock, calendar, clock.allowed_seconds)}


def due_at(clock: Clock, calendar: Calendar) -> datetime | None:
    """When it is due as things stand; None while it is paused. For an ended clock: when it would
    have been.
    """
    if clock.paused:
        return None
    return _reached(clock, calendar, clock.allowed_seconds)


def used_seconds(clock: Clock, calendar: Calendar, *, at: datetime) -> int:
    """Open seconds counted until `at` (or until it ended)."""
    counted = [segment for segment in clock.segments if segment.counted]
    return sum(calendar.elapsed(s.since, clock.end_of(s, at)) for s in counted)


def late(clock: Clock, calendar: Calendar, *, at: datetime) -> bool:
    """Whether more was used than allowed."""
    return used_seconds(clock, calendar, at=at) > clock.allowed_seconds


def fold(facts: Iterable[ClockFact]) -> Clock | None:
    """The clock that these facts of one name and round tell of; None before it started."""
    clock: Clock | None = None
    for fact in facts:
        clock = evolve(clock, fact)
    return clock


def evolve(clock: Clock | None, fact: ClockFact) -> Clock:
    """One fact folded in. No rule, no refusal."""
    if isinstance(fact, ClockStarted):
        return _started(fact)
    assert clock is not None, "a clock starts before anything else happens to it"
    match fact:
        case ClockPaused() | ClockResumed():
            return _turned(clock, fact)
        case ClockMet() | ClockCancelled():
            closed = _closed(clock, fact.at)
            return replace(closed, ended_at=fact.at, met=isinstance(fact, ClockMet))
        case ClockWarned():
            return replace(clock, warned=(*clock.warned, fact.percent))
        case ClockBreached():
            return replace(clock, breached_at=fact.due_at)
        case ClockStepTaken():
            return replace(clock, steps=(*clock.steps, fact.step))
        case _:
            assert_never(fact)


def _started(fact: ClockStarted) -> Clock:
    return Clock(
        name=fact.clock,
        round=fact.round,
        row=fact.row,
        calendar=fact.calendar,
        calendar_version=fact.calendar_version,
        allowed_seconds=fact.allowed_seconds,
        started_at=fact.at,
        segments=(Segment(since=fact.at, until=None),),
    )


def _turned(clock: Clock, fact: ClockPaused | ClockResumed) -> Clock:
    reason, until = (fact.reason, fact.until) if isinstance(fact, ClockPaused) else ("", None)
    stretch = Segment(since=fact.at, until=None, reason=reason, by=fact.by)
    closed = _closed(clock, fact.at)
    return replace(closed, segments=(*closed.segments, stretch), paused_until=until)


def _closed(clock: Clock, at: datetime) -> Clock:
    *earlier, last = clock.segments
    return replace(clock, segments=(*earlier, replace(last, until=max(at, last.since))))


def _paused_for(clock: Clock, reason: str) -> int:
    past = [s for s in clock.segments if s.reason == reason and s.until is not None]
    return int(sum((s.until - s.since).total_seconds() for s in past if s.until))


def _reached(clock: Clock, calendar: Calendar, seconds: int) -> datetime:
    """The moment at which so many seconds are counted, if it counts on from its last counted
    stretch.
    """
    left = seconds
    counted = [segment for segment in clock.segments if segment.counted]
    for segment in counted[:-1]:
        length = calendar.elapsed(segment.since, segment.until or segment.since)
        if length >= left:
            return calendar.due(segment.since, seconds=left)
        left -= length
    return calendar.due(counted[-1].since, seconds=left)


def _share(clock: Clock, percent: int) -> int:
    return clock.allowed_seconds * percent // 100


def _warnings(clock: Clock, rule: ClockRule, calendar: Calendar, at: datetime) -> list[ClockWarned]:
    if not _counting(clock) or _reached(clock, calendar, clock.allowed_seconds) <= at:
        return []
    reached = [p for p in rule.warn_at if _reached(clock, calendar, _share(clock, p)) <= at]
    return [
        ClockWarned(clock=clock.name, round=clock.round, at=at, percent=percent)
        for percent in sorted(set(reached) - set(clock.warned))
    ]


def _breach(clock: Clock, calendar: Calendar, at: datetime) -> list[ClockFact]:
    if not _counting(clock):
        return []
    due = _reached(clock, calendar, clock.allowed_seconds)
    if due > at:
        return []
    return [ClockBreached(clock=clock.name, round=clock.round, at=at, due_at=due)]


def _counting(clock: Clock) -> bool:
    return clock.running and not clock.paused and clock.breached_at is None


def _steps(clock: Clock, rule: ClockRule, calendar: Calendar, at: datetime) -> list[ClockFact]:
    if not clock.running or clock.breached_at is None:
        return []
    left = [step for step in rule.steps if step.number not in clock.steps]
    return [
        ClockStepTaken(clock=clock.name, round=clock.round, at=at, step=step.number, does=step.does)
        for step in left
        if _step_at(clock, calendar, step.after_seconds) <= at
    ]


def _step_at(clock: Clock, calendar: Calendar, after_seconds: int) -> datetime:
    assert clock.breached_at is not None, "a step follows a breach"
    return calendar.due(clock.breached_at, seconds=after_seconds)
