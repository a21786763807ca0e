"""The desk behind followup's doors: one command in, one answer out."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import orjson
from pydantic import BaseModel

from services.followup_service.domain import Command, Followup, Rules
from services.followup_service.domain.rules import rules_of
from services.followup_service.domain.state import TextRef
from services.followup_service.store import Followups
from services.followup_service.views import CallbackReceipt, NoticeReceipt, ReplyReceipt
from shared.kernel.errors import Invalid
from shared.kernel.occasion import Actor
from shared.kernel.policy.pack import Pack
from shared.plumbing.changes import Answer, Head, Origin, Written, written
from shared.plumbing.database import BusinessTime
from shared.plumbing.http import Cursors, Expectation, Idempotency, Reply
from shared.plumbing.inbox import Premature
from shared.plumbing.packs import Packs, UnknownPack
from shared.plumbing.shell import Answering, Ask, Shell

PERIOD_DAYS_MAX = 400


class PeriodOutOfPlace(Invalid):
    """A period begins before it ends, and is 400 days at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """Who is at a door, and what makes the request this one."""

    by: Actor
    correlation: UUID
    once: Idempotency
    expecting: Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What followup's doors share; built once at the start of a process."""

    pool: asyncpg.Pool
    shell: Shell
    time: BusinessTime
    packs: Packs
    followups: Followups
    cursors: Cursors

    async def handle(
        self,
        subject: UUID,
        command: Command,
        knock: Knock,
        answering: Answering[Followup],
        texts: tuple[Written, ...] = (),
    ) -> Reply[Any]:
        """Carries out one command of a person on one followup."""
        ask = Ask(
            id=subject,
            command=command,
            by=knock.by,
            origin=Origin(correlation=knock.correlation),
            once=knock.once,
            expecting=knock.expecting,
            sees=lambda state: state.seen_by(knock.by),
            texts=texts,
        )
        answer = await self.shell.handle(self.followups, ask, answering)
        return Reply(
            raw=answer.body,
            status=answer.status,
            revision=answer.revision,
            location=answer.location,
            replayed=answer.replayed,
        )

    def rules(self, state: Followup) -> Rules:
        """What it is judged by, of the version it is pinned to. Raises Premature."""
        return rules_of(self.pack(state))

    def pack(self, state: Followup) -> Pack:
        """The version it is pinned to. Raises Premature while that is on its way."""
        try:
            return self.packs.by_hash(state.subject.policy)
        except UnknownPack as unknown:
            raise Premature from unknown

    def end_of_day(self, organisation: str) -> datetime:
        """The end of the present local day, where the organisation is."""
        zone = ZoneInfo(self.packs.organisation(organisation).timezone)
        today = self.time.now().astimezone(zone).date()
        return _midnight(today + timedelta(days=1), zone)

    def period(self, organisation: str, *, since: date, until: date) -> tuple[datetime, datetime]:
        """Local days, both included, as moments. Raises PeriodOutOfPlace."""
        if not timedelta(0) <= until - since <= timedelta(days=PERIOD_DAYS_MAX):
            raise PeriodOutOfPlace
        zone = ZoneInfo(self.packs.organisation(organisation).timezone)
        return _midnight(since, zone), _midnight(until + timedelta(days=1), zone)


def took_down(subject: str, body: str | None) -> tuple[TextRef | None, tuple[Written, ...]]:
    """What somebody typed: its reference for the command, its body for the `texts` table."""
    if body is None:
        return None, ()
    text = written(subject, body)
    return TextRef(id=text.id, commitment=text.commitment), (text,)


def notice_recorded(notice: UUID) -> Answering[Followup]:
    """Answers with what goes on the receipt."""

    def answering(state: Followup, head: Head) -> Answer:
        found = next(known for known in state.notices if known.id == notice)
        receipt = NoticeReceipt(
            complaint_id=state.subject.id,
            reference=state.subject.reference,
            notice_id=found.id,
            kind=found.kind,
            sent_at=found.sent_at,
            handler=found.handler,
            promised_at=found.promised_at,
        )
        return _answer(receipt, head, status=201)

    return answering


def reply_recorded(state: Followup, head: Head) -> Answer:
    """Answers with how far the written reply has come."""
    reply = state.reply
    assert reply is not None, "what was recorded was owed"
    receipt = ReplyReceipt(
        complaint_id=state.subject.id,
        ticket=reply.ticket,
        stage=reply.stage,
        delivered_at=reply.delivered_at,
    )
    return _answer(receipt, head)


def callback_recorded(callback_id: UUID) -> Answering[Followup]:
    """Answers with where the callback stands."""

    def answering(state: Followup, head: Head) -> Answer:
        callback = state.callback(callback_id)
        assert callback is not None, "what was recorded was one of ours"
        receipt = CallbackReceipt(
            callback_id=callback.id,
            status=callback.status,
            reason=callback.reason,
            attempts=len(callback.attempts),
            call_from=callback.call_from,
            due_at=callback.due_at,
            total=callback.answers.total if callback.answers else None,
            satisfied=callback.answers.satisfied if callback.answers else None,
        )
        return _answer(receipt, head)

    return answering


def _answer(receipt: BaseModel, head: Head, *, status: int = 200) -> Answer:
    body = orjson.dumps(receipt.model_dump())
    return Answer(status=status, body=body, revision=head.revision)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
