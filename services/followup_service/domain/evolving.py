"""Folding one event into a followup. No rule, no refusal."""

from collections.abc import Callable
from datetime import datetime
from typing import assert_never
from uuid import UUID

from services.followup_service.domain import events as e
from services.followup_service.domain.state import (
    Callback,
    CallbackStatus,
    Followup,
    Notice,
    Obligation,
    ReplyStage,
    Status,
    Subject,
    Timed,
    WrittenReply,
)
from shared.kernel import ticking
from shared.kernel.clocks import ClockBreached, ClockStarted
from shared.kernel.occasion import Occasion
from shared.kernel.replacing import replace


def evolve(state: Followup | None, event: e.Event, occasion: Occasion) -> Followup:
    """The followup after the event."""
    if isinstance(event, e.FollowupOpened):
        return Followup(subject=event.subject, holder=event.subject.unit)
    assert state is not None, "a followup is opened before anything else happens to it"
    match event:
        case (
            e.HolderChanged()
            | e.SubjectReclassified()
            | e.FollowupThawed()
            | e.FollowupClosed()
            | e.FollowupReopened()
            | e.FollowupWithdrawn()
            | e.ClosingSettled()
            | e.ClosingUnsettled()
        ):
            after = _standing(state, event)
        case e.ObligationArmed() | e.NoticeOwed() | e.NoticeRecorded():
            after = _owing(state, event)
        case e.ReplyOwed() | e.ReplyWritten() | e.ReplyDelivered():
            after = _replying(state, event, occasion)
        case (
            e.CallbackArmed()
            | e.CallbackNeverDue()
            | e.CallbackAttempted()
            | e.CallbackCompleted()
            | e.CallbackExcluded()
            | e.CallbackRefused()
            | e.CallbackExhausted()
        ):
            after = _calling(state, event, occasion.at)
        case e.PromiseNoted():
            after = replace(state, promised_at=event.due_at)
        case e.SatisfactionRecorded():
            after = state
        case e.Dissatisfied():
            after = replace(state, told_at=None)
        case _:
            after = _ticked(state, event)
    return after


def _standing(
    state: Followup,
    event: e.HolderChanged
    | e.SubjectReclassified
    | e.FollowupThawed
    | e.FollowupClosed
    | e.FollowupReopened
    | e.FollowupWithdrawn
    | e.ClosingSettled
    | e.ClosingUnsettled,
) -> Followup:
    match event:
        case e.HolderChanged():
            after = replace(state, holder=event.unit)
        case e.SubjectReclassified():
            after = replace(state, subject=_reclassified(state, event))
        case e.ClosingSettled():
            withdrawn = state.status is Status.WITHDRAWN
            status = Status.WITHDRAWN if withdrawn else Status.FROZEN
            after = replace(state, status=status, round=event.round)
        case e.ClosingUnsettled():
            after = replace(state, round=event.round)
        case e.FollowupThawed():
            after = replace(state, status=Status.OPEN)
        case e.FollowupClosed():
            after = replace(_waived(state), status=Status.CLOSED)
        case e.FollowupReopened():
            after = _reopened(state, event.unit)
        case e.FollowupWithdrawn():
            after = replace(_waived(state), status=Status.WITHDRAWN)
        case _:
            assert_never(event)
    return after


def _reclassified(state: Followup, event: e.SubjectReclassified) -> Subject:
    return replace(
        state.subject,
        kind=event.kind,
        category=event.category,
        workflow=event.workflow,
        severity=event.severity,
        flags=event.flags,
    )


def _waived(state: Followup) -> Followup:
    """What is still owed is owed no more; a reply that was not delivered likewise."""
    left = tuple(replace(o, waived=True) if o.open else o for o in state.obligations)
    reply = state.reply
    if reply is not None and reply.stage is not ReplyStage.DELIVERED:
        reply = replace(reply, waived=True)
    return replace(state, obligations=left, reply=reply)


def _reopened(state: Followup, unit: str) -> Followup:
    subject = replace(state.subject, reopened=state.subject.reopened + 1)
    reply = replace(state.reply, waived=False) if state.reply else None
    return replace(
        state, subject=subject, holder=unit, status=Status.OPEN, told_at=None, reply=reply
    )


def _owing(state: Followup, event: e.ObligationArmed | e.NoticeOwed | e.NoticeRecorded) -> Followup:
    match event:
        case e.ObligationArmed():
            return _armed(state, event.started, event.due_at)
        case e.NoticeOwed():
            owed = Obligation(code=event.code, row=event.row, since=event.since)
            return replace(state, obligations=(*state.obligations, owed))
        case e.NoticeRecorded():
            return _noticed(state, event.notice)
        case _:
            assert_never(event)


