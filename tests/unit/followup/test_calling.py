"""Callbacks: three days, quiet nights, bounded tries, honest scores."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.followup_service.domain import errors
from services.followup_service.domain.commands import (
    Close,
    CompleteCallback,
    ExcludeCallback,
    NoteOccurrence,
    RecordAttempt,
    RecordNotice,
)
from services.followup_service.domain.events import CallbackCompleted
from services.followup_service.domain.state import AttemptResult, CallbackStatus, Score
from shared.kernel.occasion import Actor
from shared.kernel.policy.boxes import Box, In
from tests.support.packs import AUTO, MALL
from tests.unit.followup.story import CLERK, MONDAY_NOON, Story, registered, served

END_OF_THIRD_DAY = datetime(2026, 11, 5, 16, 0, tzinfo=UTC)
"""24:00 on Thursday in Shanghai: the third day after Monday (Q07)."""

FINANCE = Actor(id="p-finance-1", organisation="auto-demo", roles=frozenset({"finance"}))
MANAGER = Actor(id="p-cs-manager-1", organisation="auto-demo", roles=frozenset({"cs_manager"}))


def solved() -> Story:
    return registered().when(NoteOccurrence(occurrence="resolution_executed", at=MONDAY_NOON))


def tried(story: Story, result: AttemptResult, again_at: datetime | None = None) -> RecordAttempt:
    return RecordAttempt(callback_id=story.callback.id, result=result, again_at=again_at)


def answered(story: Story, score: int) -> CompleteCallback:
    scores = (Score(question="overall", value=score),)
    return CompleteCallback(callback_id=story.callback.id, scores=scores)


def test_a_member_who_was_served_is_called_by_the_end_of_the_third_day() -> None:
    callback = served().callback
    assert callback.campaign == "after_service"
    assert callback.due_at == END_OF_THIRD_DAY
    assert callback.call_from == MONDAY_NOON


def test_who_is_not_a_member_is_not_called_after_a_service() -> None:
    assert served(member=False).followup.callbacks == ()


def test_without_consent_or_number_the_exclusion_is_coded_never_silent() -> None:
    for story, reason in (
        (served(consent=False), "no_consent"),
        (served(reachable=False), "no_number"),
    ):
        assert story.callback.status is CallbackStatus.EXCLUDED
        assert story.callback.reason == reason
        assert not story.followup.clocks


def test_a_solved_complaint_is_called_about_once_however_often_it_is_executed() -> None:
    story = solved()
    assert story.callback.campaign == "after_resolution"
    assert story.callback.gate == "before_close"
    story.when(NoteOccurrence(occurrence="resolution_executed", at=story.at))
    assert len(story.followup.callbacks) == 1


def test_a_campaign_says_which_complaints_it_is_about_and_how_long_they_rest() -> None:
    whole = AUTO.followup.campaigns
    about = Box(tests=(In("category", frozenset({"installation"})),))
    picky = tuple(replace(c, when=about, rest_seconds=86_400) for c in whole)
    pack = replace(AUTO, followup=replace(AUTO.followup, campaigns=picky))
    for category, calls in (("goods_quality", 0), ("installation", 1)):
        story = registered(category=category)
        story.pack = pack
        story.when(NoteOccurrence(occurrence="resolution_executed", at=MONDAY_NOON))
        assert len(story.followup.callbacks) == calls
    assert story.callback.call_from == MONDAY_NOON + timedelta(days=1)
    assert story.callback.due_at == END_OF_THIRD_DAY + timedelta(days=1)


def test_a_call_that_falls_into_the_night_waits_for_the_morning() -> None:
    night = MONDAY_NOON + timedelta(hours=10)
    story = registered().later(hours=10)
    story.when(NoteOccurrence(occurrence="resolution_executed", at=night))
    assert story.callback.call_from == datetime(2026, 11, 3, 1, 0, tzinfo=UTC)


def test_a_callback_nobody_makes_warns_twice_is_overdue_and_takes_its_step_once() -> None:
    story = solved().later(days=10)
    timed = story.followup.timed("callback:after_resolution")
    assert timed is not None
    assert timed.clock.warned == (50, 75)
    assert timed.clock.breached_at == END_OF_THIRD_DAY
    assert timed.clock.steps == (1,)
    assert story.callback.overdue
    assert story.callback.open


def test_three_tries_in_vain_exhaust_a_callback_and_stop_its_clock() -> None:
    story = solved()
    for _ in range(3):
        story.when(tried(story, AttemptResult.NO_ANSWER), by=CLERK).later(hours=5)
    assert story.callback.status is CallbackStatus.EXHAUSTED
    assert story.callback.reason == "attempts_exhausted"
    timed = story.followup.timed("callback:after_resolution")
    assert timed is not None
    assert not timed.clock.running


def test_tries_in_a_row_do_not_count_as_tries() -> None:
    story = solved().when(tried(solved(), AttemptResult.BUSY), by=CLERK).later(minutes=3)
    story.refused(tried(story, AttemptResult.BUSY), errors.TriedJustNow)


def test_a_rescheduled_call_uses_up_no_try_and_says_when_to_call() -> None:
    story = solved()
    story.refused(tried(story, AttemptResult.RESCHEDULED), errors.AgainAtMissing)
    again = story.at + timedelta(hours=3)
    story.when(tried(story, AttemptResult.RESCHEDULED, again), by=CLERK)
    assert story.callback.call_from == again
    assert story.callback.tries == 0
    assert story.callback.reached


def test_who_does_not_want_to_talk_is_not_called_again() -> None:
    story = solved()
    story.when(tried(story, AttemptResult.REFUSED), by=CLERK)
    assert story.callback.status is CallbackStatus.REFUSED
    story.refused(tried(story, AttemptResult.NO_ANSWER), errors.CallbackSettled)


def test_a_call_at_night_is_recorded_as_made_in_quiet_hours() -> None:
    story = solved().later(hours=11)
    story.when(tried(story, AttemptResult.NO_ANSWER), by=CLERK)
    assert story.callback.attempts[0].quiet


def test_a_contented_customer_completes_the_callback() -> None:
    story = solved()
    story.when(answered(story, 5), by=CLERK)
    assert story.names() == ["CallbackCompleted", "ClockMet", "SatisfactionRecorded"]
    assert story.callback.answers is not None
    assert story.callback.answers.satisfied


def test_a_dissatisfied_customer_is_told_of_and_must_be_told_anew() -> None:
    story = solved()
    told = RecordNotice(notice_id=story.callback.id, kind="result", channel="phone")
    story.when(told, by=CLERK)
    story.when(answered(story, 2), by=CLERK)
    assert "Dissatisfied" in story.names()
    assert story.followup.told_at is None


def test_a_dissatisfied_visitor_has_no_complaint_to_go_back_to() -> None:
    story = served()
    story.when(answered(story, 1), by=CLERK)
    assert story.names() == ["CallbackCompleted", "ClockMet"]


def test_a_late_answer_says_that_it_is_late() -> None:
    story = solved().later(days=5)
    story.when(answered(story, 4), by=CLERK)
    assert isinstance(story.events[0], CallbackCompleted)
    assert story.events[0].late


def test_answers_that_do_not_fit_name_the_question_and_not_what_was_sent() -> None:
    story = solved()
    for scores in ((), (Score(question="overall", value=6),), (Score(question="x", value=1),)):
        command = CompleteCallback(callback_id=story.callback.id, scores=scores)
        story.refused(command, errors.AnswersDoNotFit)


def test_another_role_does_not_make_these_calls_but_a_higher_one_may() -> None:
    story = solved()
    story.refused(answered(story, 5), errors.NotYourCall, by=FINANCE)
    story.when(answered(story, 5), by=MANAGER)
    assert story.callback.status is CallbackStatus.COMPLETED


def test_a_customer_is_left_out_only_by_a_code_of_the_campaign() -> None:
    story = solved()
    wrong = ExcludeCallback(callback_id=story.callback.id, reason="too_busy")
    story.refused(wrong, errors.ExclusionReasonUnknown, by=MANAGER)
    right = ExcludeCallback(callback_id=story.callback.id, reason="no_number")
    story.when(right, by=MANAGER)
    assert story.callback.status is CallbackStatus.EXCLUDED
    assert not any(t.clock.running and t.clock.name != "acknowledge" for t in story.followup.clocks)


def test_the_mall_calls_after_closing_and_the_closing_ends_everything_else() -> None:
    story = registered()
    story.pack = MALL
    story.when(Close(at=story.at))
    assert story.callback.campaign == "after_closing"
    running = [t.clock.name for t in story.followup.clocks if t.clock.running]
    assert running == ["callback:after_closing"]


@given(st.lists(st.sampled_from(AttemptResult), max_size=8), st.integers(4, 60))
def test_a_callback_is_never_tried_more_often_than_the_campaign_says(
    results: list[AttemptResult], apart: int
) -> None:
    story = solved()
    for result in results:
        if not story.callback.open:
            break
        again = story.at + timedelta(hours=1)
        wanted = again if result is AttemptResult.RESCHEDULED else None
        story.when(tried(story, result, wanted), by=CLERK).later(hours=apart)
    assert story.callback.tries <= 3
    assert story.callback.open == (
        story.callback.tries < 3
        and all(a.result is not AttemptResult.REFUSED for a in story.callback.attempts)
    )
