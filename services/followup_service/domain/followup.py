"""What a followup decides: one command, the events that follow from it.

Facts and due moments are never refused (decision 4): they lead to events or to nothing. Only a
fact about a followup that has not been opened yet raises FollowupUnknown and is tried again.
"""

from typing import TypeAlias, assert_never

from services.followup_service.domain import commands as c
from services.followup_service.domain import errors
from services.followup_service.domain.calling import (
    arm_callbacks,
    attempt,
    complete,
    end_callbacks,
    exclude,
)
from services.followup_service.domain.draft import Draft
from services.followup_service.domain.events import (
    ClosingSettled,
    ClosingUnsettled,
    Event,
    FollowupClosed,
    FollowupOpened,
    FollowupReopened,
    FollowupThawed,
    FollowupWithdrawn,
    HolderChanged,
    PromiseNoted,
    SubjectReclassified,
)
from services.followup_service.domain.evolving import evolve
from services.followup_service.domain.owing import (
    cancel_clocks,
    occur,
    open_items,
    owe_reply,
    pass_moment,
)
from services.followup_service.domain.rules import Rules
from services.followup_service.domain.state import Followup, Status
from services.followup_service.domain.telling import deliver_reply, record_notice, write_reply
from shared.kernel.occasion import Occasion
from shared.kernel.replacing import replace

Heard: TypeAlias = (
    c.NoteOccurrence
    | c.NoteClassification
    | c.NotePromise
    | c.Withdraw
    | c.AnswerClosing
    | c.Thaw
    | c.Close
    | c.Reopen
    | c.PassMoment
)
Asked: TypeAlias = (
    c.RecordNotice
    | c.WriteReply
    | c.DeliverReply
    | c.RecordAttempt
    | c.CompleteCallback
    | c.ExcludeCallback
)


def decide(
    state: Followup | None, command: c.Command, occasion: Occasion, rules: Rules
) -> list[Event]:
    """What happens. Raises the errors of `errors` to people; to facts only FollowupUnknown."""
    if isinstance(command, c.OpenFollowup):
        return _open(command, occasion, rules) if state is None else []
    if state is None:
        raise errors.FollowupUnknown
    draft = Draft(state=state, occasion=occasion, rules=rules)
    if not isinstance(command, Heard):
        _act(draft, command)
    elif state.status is not Status.WITHDRAWN:
        _hear(draft, command)
    elif isinstance(command, c.AnswerClosing):
        draft.say(ClosingSettled(round=command.round))
    return draft.events


def _open(command: c.OpenFollowup, occasion: Occasion, rules: Rules) -> list[Event]:
    opened = FollowupOpened(subject=command.subject)
    state = evolve(None, opened, occasion)
    draft = Draft(state=state, occasion=occasion, rules=rules, events=[opened])
    at = command.subject.received_at
    if command.subject.visit:
        arm_callbacks(
            draft,
            "service_completed",
            at=at,
            consent=command.consent,
            reachable=command.reachable,
        )
        return draft.events
    occur(draft, "received", at=at)
    occur(draft, "registered", at=command.registered_at)
    owe_reply(draft, at=at)
    return draft.events


def _hear(draft: Draft, command: Heard) -> None:
    match command:
        case c.NoteOccurrence():
            _note(draft, command)
        case c.NoteClassification():
            _reclassify(draft, command)
        case c.NotePromise():
            _note_promise(draft, command)
        case c.Withdraw():
            _withdraw(draft)
        case c.AnswerClosing():
            _answer_closing(draft, command)
        case c.Thaw():
            _thaw(draft, command.round)
        case c.Close():
            _close(draft, command)
        case c.Reopen():
            _reopen(draft, command)
        case c.PassMoment():
            pass_moment(draft)
        case _:
            assert_never(command)


def _note(draft: Draft, command: c.NoteOccurrence) -> None:
    if command.holder and command.holder != draft.state.holder:
        draft.say(HolderChanged(unit=command.holder))
    if command.occurrence:
        occur(draft, command.occurrence, at=command.at)


def _note_promise(draft: Draft, command: c.NotePromise) -> None:
    if draft.state.promised_at != command.due_at:
        draft.say(PromiseNoted(due_at=command.due_at))


def _reclassify(draft: Draft, command: c.NoteClassification) -> None:
    """Receipt-based clocks that only now concern the complaint count from its receipt (F02)."""
    before = draft.state.subject
    after = replace(
        before,
        kind=command.kind,
        category=before.category if command.category is None else command.category,
        workflow=before.workflow if command.workflow is None else command.workflow,
        severity=before.severity if command.severity is None else command.severity,
        flags=before.flags if command.flags is None else command.flags,
    )
    if after == before:
        return
    draft.say(
        SubjectReclassified(
            kind=after.kind,
            category=after.category,
            workflow=after.workflow,
            severity=after.severity,
            flags=after.flags,
        )
    )
    if before.kind != after.kind:
        occur(draft, "received", at=before.received_at)


def _withdraw(draft: Draft) -> None:
    end_callbacks(draft)
    cancel_clocks(draft, at=draft.occasion.at, on="withdrawn", callbacks=True)
    draft.say(FollowupWithdrawn())


def _answer_closing(draft: Draft, command: c.AnswerClosing) -> None:
    """Topics keep no order among each other: a withdrawal may be heard here first."""
    if command.withdrawn:
        _withdraw(draft)
    items = () if command.withdrawn else open_items(draft)
    if items:
        draft.say(ClosingUnsettled(round=command.round, open_items=items))
    else:
        draft.say(ClosingSettled(round=command.round))


def _thaw(draft: Draft, round_: int) -> None:
    if draft.state.status is Status.FROZEN and draft.state.round == round_:
        draft.say(FollowupThawed(round=round_))


def _close(draft: Draft, command: c.Close) -> None:
    """What was owed before the closing lapses; calls that follow it begin."""
    if draft.state.status is Status.CLOSED:
        return
    cancel_clocks(draft, at=draft.occasion.at, on="closed", callbacks=False)
    draft.say(FollowupClosed())
    occur(draft, "closed", at=command.at)


def _reopen(draft: Draft, command: c.Reopen) -> None:
    draft.say(FollowupReopened(unit=command.unit))
    occur(draft, "reopened", at=command.at)


def _act(draft: Draft, command: Asked) -> None:
    _refuse_when_over(draft)
    match command:
        case c.RecordNotice():
            record_notice(draft, command)
        case c.WriteReply():
            write_reply(draft, command)
        case c.DeliverReply():
            deliver_reply(draft, command)
        case c.RecordAttempt():
            attempt(draft, command)
        case c.CompleteCallback():
            complete(draft, command)
            occur(draft, "callback_completed", at=draft.occasion.at)
        case c.ExcludeCallback():
            exclude(draft, command)
        case _:
            assert_never(command)


def _refuse_when_over(draft: Draft) -> None:
    if draft.state.status is Status.WITHDRAWN:
        raise errors.NothingOwedAnyMore
    if draft.state.status is Status.FROZEN:
        raise errors.ClosingUnderWay