def _armed(state: Followup, started: ClockStarted, due_at: datetime) -> Followup:
    timed = Timed(clock=ticking.evolve(None, started), due_at=due_at)
    return replace(state, clocks=(*state.clocks, timed))


def _noticed(state: Followup, notice: Notice) -> Followup:
    paid = tuple(
        replace(o, paid_at=notice.sent_at, paid_by=notice.id)
        if o.open and o.code == notice.kind
        else o
        for o in state.obligations
    )
    told = notice.sent_at if notice.kind == "result" else state.told_at
    reply = state.reply
    if notice.kind == "acknowledgement" and reply and reply.stage is ReplyStage.RECEIVED:
        reply = replace(reply, stage=ReplyStage.ACKED)
    notices = (*state.notices, notice)
    return replace(state, notices=notices, obligations=paid, told_at=told, reply=reply)


def _replying(
    state: Followup, event: e.ReplyOwed | e.ReplyWritten | e.ReplyDelivered, occasion: Occasion
) -> Followup:
    if isinstance(event, e.ReplyOwed):
        owed = WrittenReply(ticket=event.ticket, row=event.row, owed_at=event.since)
        return replace(state, reply=owed)
    reply = state.reply
    assert reply is not None, "a reply is owed before it is written"
    match event:
        case e.ReplyWritten():
            written = replace(
                reply,
                stage=ReplyStage.ANSWERED,
                parts=event.parts,
                answered_by=occasion.by.id,
                answered_at=occasion.at,
            )
            return replace(state, reply=written)
        case e.ReplyDelivered():
            delivered = replace(
                reply,
                stage=ReplyStage.DELIVERED,
                delivered_at=event.delivered_at,
                receipt=event.receipt,
            )
            return replace(state, reply=delivered)
        case _:
            assert_never(event)


def _calling(
    state: Followup,
    event: e.CallbackArmed
    | e.CallbackNeverDue
    | e.CallbackAttempted
    | e.CallbackCompleted
    | e.CallbackExcluded
    | e.CallbackRefused
    | e.CallbackExhausted,
    at: datetime,
) -> Followup:
    match event:
        case e.CallbackArmed():
            added = replace(state, callbacks=(*state.callbacks, event.callback))
            after = _armed(added, event.started, event.callback.due_at)
        case e.CallbackNeverDue():
            after = replace(state, callbacks=(*state.callbacks, event.callback))
        case e.CallbackAttempted():
            after = _with(state, event.callback_id, lambda c: _tried(c, event))
        case e.CallbackCompleted():
            after = _with(state, event.callback_id, lambda c: _completed(c, event, at))
        case e.CallbackExcluded():
            excluded = _settled(CallbackStatus.EXCLUDED, event.reason, at)
            after = _with(state, event.callback_id, excluded)
        case e.CallbackRefused():
            refused = _settled(CallbackStatus.REFUSED, "refused", at)
            after = _with(state, event.callback_id, refused)
        case e.CallbackExhausted():
            exhausted = _settled(CallbackStatus.EXHAUSTED, "attempts_exhausted", at)
            after = _with(state, event.callback_id, exhausted)
        case _:
            assert_never(event)
    return after


def _with(state: Followup, callback_id: UUID, change: Callable[[Callback], Callback]) -> Followup:
    changed = tuple(change(c) if c.id == callback_id else c for c in state.callbacks)
    return replace(state, callbacks=changed)


def _tried(callback: Callback, event: e.CallbackAttempted) -> Callback:
    attempts = (*callback.attempts, event.attempt)
    return replace(callback, attempts=attempts, call_from=event.next_at)


def _completed(callback: Callback, event: e.CallbackCompleted, at: datetime) -> Callback:
    settled = _settled(CallbackStatus.COMPLETED, None, at)(callback)
    return replace(settled, answers=event.answers)


def _settled(
    status: CallbackStatus, reason: str | None, at: datetime
) -> Callable[[Callback], Callback]:
    return lambda callback: replace(callback, status=status, reason=reason, settled_at=at)


def _ticked(state: Followup, event: e.ClockEvent) -> Followup:
    """A clock moved; a breach also marks the callback it is for."""
    clocks = tuple(
        replace(timed, clock=ticking.evolve(timed.clock, event))
        if (timed.clock.name, timed.clock.round) == (event.clock, event.round)
        else timed
        for timed in state.clocks
    )
    moved = replace(state, clocks=clocks)
    late = state.callback_of(event.clock, event.round)
    if late is None or not isinstance(event, ClockBreached):
        return moved
    return _with(moved, late.id, lambda callback: replace(callback, overdue=True))
