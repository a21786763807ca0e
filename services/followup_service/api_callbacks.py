"""Followup's doors for callbacks: the queue, one call, its script, what came of it, coverage."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, Field, StringConstraints
from starlette.requests import Request

from services.followup_service import queries
from services.followup_service.api import READERS, TELLERS, Code, Words, desk_of, reader_of
from services.followup_service.domain.commands import (
    CompleteCallback,
    ExcludeCallback,
    RecordAttempt,
)
from services.followup_service.domain.state import (
    AttemptResult,
    Callback,
    Choice,
    Followup,
    ReplyPart,
    Score,
)
from services.followup_service.handler import Desk, Knock, callback_recorded, took_down
from services.followup_service.queries import Period, Wanted
from services.followup_service.showing import callback_view, script_view
from services.followup_service.views import (
    CallbackPage,
    CallbackReceipt,
    CallbackView,
    CoverageView,
    QueuedCallback,
    ScriptView,
)
from shared.kernel.occasion import Actor
from shared.kernel.roles import Role
from shared.plumbing.changes import Written
from shared.plumbing.http import (
    By,
    Correlation,
    CursorText,
    Doors,
    IfMatch,
    Limit,
    Once,
    Permit,
    Reply,
    RequestModel,
    exchange_of,
    unseen,
)

callbacks = Doors("callbacks")

EXCLUDERS = Permit(
    Role.DEPARTMENT_SUPERVISOR,
    Role.CS_MANAGER,
    Role.STORE_MANAGER,
    Role.DEPARTMENT_HEAD,
    Role.HQ_CUSTOMER_SERVICE,
)

UnitPath = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+){0,15}$", max_length=255)
]
Points = Annotated[int, Field(ge=0, le=1000)]


class AttemptForm(RequestModel):
    """What came of one try; `again_at` goes with `rescheduled` alone."""

    result: AttemptResult
    again_at: AwareDatetime | None = None
    said: Words | None = None


class CompletionForm(RequestModel):
    """The customer's answers by question; `words` are answers in their own words."""

    scores: Annotated[dict[Code, Points], Field(max_length=50)]
    choices: Annotated[dict[Code, Code], Field(max_length=50, default_factory=dict)]
    words: Annotated[dict[Code, Words], Field(max_length=50, default_factory=dict)]
    said: Words | None = None


class ExclusionForm(RequestModel):
    """Why nobody will call: one of the campaign's codes."""

    reason_code: Code


