"""Callbacks: whom we owe a call, by when, how often we try, what they say (AUTO-64, AUTO-65)."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from services.followup_service.domain import errors
from services.followup_service.domain.commands import (
    CompleteCallback,
    ExcludeCallback,
    RecordAttempt,
)
from services.followup_service.domain.draft import Draft
from services.followup_service.domain.events import (
    CallbackArmed,
    CallbackAttempted,
    CallbackCompleted,
    CallbackExcluded,
    CallbackExhausted,
    CallbackNeverDue,
    CallbackRefused,
    Dissatisfied,
    SatisfactionRecorded,
)
from services.followup_service.domain.questions import answers_of
from services.followup_service.domain.state import (
    Attempt,
    AttemptResult,
    Callback,
    CallbackStatus,
    Subject,
)
from shared.kernel import ticking
from shared.kernel.calendar import Calendar
from shared.kernel.clocks import ClockStarted
from shared.kernel.policy.followup import Campaign
from shared.kernel.replacing import replace

NO_CONSENT, NO_NUMBER, WITHDRAWN = "no_consent", "no_number", "withdrawn"


def arm_callbacks(
    draft: Draft, occurrence: str, *, at: datetime, consent: bool = True, reachable: bool = True
) -> None:
    """Every campaign that this occurrence triggers and that is not being called for already."""
    for campaign in _campaigns(draft, occurrence):
        rounds = [c for c in draft.state.callbacks if c.campaign == campaign.code]
        if any(callback.open for callback in rounds):
            continue
        callback, started = _callback(draft, campaign, len(rounds) + 1, at)
        reason = _left_out(campaign, consent=consent, reachable=reachable)
        if reason is None:
            draft.say(CallbackArmed(callback=callback, started=started))
        else:
            draft.say(CallbackNeverDue(callback=_never(callback, reason, at), reason=reason))


def attempt(draft: Draft, command: RecordAttempt) -> None:
    """Somebody called: try again later, or it is settled.

    Raises CallbackUnknown, CallbackSettled, NotYourCall, TriedJustNow, AgainAtMissing.
    """
    callback = _open_callback(draft, command.callback_id)
    campaign = _campaign_of(draft, callback)
    _refuse_too_soon(draft, callback, campaign)
    again_at = _again_at(draft, command, campaign)
    tried = Attempt(
        number=len(callback.attempts) + 1,
        at=draft.occasion.at,
        by=draft.occasion.by.id,
        result=command.result,
        quiet=draft.rules.policy.callable_at(draft.occasion.at) != draft.occasion.at,
        said=command.said,
    )
    draft.say(CallbackAttempted(callback_id=callback.id, attempt=tried, next_at=again_at))
    tries = callback.tries + (command.result is not AttemptResult.RESCHEDULED)
    if command.result is AttemptResult.REFUSED:
        draft.say(CallbackRefused(callback_id=callback.id))
        _meet(draft, callback, on="callback_refused")
    elif tries >= campaign.attempts_max:
        draft.say(CallbackExhausted(callback_id=callback.id, attempts=tries))
        _meet(draft, callback, on="attempts_exhausted")


def complete(draft: Draft, command: CompleteCallback) -> None:
    """The customer answered. Before closing or after, a bad score calls for work (decision 25).

    Raises CallbackUnknown, CallbackSettled, NotYourCall, AnswersDoNotFit.
    """
    callback = _open_callback(draft, command.callback_id)
    campaign = _campaign_of(draft, callback)
    questionnaire = draft.rules.policy.questionnaire(campaign.questionnaire)
    assert questionnaire is not None, "a proved pack has each campaign's questionnaire"
    answers = answers_of(questionnaire, command)
    late = draft.occasion.at > callback.due_at
    number = len(callback.attempts) + 1
    done = CallbackCompleted(callback_id=callback.id, attempt=number, answers=answers, late=late)
    draft.say(done)
    _meet(draft, callback, on="callback_completed")
    if draft.state.subject.visit:
        return
    draft.say(
        SatisfactionRecorded(
            callback_id=callback.id, score=answers.total, satisfied=answers.satisfied
        )
    )
    if not answers.satisfied:
        draft.say(Dissatisfied(callback_id=callback.id, score=answers.total))


def exclude(draft: Draft, command: ExcludeCallback) -> None:
    """No call will be made, by a reason of the campaign's list (Q08).

    Raises CallbackUnknown, CallbackSettled, ExclusionReasonUnknown.
    """
    callback = _find(draft, command.callback_id)
    campaign = draft.rules.policy.campaign(callback.campaign)
    if campaign is None or command.reason not in _codes(campaign):
        raise errors.ExclusionReasonUnknown
    draft.say(CallbackExcluded(callback_id=callback.id, reason=command.reason))
    _cancel(draft, callback, on="excluded")


def end_callbacks(draft: Draft) -> None:
    """The complaint was withdrawn: nobody is called about it any more."""
    for callback in draft.state.callbacks:
        if callback.open:
            draft.say(CallbackExcluded(callback_id=callback.id, reason=WITHDRAWN))


def _campaigns(draft: Draft, occurrence: str) -> list[Campaign]:
    """A member is called as a member too, whatever type of complainant the form says."""
    types = _types(draft.state.subject)
    known = draft.rules.policy.campaigns
    facts = draft.state.subject.facts
    return [c for c in known if any(c.wants(occurrence, each, facts) for each in types)]


def _types(subject: Subject) -> tuple[str, ...]:
    return (subject.complainant_type, "member") if subject.member else (subject.complainant_type,)


def _callback(
    draft: Draft, campaign: Campaign, round_: int, at: datetime
) -> tuple[Callback, ClockStarted]:
    rule = draft.rules.campaign_rule(campaign)
    calendar = draft.rules.calendar(rule.calendar)
    since = at + timedelta(seconds=campaign.rest_seconds)
    started = ticking.start(rule, calendar, at=since, round_=round_)
    subject = draft.state.subject
    return Callback(
        id=uuid5(subject.id, f"{campaign.code}:{round_}"),
        campaign=campaign.code,
        round=round_,
        row=campaign.id,
        gate=str(campaign.gate),
        unit=subject.unit,
        role=campaign.role,
        triggered_at=at,
        call_from=draft.rules.policy.callable_at(since),
        due_at=_due(calendar, started),
    ), started


def _due(calendar: Calendar, started: ClockStarted) -> datetime:
    return calendar.due(started.at, seconds=started.allowed_seconds)


def _never(callback: Callback, reason: str, at: datetime) -> Callback:
    return replace(callback, status=CallbackStatus.EXCLUDED, reason=reason, settled_at=at)


def _left_out(campaign: Campaign, *, consent: bool, reachable: bool) -> str | None:
    """The campaign's own code for who cannot or may not be called; without the code they are."""
    codes = _codes(campaign)
    if not consent and NO_CONSENT in codes:
        return NO_CONSENT
    return NO_NUMBER if not reachable and NO_NUMBER in codes else None


