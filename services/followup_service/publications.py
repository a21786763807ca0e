"""What followup tells the world of what happened: ids, codes and moments only."""

from uuid import UUID

from services.followup_service.domain import events as e
from services.followup_service.domain.state import Callback, Followup
from shared.contracts import followup as told
from shared.contracts.envelope import Contract
from shared.kernel.clocks import (
    ClockBreached,
    ClockCancelled,
    ClockMet,
    ClockStepTaken,
    ClockWarned,
)
from shared.kernel.occasion import Occasion


def fact_of(event: e.Event, state: Followup, occasion: Occasion) -> Contract | None:
    """The one fact of an event, or None. `state` is the followup after it."""
    return (
        _of_notices(event, state)
        or _of_callbacks(event, state, occasion)
        or _of_settled_callbacks(event, state)
        or _of_clocks(event, state)
        or _of_closing(event, state)
    )


def _of_notices(event: e.Event, state: Followup) -> Contract | None:
    match event:
        case e.NoticeRecorded(notice=notice):
            return told.NoticeSentV1(
                complaint_id=state.subject.id,
                notice_id=notice.id,
                kind=notice.kind,
                channel=notice.channel,
                sent_at=notice.sent_at,
            )
        case e.ReplyDelivered(delivered_at=delivered_at):
            assert state.reply is not None, "what is delivered was owed"
            return told.ReplyDeliveredV1(
                complaint_id=state.subject.id,
                ticket=state.reply.ticket,
                delivered_at=delivered_at,
            )
        case e.ObligationArmed(started=started, due_at=due_at):
            return told.ObligationOwedV1(
                complaint_id=state.subject.id,
                obligation=started.clock,
                due_at=due_at,
                row=started.row,
            )
        case _:
            return None


def _of_callbacks(event: e.Event, state: Followup, occasion: Occasion) -> Contract | None:
    match event:
        case e.CallbackArmed(callback=callback):
            return told.CallbackDueV1(
                callback_id=callback.id,
                complaint_id=_complaint(state),
                visit_id=state.subject.id if state.subject.visit else None,
                campaign=callback.campaign,
                unit=callback.unit,
                due_at=callback.due_at,
                call_from=callback.call_from,
                row=callback.row,
            )
        case e.CallbackAttempted(callback_id=callback_id, attempt=attempt):
            return told.CallbackAttemptedV1(
                callback_id=callback_id,
                complaint_id=_complaint(state),
                attempt=attempt.number,
                result_code=attempt.result,
            )
        case e.CallbackCompleted(callback_id=callback_id, answers=answers, late=late):
            return told.CallbackCompletedV1(
                callback_id=callback_id,
                complaint_id=_complaint(state),
                campaign=_callback(state, callback_id).campaign,
                score=answers.total,
                completed_at=occasion.at,
                late=late,
                satisfied=answers.satisfied,
            )
        case _:
            return None


def _of_settled_callbacks(event: e.Event, state: Followup) -> Contract | None:
    match event:
        case e.CallbackNeverDue(callback=callback, reason=reason):
            return _excluded(state, callback.id, reason)
        case e.CallbackExcluded() | e.CallbackRefused() | e.CallbackExhausted():
            reason = _callback(state, event.callback_id).reason or ""
            return _excluded(state, event.callback_id, reason)
        case e.SatisfactionRecorded(callback_id=callback_id, score=score, satisfied=satisfied):
            return told.SatisfactionRecordedV1(
                complaint_id=state.subject.id,
                callback_id=callback_id,
                score=score,
                satisfied=satisfied,
            )
        case e.Dissatisfied(callback_id=callback_id, score=score):
            return told.DissatisfiedV1(
                complaint_id=state.subject.id, callback_id=callback_id, score=score
            )
        case _:
            return None


def _of_clocks(event: e.Event, state: Followup) -> Contract | None:
    match event:
        case ClockWarned() | ClockBreached():
            callback = state.callback_of(event.clock, event.round)
            return _pressing(event, state) if callback is None else _calling(event, state, callback)
        case ClockMet() | ClockCancelled():
            return _ended(event, state)
        case ClockStepTaken():
            callback = state.callback_of(event.clock, event.round)
            return told.OverdueStepTakenV1(
                complaint_id=_complaint(state),
                callback_id=callback.id if callback else None,
                clock=event.clock,
                step=event.step,
                does=event.does,
            )
        case _:
            return None


def _pressing(event: ClockWarned | ClockBreached, state: Followup) -> Contract:
    timed = state.timed(event.clock)
    assert timed is not None, "what presses was armed"
    if isinstance(event, ClockBreached):
        return told.ObligationOverdueV1(
            complaint_id=state.subject.id, obligation=event.clock, due_at=event.due_at
        )
    return told.ObligationWarnedV1(
        complaint_id=state.subject.id,
        obligation=event.clock,
        percent=event.percent,
        due_at=timed.due_at,
    )


def _calling(event: ClockWarned | ClockBreached, state: Followup, callback: Callback) -> Contract:
    if isinstance(event, ClockBreached):
        return told.CallbackOverdueV1(
            callback_id=callback.id,
            complaint_id=_complaint(state),
            campaign=callback.campaign,
            unit=callback.unit,
            due_at=event.due_at,
        )
    return told.CallbackWarnedV1(
        callback_id=callback.id,
        complaint_id=_complaint(state),
        campaign=callback.campaign,
        unit=callback.unit,
        percent=event.percent,
        due_at=callback.due_at,
    )


def _ended(event: ClockMet | ClockCancelled, state: Followup) -> Contract | None:
    """A callback's end is told by its own fact."""
    timed = state.timed(event.clock)
    if timed is None or state.callback_of(event.clock, event.round) is not None:
        return None
    met = isinstance(event, ClockMet)
    return told.ObligationEndedV1(
        complaint_id=state.subject.id,
        obligation=event.clock,
        met=met,
        late=met and event.at > timed.due_at,
    )


def _of_closing(event: e.Event, state: Followup) -> Contract | None:
    match event:
        case e.ClosingSettled(round=round_):
            return told.ClosingSettledV1(complaint_id=state.subject.id, round=round_)
        case e.ClosingUnsettled(round=round_, open_items=items):
            return told.ClosingUnsettledV1(
                complaint_id=state.subject.id, round=round_, open_items=list(items)
            )
        case _:
            return None


def _excluded(state: Followup, callback_id: UUID, reason: str) -> Contract:
    return told.CallbackExcludedV1(
        callback_id=callback_id, complaint_id=_complaint(state), reason_code=reason
    )


def _callback(state: Followup, callback_id: UUID) -> Callback:
    callback = state.callback(callback_id)
    assert callback is not None, "what happened to a callback happened to one of ours"
    return callback


def _complaint(state: Followup) -> UUID | None:
    return None if state.subject.visit else state.subject.id
