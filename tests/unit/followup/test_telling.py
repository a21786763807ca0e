"""What we owe after the first word, and what pays it."""

from datetime import timedelta
from uuid import UUID

from services.followup_service.domain import errors
from services.followup_service.domain.commands import (
    Close,
    DeliverReply,
    Delivery,
    NoteClassification,
    NoteOccurrence,
    RecordNotice,
    Reopen,
    Withdraw,
    WriteReply,
)
from services.followup_service.domain.state import (
    ReplyPart,
    ReplyStage,
    Status,
    TextRef,
)
from tests.unit.followup.story import CLERK, MONDAY_NOON, Story, registered

NOTICE = UUID("0197a000-0000-7000-8000-000000000011")
TEXT = TextRef(id=UUID("0197a000-0000-7000-8000-000000000021"), commitment="c" * 64)
WHOLE = (ReplyPart(code="process", text=TEXT), ReplyPart(code="result", text=TEXT))


def told(kind: str, **more: object) -> RecordNotice:
    return RecordNotice(notice_id=NOTICE, kind=kind, channel="phone", **more)  # type: ignore[arg-type]


def hotline() -> Story:
    return registered(channel="hotline", hotline_ticket="T-1")


def test_a_registered_complaint_is_owed_an_acknowledgement_within_the_pack_s_time() -> None:
    story = registered()
    owed = story.followup.obligations
    assert [o.code for o in owed] == ["acknowledgement"]
    timed = story.followup.timed("acknowledge")
    assert timed is not None
    assert timed.due_at == MONDAY_NOON + timedelta(minutes=30)


def test_an_acknowledgement_pays_what_is_owed_and_meets_its_clock() -> None:
    story = registered().later(minutes=10).when(told("acknowledgement"), by=CLERK)
    assert story.names() == ["NoticeRecorded", "ClockMet"]
    assert not story.followup.obligations[0].open
    assert story.followup.obligations[0].paid_by == NOTICE


def test_an_acknowledgement_forgotten_is_overdue_once_and_its_step_is_taken_once() -> None:
    story = registered().later(hours=2)
    timed = story.followup.timed("acknowledge")
    assert timed is not None
    assert timed.clock.breached_at == MONDAY_NOON + timedelta(minutes=30)
    assert timed.clock.steps == (1,)
    assert story.later(days=2).names() == story.names()


def test_a_notice_that_was_sent_earlier_is_not_late_because_it_was_written_down_late() -> None:
    story = registered().later(hours=1)
    sent = MONDAY_NOON + timedelta(minutes=5)
    story.when(told("acknowledgement", sent_at=sent), by=CLERK)
    timed = story.followup.timed("acknowledge")
    assert timed is not None
    assert timed.clock.ended_at == sent


def test_nobody_has_been_told_something_tomorrow_or_before_they_complained() -> None:
    for hours in (-1, +1):
        moment = MONDAY_NOON + timedelta(hours=hours)
        registered().refused(told("result", sent_at=moment), errors.MomentOutOfPlace)


def test_a_notice_the_pack_does_not_know_is_refused() -> None:
    registered().refused(told("horoscope"), errors.NoticeKindUnknown)


def test_a_result_told_is_forgotten_when_the_case_is_reopened() -> None:
    story = registered().when(told("result"), by=CLERK)
    assert story.followup.told_at == MONDAY_NOON
    story.when(Close(at=story.at)).when(Reopen(unit="hq.store-001", at=story.at))
    assert story.followup.told_at is None
    assert story.followup.status is Status.OPEN
    assert story.followup.subject.reopened == 1


def test_a_withdrawn_complaint_is_owed_nothing_and_stays_withdrawn() -> None:
    story = hotline().when(NoteOccurrence(occurrence="resolution_executed", at=MONDAY_NOON))
    story.when(Withdraw())
    followup = story.followup
    assert not any(o.open for o in followup.obligations)
    assert not any(c.open for c in followup.callbacks)
    assert not any(t.clock.running for t in followup.clocks)
    assert followup.reply is not None
    assert followup.reply.waived
    story.refused(told("result"), errors.NothingOwedAnyMore)
    assert story.when(NoteOccurrence(occurrence="resolution_executed", at=story.at)).events == []
    assert story.when(Withdraw()).events == []


def test_only_a_hotline_s_ticket_is_owed_a_written_reply() -> None:
    assert registered().followup.reply is None
    reply = hotline().followup.reply
    assert reply is not None
    assert (reply.ticket, reply.stage, reply.row) == ("T-1", ReplyStage.RECEIVED, "reply.hotline")
    registered().refused(WriteReply(parts=WHOLE), errors.NoReplyOwed)


def test_a_written_reply_goes_from_received_to_delivered_step_by_step() -> None:
    story = hotline()
    stages = []
    for command in (
        told("acknowledgement"),
        WriteReply(parts=WHOLE),
        DeliverReply(delivery=Delivery(at=None, receipt="R-9")),
    ):
        story.when(command, by=CLERK)
        assert story.followup.reply is not None
        stages.append(story.followup.reply.stage)
    assert stages == [ReplyStage.ACKED, ReplyStage.ANSWERED, ReplyStage.DELIVERED]
    timed = story.followup.timed("reply")
    assert timed is not None
    assert timed.clock.met


def test_a_reply_needs_every_part_of_the_row_and_no_other() -> None:
    hotline().refused(WriteReply(parts=WHOLE[:1]), errors.ReplyIncomplete)
    other = ReplyPart(code="poem", text=TEXT)
    hotline().refused(WriteReply(parts=(*WHOLE, other)), errors.ReplyIncomplete)


def test_a_reply_is_written_before_it_is_delivered_and_delivered_once() -> None:
    delivery = Delivery(at=None, receipt="R-9")
    hotline().refused(DeliverReply(delivery=delivery), errors.ReplyNotWritten)
    story = hotline().when(WriteReply(parts=WHOLE, delivery=delivery), by=CLERK)
    story.refused(WriteReply(parts=WHOLE), errors.ReplyAlreadyDelivered)


def test_a_promoted_complaint_does_not_start_its_receipt_clocks_twice() -> None:
    story = hotline()
    story.when(WriteReply(parts=WHOLE, delivery=Delivery(at=None, receipt="R-9")), by=CLERK)
    story.when(NoteClassification(kind="enquiry")).when(NoteClassification(kind="complaint"))
    assert [t.clock.name for t in story.followup.clocks].count("reply") == 1
    assert story.when(NoteClassification(kind="complaint")).events == []


def test_a_fact_about_a_followup_that_has_not_arrived_is_tried_again() -> None:
    Story().refused(Withdraw(), errors.FollowupUnknown)