def _codes(campaign: Campaign) -> frozenset[str]:
    return frozenset(word.code for word in campaign.exclusions)


def _find(draft: Draft, callback_id: UUID) -> Callback:
    callback = draft.state.callback(callback_id)
    if callback is None:
        raise errors.CallbackUnknown
    if not callback.open:
        raise errors.CallbackSettled
    return callback


def _open_callback(draft: Draft, callback_id: UUID) -> Callback:
    callback = _find(draft, callback_id)
    if not draft.rules.ranks.fills(draft.occasion.by.roles, callback.role):
        raise errors.NotYourCall
    return callback


def _campaign_of(draft: Draft, callback: Callback) -> Campaign:
    campaign = draft.rules.policy.campaign(callback.campaign)
    assert campaign is not None, "a pinned pack keeps its campaigns"
    return campaign


def _refuse_too_soon(draft: Draft, callback: Callback, campaign: Campaign) -> None:
    """Three calls in a minute are one try; the customer calling back is none of this."""
    last = callback.attempts[-1] if callback.attempts else None
    if last is None or last.result is AttemptResult.RESCHEDULED:
        return
    if draft.occasion.at < last.at + timedelta(seconds=campaign.attempts_apart_seconds):
        raise errors.TriedJustNow


def _again_at(draft: Draft, command: RecordAttempt, campaign: Campaign) -> datetime:
    rescheduled = command.result is AttemptResult.RESCHEDULED
    if rescheduled != (command.again_at is not None):
        raise errors.AgainAtMissing
    if command.again_at is not None:
        if command.again_at <= draft.occasion.at:
            raise errors.MomentOutOfPlace
        return command.again_at
    apart = timedelta(seconds=campaign.attempts_apart_seconds)
    return draft.rules.policy.callable_at(draft.occasion.at + apart)


def _meet(draft: Draft, callback: Callback, *, on: str) -> None:
    for timed in draft.running():
        if (timed.clock.name, timed.clock.round) == (callback.clock, callback.round):
            calendar = draft.rules.calendar(timed.clock.calendar)
            at = draft.occasion.at
            draft.say_clock(ticking.meet(timed.clock, calendar, at=at, on=on))


def _cancel(draft: Draft, callback: Callback, *, on: str) -> None:
    for timed in draft.running():
        if (timed.clock.name, timed.clock.round) == (callback.clock, callback.round):
            draft.say_clock(ticking.cancel(timed.clock, at=draft.occasion.at, on=on))
