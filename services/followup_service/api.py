"""Followup's doors for complaints: what is owed, what was told, the written reply, the clocks."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints
from starlette.requests import Request

from services.followup_service import queries
from services.followup_service.domain import Followup
from services.followup_service.domain.commands import (
    DeliverReply,
    Delivery,
    RecordNotice,
    WriteReply,
)
from services.followup_service.domain.rules import rules_of
from services.followup_service.domain.state import ReplyPart
from services.followup_service.explaining import explanations
from services.followup_service.handler import (
    Desk,
    Knock,
    notice_recorded,
    reply_recorded,
    took_down,
)
from services.followup_service.showing import Reader, followup_view
from services.followup_service.views import FollowupView, NoticeReceipt, ReplyReceipt
from shared.kernel.explaining import Explanation, explanation
from shared.kernel.occasion import Actor
from shared.kernel.roles import STAFF, Role
from shared.plumbing.changes import Written
from shared.plumbing.explaining import Explanations
from shared.plumbing.http import (
    By,
    Correlation,
    Doors,
    IfMatch,
    Once,
    Permit,
    Reply,
    RequestModel,
    exchange_of,
    unseen,
)
from shared.plumbing.identifiers import new_id

complaints = Doors("followup")

READERS = Permit(*STAFF, Role.AUDIT)
TELLERS = Permit(
    Role.CLERK,
    Role.DEPARTMENT_SUPERVISOR,
    Role.CS_MANAGER,
    Role.STORE_MANAGER,
    Role.DEPARTMENT_HEAD,
    Role.HQ_CUSTOMER_SERVICE,
)

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Person = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]
Receipt = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$")]


class NoticeForm(RequestModel):
    """What the complainant was told. `said` is kept apart; `sent_at` left out means now."""

    kind: Code
    channel: Code
    sent_at: AwareDatetime | None = None
    handler: Person | None = None
    promised_at: AwareDatetime | None = None
    said: Words | None = None


class DeliveryForm(RequestModel):
    """The hotline's receipt for the written reply; `delivered_at` left out means now."""

    receipt: Receipt
    delivered_at: AwareDatetime | None = None


class ReplyForm(RequestModel):
    """The written reply by its parts, such as `process` and `result`."""

    parts: Annotated[dict[Code, Words], Field(min_length=1, max_length=8)]
    delivery: DeliveryForm | None = None


def desk_of(request: Request) -> Desk:
    """The desk of this process."""
    desk: Desk = request.app.state.desk
    return desk


async def reader_of(desk: Desk, by: Actor, state: Followup, request: Request) -> Reader:
    """Everything a view of this followup needs, in the caller's language."""
    return Reader(
        language=exchange_of(request).language,
        at=desk.time.now(),
        rules=desk.rules(state),
        organisation=desk.packs.organisation(by.organisation),
        texts=await queries.texts(desk.pool, state.subject.id),
    )


@complaints.get("/complaints/{complaint_id}", permit=READERS)
async def get_followup(complaint_id: UUID, request: Request, by: By) -> Reply[FollowupView]:
    """What is owed to a complainant: obligations, notices, the written reply, callbacks."""
    desk = desk_of(request)
    seen = await queries.followup(desk.pool, desk.followups, by, complaint_id)
    if seen.state.subject.visit:
        raise unseen()
    reader = await reader_of(desk, by, seen.state, request)
    return Reply(shown=followup_view(seen.state, reader), revision=seen.revision)


@complaints.post(
    "/complaints/{complaint_id}/notices", permit=TELLERS, status=201, shows=NoticeReceipt
)
async def record_notice(
    complaint_id: UUID,
    form: NoticeForm,
    request: Request,
    by: By,
    correlation: Correlation,
    once: Once,
    if_match: IfMatch,
) -> Reply[NoticeReceipt]:
    """Record that the complainant was told: acknowledgement, progress, result or thanks.

    The answer is the receipt: reference, handler, promised moment.
    """
    said, texts = took_down(f"notice:{form.kind}", form.said)
    command = RecordNotice(
        notice_id=new_id(),
        kind=form.kind,
        channel=form.channel,
        sent_at=_utc(form.sent_at),
        handler=form.handler or by.id,
        promised_at=_utc(form.promised_at),
        said=said,
    )
    knock = Knock(by=by, correlation=correlation, once=once, expecting=if_match)
    answering = notice_recorded(command.notice_id)
    return await desk_of(request).handle(complaint_id, command, knock, answering, texts)


