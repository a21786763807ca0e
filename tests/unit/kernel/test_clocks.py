"""Clocks: what they say, when, and that a fold of facts always tells the same."""

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.calendar import ALL_DAY, Calendar, Hours
from shared.kernel.clocks import (
    Clock,
    ClockBreached,
    ClockFact,
    ClockMet,
    ClockRule,
    ClockStep,
    ClockStepTaken,
    ClockWarned,
    PauseReason,
    StepDoes,
)
from shared.kernel.explaining import explanation
from shared.kernel.policy.organisation import Post, UnitSelector, Where
from shared.kernel.policy.words import Length, Text
from shared.kernel.ticking import (
    ClockNotPaused,
    ClockNotRunning,
    PauseUsedUp,
    UnknownPauseReason,
    cancel,
    due_at,
    evolve,
    fold,
    late,
    meet,
    overdue,
    pause,
    resume,
    start,
    timers,
    used_seconds,
)

ZONE = ZoneInfo("Asia/Shanghai")
NINE = datetime(2026, 3, 2, 9, tzinfo=ZONE)  # a Monday
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DAY: Hours = ((540, 1260),)
DESK = Calendar(code="desk", version="1", timezone="Asia/Shanghai", weekly=(DAY,) * 7)
ALWAYS = Calendar(code="always", version="1", timezone="Asia/Shanghai", weekly=(ALL_DAY,) * 7)
LABEL = Text(zh_hant="時限", zh_hans="时限", en="Clock")
MANAGER = Post(role="cs_manager", unit=UnitSelector(where=Where.SITE))
RULE = ClockRule(
    id="clock.resolve",
    cite=("MALL-26",),
    label=LABEL,
    name="resolve",
    starts_on="received",
    stops_on=frozenset({"resolution_accepted"}),
    within=Length(seconds=8 * 3600),
    calendar="desk",
    owner=MANAGER,
    warn_at=(50, 75),
    pauses=(PauseReason(code="waiting", label=LABEL, cap_seconds=4 * 3600),),
    steps=(
        ClockStep(number=1, after_seconds=0, does=StepDoes.ESCALATE),
        ClockStep(number=2, after_seconds=3600, does=StepDoes.NOTIFY, to=MANAGER),
    ),
)
STARTED = evolve(None, start(RULE, DESK, at=NINE))


def after(clock: Clock, facts: list[ClockFact]) -> Clock:
    for fact in facts:
        clock = evolve(clock, fact)
    return clock


def passed(clock: Clock, at: datetime) -> Clock:
    return after(clock, overdue(clock, RULE, DESK, at=at))


def paused(clock: Clock, at: datetime) -> Clock:
    return evolve(clock, pause(clock, RULE, at=at, reason="waiting", by="p-clerk-1a"))


def test_a_clock_arms_its_warnings_and_its_due_moment() -> None:
    assert timers(STARTED, RULE, DESK) == {
        "clock:resolve:warn:50": NINE + 4 * HOUR,
        "clock:resolve:warn:75": NINE + 6 * HOUR,
        "clock:resolve:due": NINE + 8 * HOUR,
    }


def test_each_warning_comes_once() -> None:
    said = overdue(STARTED, RULE, DESK, at=NINE + 5 * HOUR)
    assert [fact.percent for fact in said if isinstance(fact, ClockWarned)] == [50]
    assert overdue(passed(STARTED, NINE + 5 * HOUR), RULE, DESK, at=NINE + 5 * HOUR) == []


def test_a_breach_takes_its_first_step_and_arms_the_second() -> None:
    said = overdue(STARTED, RULE, DESK, at=NINE + 8 * HOUR)
    assert [type(fact) for fact in said] == [ClockBreached, ClockStepTaken]
    assert timers(after(STARTED, said), RULE, DESK) == {"clock:resolve:step:2": NINE + 9 * HOUR}


def test_who_wakes_up_late_says_everything_once_and_in_order() -> None:
    said = overdue(STARTED, RULE, DESK, at=NINE + 30 * HOUR)
    assert [type(fact) for fact in said] == [ClockBreached, ClockStepTaken, ClockStepTaken]
    assert overdue(after(STARTED, said), RULE, DESK, at=NINE + 40 * HOUR) == []


def test_what_is_met_is_never_breached_afterwards() -> None:
    met = after(STARTED, meet(STARTED, DESK, at=NINE + HOUR, on="resolution_accepted"))
    assert overdue(met, RULE, DESK, at=NINE + 100 * HOUR) == []
    assert timers(met, RULE, DESK) == {}


def test_met_at_the_very_due_moment_is_in_time() -> None:
    said = meet(STARTED, DESK, at=NINE + 8 * HOUR, on="resolution_accepted")
    assert [type(fact) for fact in said] == [ClockMet]


def test_meeting_late_tells_the_breach_that_nobody_had_noticed() -> None:
    said = meet(STARTED, DESK, at=NINE + 9 * HOUR, on="resolution_accepted")
    assert [type(fact) for fact in said] == [ClockBreached, ClockMet]


def test_a_cancelled_clock_is_neither_met_nor_late() -> None:
    gone = after(STARTED, cancel(STARTED, at=NINE + HOUR, on="withdrawn"))
    assert explanation(gone, RULE, DESK, at=NINE + 99 * HOUR).state == "cancelled"
    assert cancel(gone, at=NINE + 2 * HOUR, on="closed") == []


