"""Telling the complainant and the hotline: notices and the written reply."""

from datetime import datetime

from services.followup_service.domain import errors
from services.followup_service.domain.commands import (
    DeliverReply,
    Delivery,
    RecordNotice,
    WriteReply,
)
from services.followup_service.domain.draft import Draft
from services.followup_service.domain.events import NoticeRecorded, ReplyDelivered, ReplyWritten
from services.followup_service.domain.owing import meet_clock, occur
from services.followup_service.domain.rules import MEANS
from services.followup_service.domain.state import Notice, ReplyPart, ReplyStage, WrittenReply
from shared.kernel.errors import Pointer


def record_notice(draft: Draft, command: RecordNotice) -> None:
    """The complainant was told; what was owed by this notice is paid.

    Raises NoticeKindUnknown, MomentOutOfPlace.
    """
    if command.kind not in draft.rules.kinds():
        raise errors.NoticeKindUnknown(errors=[Pointer("/kind", "unknown-code", "")])
    sent_at = _moment(draft, command.sent_at)
    notice = Notice(
        id=command.notice_id,
        kind=command.kind,
        channel=command.channel,
        sent_at=sent_at,
        by=draft.occasion.by.id,
        handler=command.handler,
        promised_at=command.promised_at,
        said=command.said,
    )
    draft.say(NoticeRecorded(notice=notice))
    for rule in draft.rules.policy.notices:
        if rule.code == command.kind and rule.clock:
            meet_clock(draft, rule.clock, at=sent_at, on=MEANS.get(rule.code, rule.code))
    if command.kind in MEANS:
        occur(draft, MEANS[command.kind], at=sent_at)


def write_reply(draft: Draft, command: WriteReply) -> None:
    """The reply is written, part by part, and perhaps delivered already.

    Raises NoReplyOwed, ReplyAlreadyDelivered, ReplyIncomplete, MomentOutOfPlace.
    """
    _owed(draft)
    _refuse_wrong_parts(draft, command.parts)
    draft.say(ReplyWritten(parts=command.parts))
    if command.delivery is not None:
        _deliver(draft, command.delivery)


def deliver_reply(draft: Draft, command: DeliverReply) -> None:
    """The hotline has it. Raises NoReplyOwed, ReplyAlreadyDelivered, ReplyNotWritten."""
    if _owed(draft).stage is not ReplyStage.ANSWERED:
        raise errors.ReplyNotWritten
    _deliver(draft, command.delivery)


def _owed(draft: Draft) -> WrittenReply:
    reply = draft.state.reply
    if reply is None:
        raise errors.NoReplyOwed
    if reply.stage is ReplyStage.DELIVERED:
        raise errors.ReplyAlreadyDelivered
    return reply


def _deliver(draft: Draft, delivery: Delivery) -> None:
    at = _moment(draft, delivery.at)
    draft.say(ReplyDelivered(delivered_at=at, receipt=delivery.receipt))
    rule = draft.rules.policy.reply
    if rule is not None:
        meet_clock(draft, rule.clock, at=at, on="reply_delivered")
    occur(draft, "reply_delivered", at=at)


def _refuse_wrong_parts(draft: Draft, parts: tuple[ReplyPart, ...]) -> None:
    """The pack's row names the parts; without a row any parts will do."""
    rule = draft.rules.policy.reply
    reply = draft.state.reply
    if rule is None or reply is None or not reply.row:
        return
    given = {part.code for part in parts}
    missing = [part for part in rule.parts if part not in given]
    if missing or given - set(rule.parts):
        wrong = [Pointer(f"/parts/{part}", "missing", "") for part in missing]
        raise errors.ReplyIncomplete(errors=wrong or [Pointer("/parts", "unknown-code", "")])


def _moment(draft: Draft, given: datetime | None) -> datetime:
    """When it was; a clerk may record a call made a while ago, never one still to be made."""
    if given is None:
        return draft.occasion.at
    if not draft.state.subject.received_at <= given <= draft.occasion.at:
        raise errors.MomentOutOfPlace
    return given