@complaints.post("/complaints/{complaint_id}/reply", permit=TELLERS, shows=ReplyReceipt)
async def write_reply(
    complaint_id: UUID,
    form: ReplyForm,
    request: Request,
    by: By,
    correlation: Correlation,
    once: Once,
    if_match: IfMatch,
) -> Reply[ReplyReceipt]:
    """Record the written reply to the hotline and, once it has it, the receipt of delivery."""
    parts, texts = _taken_down(form.parts)
    delivery = _delivery(form.delivery) if form.delivery else None
    command = WriteReply(parts=parts, delivery=delivery)
    knock = Knock(by=by, correlation=correlation, once=once, expecting=if_match)
    return await desk_of(request).handle(complaint_id, command, knock, reply_recorded, texts)


@complaints.post("/complaints/{complaint_id}/reply/delivery", permit=TELLERS, shows=ReplyReceipt)
async def deliver_reply(
    complaint_id: UUID,
    form: DeliveryForm,
    request: Request,
    by: By,
    correlation: Correlation,
    once: Once,
    if_match: IfMatch,
) -> Reply[ReplyReceipt]:
    """Record that the hotline took the written reply."""
    command = DeliverReply(delivery=_delivery(form))
    knock = Knock(by=by, correlation=correlation, once=once, expecting=if_match)
    return await desk_of(request).handle(complaint_id, command, knock, reply_recorded)


@complaints.get("/complaints/{complaint_id}/clocks", permit=READERS)
async def get_followup_clocks(
    complaint_id: UUID, request: Request, by: By
) -> Reply[list[Explanation]]:
    """Every clock of what is owed, each with its explanation."""
    desk = desk_of(request)
    seen = await queries.followup(desk.pool, desk.followups, by, complaint_id)
    rules, at = desk.rules(seen.state), desk.time.now()
    found = [
        explanation(
            timed.clock,
            rules.rule_of(timed.clock.name),
            rules.calendar(timed.clock.calendar),
            at=at,
        )
        for timed in seen.state.clocks
    ]
    return Reply(shown=found, revision=seen.revision)


@complaints.get("/complaints/{complaint_id}/explanations", permit=READERS)
async def explain_followup(complaint_id: UUID, request: Request, by: By) -> Reply[Explanations]:
    """Explain what is owed: notices, the written reply, callbacks and clocks, each with its row.

    By the version of the policy that was in force at receipt, whatever has come into force since.
    """
    desk = desk_of(request)
    seen = await queries.followup(desk.pool, desk.followups, by, complaint_id)
    pack = desk.pack(seen.state)
    items = explanations(seen.state, rules_of(pack), pack.ref, exchange_of(request).language)
    return Reply(shown=Explanations(items=items), revision=seen.revision)


@complaints.get("/complaints/{complaint_id}/clocks/{name}/explanation", permit=READERS)
async def explain_followup_clock(
    complaint_id: UUID, name: str, request: Request, by: By
) -> Reply[Explanation]:
    """Why a clock stands where it stands: every counted second, its calendar, its row."""
    desk = desk_of(request)
    seen = await queries.followup(desk.pool, desk.followups, by, complaint_id)
    timed = seen.state.timed(name)
    if timed is None:
        raise unseen()
    rules = desk.rules(seen.state)
    calendar = rules.calendar(timed.clock.calendar)
    found = explanation(timed.clock, rules.rule_of(name), calendar, at=desk.time.now())
    return Reply(shown=found, revision=seen.revision)


def _taken_down(parts: dict[str, str]) -> tuple[tuple[ReplyPart, ...], tuple[Written, ...]]:
    found: list[ReplyPart] = []
    texts: list[Written] = []
    for code, body in parts.items():
        ref, text = took_down(f"reply:{code}", body)
        assert ref is not None, "a part has words"
        found.append(ReplyPart(code=code, text=ref))
        texts += text
    return tuple(found), tuple(texts)


def _delivery(form: DeliveryForm) -> Delivery:
    return Delivery(at=_utc(form.delivered_at), receipt=form.receipt)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