@callbacks.get("/callbacks", permit=READERS)
async def list_callbacks(
    request: Request,
    by: By,
    due: Annotated[Literal["all", "today", "overdue"], Query()] = "all",
    unit: Annotated[UnitPath | None, Query()] = None,
    campaign: Annotated[Code | None, Query()] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> CallbackPage:
    """Calls my units still owe, the most urgent first: all, due by the end of today, or overdue."""
    desk = desk_of(request)
    question = {"due": due, "unit": unit, "campaign": campaign}
    position = desk.cursors.open(cursor, by=by, question=question)
    at = desk.time.now()
    until = {"all": None, "today": desk.end_of_day(by.organisation), "overdue": at}[due]
    after = _after(position) if position else None
    wanted = Wanted(until=until, unit=unit, campaign=campaign, after=after, limit=limit)
    rows = await queries.queue(desk.pool, by, wanted, at=at)
    page = rows[:limit]
    more = len(rows) > limit
    sealed = desk.cursors.seal(_position(page[-1]), by=by, question=question) if more else None
    return CallbackPage(items=page, next=sealed)


@callbacks.get("/callbacks/{callback_id}", permit=READERS)
async def get_callback(callback_id: UUID, request: Request, by: By) -> Reply[CallbackView]:
    """One call: by when, how often it was tried, what was answered."""
    desk = desk_of(request)
    state, callback, revision = await _callback(desk, by, callback_id)
    reader = await reader_of(desk, by, state, request)
    return Reply(shown=callback_view(callback, state, reader), revision=revision)


@callbacks.get("/callbacks/{callback_id}/script", permit=READERS)
async def get_callback_script(callback_id: UUID, request: Request, by: By) -> Reply[ScriptView]:
    """What to ask on the phone, in the reader's language."""
    desk = desk_of(request)
    state, callback, revision = await _callback(desk, by, callback_id)
    reader = await reader_of(desk, by, state, request)
    return Reply(shown=script_view(callback, reader), revision=revision)


@callbacks.post("/callbacks/{callback_id}/attempts", permit=TELLERS, shows=CallbackReceipt)
async def record_attempt(
    callback_id: UUID,
    form: AttemptForm,
    request: Request,
    by: By,
    correlation: Correlation,
    once: Once,
    if_match: IfMatch,
) -> Reply[CallbackReceipt]:
    """Record that somebody called and what came of it; the last one allowed ends the callback."""
    desk = desk_of(request)
    subject = await queries.subject_of(desk.pool, by, callback_id)
    said, texts = took_down("attempt", form.said)
    command = RecordAttempt(
        callback_id=callback_id, result=form.result, again_at=_utc(form.again_at), said=said
    )
    knock = Knock(by=by, correlation=correlation, once=once, expecting=if_match)
    return await desk.handle(subject, command, knock, callback_recorded(callback_id), texts)


@callbacks.post("/callbacks/{callback_id}/completion", permit=TELLERS, shows=CallbackReceipt)
async def complete_callback(
    callback_id: UUID,
    form: CompletionForm,
    request: Request,
    by: By,
    correlation: Correlation,
    once: Once,
    if_match: IfMatch,
) -> Reply[CallbackReceipt]:
    """Record the answers. Scores the pack counts as dissatisfied send the case back to work."""
    desk = desk_of(request)
    subject = await queries.subject_of(desk.pool, by, callback_id)
    command, texts = _completion(callback_id, form)
    knock = Knock(by=by, correlation=correlation, once=once, expecting=if_match)
    return await desk.handle(subject, command, knock, callback_recorded(callback_id), texts)


@callbacks.post("/callbacks/{callback_id}/exclusion", permit=EXCLUDERS, shows=CallbackReceipt)
async def exclude_callback(
    callback_id: UUID,
    form: ExclusionForm,
    request: Request,
    by: By,
    correlation: Correlation,
    once: Once,
    if_match: IfMatch,
) -> Reply[CallbackReceipt]:
    """Leave a customer out, by one of the campaign's coded reasons."""
    desk = desk_of(request)
    subject = await queries.subject_of(desk.pool, by, callback_id)
    command = ExcludeCallback(callback_id=callback_id, reason=form.reason_code)
    knock = Knock(by=by, correlation=correlation, once=once, expecting=if_match)
    return await desk.handle(subject, command, knock, callback_recorded(callback_id))


@callbacks.get("/coverage", permit=READERS)
async def get_coverage(
    request: Request,
    by: By,
    since: Annotated[date, Query(alias="from")],
    until: Annotated[date, Query(alias="to")],
    unit: Annotated[UnitPath | None, Query()] = None,
) -> CoverageView:
    """Members owed a call from these local days: attempted, reached, left out by code."""
    desk = desk_of(request)
    first, last = desk.period(by.organisation, since=since, until=until)
    period = Period(since=first, until=last, unit=unit)
    language = exchange_of(request).language
    return await queries.coverage(desk.pool, by, period, at=desk.time.now(), language=language)


async def _callback(desk: Desk, by: Actor, callback_id: UUID) -> tuple[Followup, Callback, int]:
    subject = await queries.subject_of(desk.pool, by, callback_id)
    seen = await queries.followup(desk.pool, desk.followups, by, subject)
    callback = seen.state.callback(callback_id)
    if callback is None:
        raise unseen()
    return seen.state, callback, seen.revision


def _completion(
    callback_id: UUID, form: CompletionForm
) -> tuple[CompleteCallback, tuple[Written, ...]]:
    said, texts = took_down("callback", form.said)
    words = []
    for code, body in form.words.items():
        ref, text = took_down(f"answer:{code}", body)
        assert ref is not None, "an answer has words"
        words.append(ReplyPart(code=code, text=ref))
        texts += text
    command = CompleteCallback(
        callback_id=callback_id,
        scores=tuple(Score(question=code, value=value) for code, value in form.scores.items()),
        choices=tuple(Choice(question=code, word=word) for code, word in form.choices.items()),
        words=tuple(words),
        said=said,
    )
    return command, texts


def _position(row: QueuedCallback) -> tuple[str, str]:
    return (row.due_at.isoformat(), str(row.callback_id))


def _after(position: list[str | int | None]) -> tuple[datetime, UUID]:
    return datetime.fromisoformat(str(position[0])), UUID(str(position[1]))


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
