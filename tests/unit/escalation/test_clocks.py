"""Promises of time: started, warned, breached, escalated once per step, paused and explained."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain import refusals as no
from services.escalation_service.domain.ticks import timers
from shared.kernel import clocks
from shared.kernel.errors import Conflict, Invalid
from shared.kernel.explaining import explanation
from shared.kernel.ticking import ClockNotRunning, UnknownPauseReason
from tests.unit.escalation.story import (
    CLERK,
    HEAD_OFFICE,
    INSTALLER,
    MALL_RULES,
    NOON,
    PROPOSE,
    STORE,
    STORE_MANAGER,
    TEXT,
    Story,
    accept,
    confirmed,
    handled,
    registered,
    resolved,
)


def test_a_mall_complaint_nobody_accepts_within_a_day_escalates_once() -> None:
    story = confirmed(MALL_RULES).later(hours=25)
    risen = [event for event in story.told if isinstance(event, said.CaseEscalated)]
    assert [(each.clock, each.step, each.reason_code) for each in risen] == [("accept", 1, "clock")]
    assert story.case.tier == "first"
    assert story.case.offer is not None
    assert (story.case.offer.unit, story.case.offer.role) == (STORE, "store_manager")


def test_the_same_moment_told_again_changes_nothing() -> None:
    story = confirmed(MALL_RULES).later(hours=25)
    assert story.when(ask.PassTime(clock="accept")).events == []
    assert story.when(ask.PassTime(clock="resolve")).events == []


def test_it_goes_on_rising_until_somebody_accepts() -> None:
    story = confirmed(MALL_RULES).later(hours=49)
    assert story.count(said.CaseEscalated) == 2
    accept(story, HEAD_OFFICE)
    story.later(days=10)
    assert story.count(said.CaseEscalated) == 2


def test_at_the_top_somebody_is_told() -> None:
    story = confirmed(MALL_RULES).later(days=10)
    assert story.case.rung == "planning"
    assert "top_of_chain" in [raised.code for raised in story.case.raised]
    assert not [name for name in timers(story.case, MALL_RULES) if name.startswith("clock:accept")]


def test_warnings_come_before_the_breach_and_once() -> None:
    story = handled(MALL_RULES).later(hours=30)
    percents = [e.percent for e in story.told if isinstance(e, clocks.ClockWarned)]
    assert percents == [50, 75, 90]
    assert story.count(clocks.ClockBreached) == 1


def test_a_step_that_notifies_leaves_the_case_where_it_is() -> None:
    story = handled(MALL_RULES).later(hours=30)
    assert story.case.tier == "initial"
    assert [raised.code for raised in story.case.raised] == ["clock_resolve_late"]


def test_a_promise_of_time_is_a_clock() -> None:
    story = handled()
    promised = NOON + timedelta(hours=3)
    story.when(_promise(hours=3), by=CLERK)
    clock = story.case.clock("promise")
    assert clock is not None
    assert clock.due_at == promised


def test_a_newer_promise_replaces_the_older() -> None:
    story = handled().when(_promise(hours=3), by=CLERK).when(_promise(hours=5), by=CLERK)
    rounds = [
        (e.clock.round, e.clock.running) for e in story.case.clocks if e.clock.name == "promise"
    ]
    assert rounds == [(1, False), (2, True)]


def test_a_broken_promise_goes_up_and_a_kept_one_does_not() -> None:
    broken = handled().when(_promise(hours=1), by=CLERK).later(hours=2)
    assert broken.case.tier == "manager"
    kept = handled().when(_promise(hours=1), by=CLERK)
    first = kept.case.resolutions[0].id
    kept.when(ask.AcceptResolution(resolution_id=first, evidence="spoken"), by=CLERK)
    kept.when(ask.ExecuteResolution(resolution_id=first), by=CLERK).later(hours=2)
    assert kept.case.tier == "desk"


def test_a_promise_lies_ahead() -> None:
    handled().refused(_promise(hours=-1), no.PromiseInThePast)


def test_a_pause_stops_counting_and_ends_at_its_cap() -> None:
    story = handled().when(_pause(), by=CLERK)
    story.later(hours=71)
    assert story.case.clock("resolve").clock.paused  # type: ignore[union-attr]
    story.later(hours=2)
    assert not story.case.clock("resolve").clock.paused  # type: ignore[union-attr]


def test_a_clock_pauses_for_coded_reasons_only() -> None:
    story = handled()
    story.refused(ask.PauseClock(clock="resolve", reason_code="lunch"), UnknownPauseReason)
    story.refused(ask.PauseClock(clock="nap", reason_code="lunch"), no.NoSuchClock)
    story.refused(_pause(), no.NotTheHolder, by=INSTALLER)


def test_lateness_cannot_be_paused_away() -> None:
    story = accept(confirmed(MALL_RULES), CLERK).later(hours=25)
    story.refused(_pause(), ClockNotRunning)


def test_a_resumed_clock_is_due_later() -> None:
    story = handled()
    before = story.case.clock("resolve")
    story.when(_pause(), by=CLERK).later(hours=2)
    story.when(ask.ResumeClock(clock="resolve"), by=CLERK)
    after = story.case.clock("resolve")
    assert before is not None
    assert after is not None
    assert after.due_at is not None
    assert before.due_at is not None
    assert after.due_at - before.due_at == timedelta(hours=2)


def test_a_resolution_that_is_accepted_meets_the_clock() -> None:
    clock = resolved().case.clock("resolve")
    assert clock is not None
    assert clock.clock.met


def test_a_late_resolution_tells_its_lateness_first() -> None:
    story = handled(MALL_RULES)
    story.at += timedelta(hours=30)
    story.when(PROPOSE, by=CLERK)
    first = story.case.resolutions[0].id
    story.when(ask.AcceptResolution(resolution_id=first, evidence="spoken"), by=CLERK)
    assert story.names() == ["ResolutionAccepted", "ClockBreached", "ClockMet"]


def test_an_unconfirmed_case_that_is_late_tells_but_does_not_move() -> None:
    story = registered().later(days=5)
    assert story.count(said.CaseEscalated) == 0
    assert story.case.raised


def test_every_counted_second_is_explained() -> None:
    story = handled().when(_pause(), by=CLERK).later(hours=2)
    story.when(ask.ResumeClock(clock="resolve"), by=CLERK).later(hours=1)
    each = story.case.clock("resolve")
    assert each is not None
    rule = story.rules.clock_rule(each.clock)
    assert rule is not None
    told = explanation(each.clock, rule, story.rules.calendar(each.clock.calendar), at=story.at)
    assert sum(stretch.counted_seconds for stretch in told.stretches) == told.used_seconds == 3600
    assert [stretch.by for stretch in told.stretches if stretch.reason] == [CLERK.id]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(["accept", "pause", "resume", "propose", "up", "hour", "day"]), max_size=7
    )
)
def test_however_it_goes_no_step_is_taken_twice_and_time_comes_to_rest(steps: list[str]) -> None:
    story = confirmed(MALL_RULES)
    for step in steps:
        _try(story, step)
    story.later(days=7)
    taken = [(e.clock, e.round, e.step) for e in story.told if isinstance(e, clocks.ClockStepTaken)]
    assert len(taken) == len(set(taken))
    assert all(due > story.at for due in timers(story.case, story.rules).values())


def _try(story: Story, step: str) -> None:
    """One step where it is possible; what is refused is not done."""
    if step in {"hour", "day"}:
        story.later(**{f"{step}s": 1})
        return
    offer = story.case.offer
    commands: dict[str, ask.Command | None] = {
        "accept": ask.AcceptCustody(offer_id=offer.id) if offer else None,
        "pause": _pause(),
        "resume": ask.ResumeClock(clock="resolve"),
        "propose": _promise(hours=5, at=story),
        "up": ask.EscalateCase(reason_code="not_understood", note=TEXT),
    }
    command = commands[step]
    try:
        if command is not None:
            story.when(command, by=STORE_MANAGER)
    except (Conflict, Invalid):
        return


def _pause() -> ask.PauseClock:
    return ask.PauseClock(clock="resolve", reason_code="waiting_for_customer")


def _promise(*, hours: int, at: Story | None = None) -> ask.ProposeResolution:
    start = at.at if at else NOON
    return ask.ProposeResolution(
        remedies=(), final=False, expected_by=start + timedelta(hours=hours), text=TEXT
    )