def test_a_pause_moves_the_due_moment_by_its_length() -> None:
    waiting = paused(STARTED, NINE + HOUR)
    assert due_at(waiting, DESK) is None
    assert timers(waiting, RULE, DESK) == {"clock:resolve:resume": NINE + 5 * HOUR}
    back = evolve(waiting, resume(waiting, at=NINE + 3 * HOUR, by="p-clerk-1a"))
    assert due_at(back, DESK) == NINE + 10 * HOUR


def test_a_pause_ends_at_its_cap_even_when_noticed_later() -> None:
    waiting = paused(STARTED, NINE + HOUR)
    back = passed(waiting, NINE + 6 * HOUR)
    assert not back.paused
    assert due_at(back, DESK) == NINE + 12 * HOUR


def test_a_reason_that_is_used_up_pauses_no_more() -> None:
    back = passed(paused(STARTED, NINE + HOUR), NINE + 5 * HOUR)
    with pytest.raises(PauseUsedUp):
        paused(back, NINE + 6 * HOUR)


def test_only_coded_reasons_pause_and_lateness_cannot_be_paused_away() -> None:
    with pytest.raises(UnknownPauseReason):
        pause(STARTED, RULE, at=NINE, reason="tired", by="p-clerk-1a")
    with pytest.raises(ClockNotRunning):
        paused(passed(STARTED, NINE + 9 * HOUR), NINE + 10 * HOUR)
    with pytest.raises(ClockNotPaused):
        resume(STARTED, at=NINE, by="p-clerk-1a")


def test_the_customers_clock_counts_no_night() -> None:
    evening = evolve(None, start(RULE, DESK, at=NINE + 11 * HOUR))
    assert due_at(evening, DESK) == NINE + 24 * HOUR + 7 * HOUR


def test_an_explanation_accounts_for_every_second() -> None:
    waiting = paused(STARTED, NINE + HOUR)
    back = evolve(waiting, resume(waiting, at=NINE + 3 * HOUR, by="p-clerk-1b"))
    told = explanation(back, RULE, DESK, at=NINE + 15 * HOUR)
    assert told.used_seconds == sum(stretch.counted_seconds for stretch in told.stretches)
    assert [stretch.reason for stretch in told.stretches] == ["", "waiting", ""]
    assert told.stretches[1].by == "p-clerk-1a"
    assert told.cite == ("MALL-26",)
    assert told.state == "late"


STREAMS = st.lists(
    st.tuples(st.sampled_from(["pause", "resume", "tick", "meet"]), st.integers(1, 300)),
    max_size=14,
)


def played(stream: list[tuple[str, int]]) -> tuple[list[ClockFact], datetime]:
    """Random life of a clock: what cannot be done is not done."""
    facts: list[ClockFact] = [start(RULE, DESK, at=NINE)]
    clock, now = evolve(None, facts[0]), NINE
    for what, minutes in stream:
        now += minutes * MINUTE
        said = overdue(clock, RULE, DESK, at=now)
        clock = after(clock, said)
        done: list[ClockFact] = []
        if what == "pause" and clock.running and not clock.paused and not clock.breached_at:
            used = sum(s.until is not None and s.reason == "waiting" for s in clock.segments)
            done = [pause(clock, RULE, at=now, reason="waiting", by="p")] if used < 1 else []
        elif what == "resume" and clock.paused:
            done = [resume(clock, at=now, by="p")]
        elif what == "meet":
            done = meet(clock, DESK, at=now, on="resolution_accepted")
        clock = after(clock, done)
        facts += [*said, *done]
    return facts, now


@given(STREAMS)
@settings(max_examples=150, deadline=None)
def test_folding_again_gives_the_same_clock_and_minutes_counted_one_by_one(
    stream: list[tuple[str, int]],
) -> None:
    facts, now = played(stream)
    clock = fold(facts)
    assert clock is not None
    counted, here = 0, NINE
    until = min(clock.ended_at or now, now)
    while here < until:
        still = any(s.since <= here < (s.until or until) and not s.counted for s in clock.segments)
        counted += DESK.open_at(here) and not still
        here += MINUTE
    assert used_seconds(clock, DESK, at=now) == counted * 60


@given(STREAMS)
def test_stretches_are_contiguous_and_nothing_is_said_twice(stream: list[tuple[str, int]]) -> None:
    facts, now = played(stream)
    clock = fold(facts)
    assert clock is not None
    assert all(one.until == other.since for one, other in pairwise(clock.segments))
    assert len(set(clock.warned)) == len(clock.warned)
    assert len(set(clock.steps)) == len(clock.steps)
    assert sum(isinstance(fact, ClockBreached) for fact in facts) <= 1
    if clock.breached_at is None:
        assert not late(clock, DESK, at=now)


@given(STREAMS)
def test_a_due_moment_lies_in_working_time(stream: list[tuple[str, int]]) -> None:
    facts, _ = played(stream)
    clock = fold(facts)
    assert clock is not None
    due = due_at(clock, DESK)
    assert due is None or DESK.open_at(due - timedelta(seconds=1))
