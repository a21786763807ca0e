"""The hotline's tickets: believed by signature, carried out once, answered the same ever after."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog

from services.intake_service.bodies import HotlineTicket, Registration
from services.intake_service.domain import confirming
from services.intake_service.domain.commands import RegisterComplaint
from services.intake_service.domain.form import PHONE_MAX, PHONE_MIN
from services.intake_service.domain.words import Status
from services.intake_service.entering import Entry
from services.intake_service.handler import Intake, Knock
from services.intake_service.phones import e164, region_of
from services.intake_service.showing import standing
from services.intake_service.signatures import Message, Signatures
from services.intake_service.tables import HOTLINE_TICKETS, WEBHOOK_IN
from shared.kernel.errors import Invalid, Pointer
from shared.kernel.occasion import Actor
from shared.kernel.policy.intake import FieldType, FormField
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.kernel.roles import Role
from shared.plumbing.changes import Answer, Aside
from shared.plumbing.crashpoints import reach
from shared.plumbing.http import Refusal

CHANNEL = "hotline"
TAKEN = {"pk_hotline_tickets", "pk_webhook_in"}
ATTEMPTS_MAX = 3

log = structlog.get_logger("hotline")


class HotlineUnknown(Invalid):
    """Nobody served here has this hotline number."""


class MessageReused(Invalid):
    """This message id was used before, for another ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A hotline number: whose it is and which unit answers it."""

    organisation: Organisation
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotlines:
    """The door's own knowledge: whom to believe and whose number was dialled."""

    intake: Intake
    signatures: Signatures
    lines: dict[str, Line]

    def believe(self, provider: str, headers: dict[bytes, bytes], body: bytes) -> Message:
        """The message, when its signature holds. Raises Refusal (401); keeps no word of it."""
        message = self.signatures.verified(provider, headers, body)
        if message is None:
            digest = hashlib.sha256(body).hexdigest()
            log.warning("hotline message not believed", sha256=digest, length=len(body))
            raise Refusal("signature-invalid")
        reach("hotline.believed")
        return message

    async def take(
        self, provider: str, message: Message, ticket: HotlineTicket, correlation: UUID
    ) -> Answer:
        """Register the ticket, or answer again what it was answered. Raises HotlineUnknown,
        MessageReused and whatever is wrong with the words.
        """
        for _ in range(ATTEMPTS_MAX):
            stored = await self._stored(provider, message, ticket)
            if stored is not None:
                return stored
            try:
                reach("hotline.unknown")
                answer = await self._register(provider, message, ticket, correlation)
            except asyncpg.UniqueViolationError as taken:
                if taken.constraint_name not in TAKEN:
                    raise
            else:
                reach("hotline.taken")
                return answer
        raise Refusal("overloaded")

    async def _register(
        self, provider: str, message: Message, ticket: HotlineTicket, correlation: UUID
    ) -> Answer:
        line = self._line(ticket.called)
        by = Actor(
            id=f"machine:hotline-{provider}",
            organisation=line.organisation.id,
            roles=frozenset({Role.HOTLINE}),
            units=frozenset({line.unit}),
        )
        now = self.intake.shell.time.now()
        pack = self.intake.pack_at(line.organisation, min(ticket.received_at or now, now))
        body = registration_of(ticket, pack, line, now)
        entry = self.intake.entry(body, by, whole=False, ticket=ticket.ticket)
        entry = await self.intake.recognised(entry, by.organisation)
        ask = await self.intake.asked(entry, Knock(by=by, correlation=correlation))
        assert isinstance(ask.command, RegisterComplaint), "asked for a registration"
        told = _told(ticket.ticket, ask.command, entry)
        written = (by.organisation, ask.command.complaint_id, told)
        beside = _beside(provider, message, ticket.ticket, written)
        ask = replace(ask, asides=[*ask.asides, *beside])
        return await self.intake.shell.handle(
            self.intake.complaints,
            ask,
            lambda _state, head: Answer(status=201, body=told, revision=head.revision),
        )

    async def _stored(
        self, provider: str, message: Message, ticket: HotlineTicket
    ) -> Answer | None:
        pool = self.intake.shell.pool
        row = await pool.fetchrow(_STORED, provider, message.id, ticket.ticket)
        if row is None:
            return None
        if row["ticket"] != ticket.ticket:
            raise MessageReused
        if not row["heard"]:
            await pool.execute(_HEARD, provider, *_digested(message, row["ticket"]))
        return Answer(status=200, body=bytes(row["answer"]), revision=1, replayed=True)

    def _line(self, called: str) -> Line:
        for region in {line.organisation.timezone for line in self.lines.values()}:
            number = e164(called, region_of(region))
            if number in self.lines:
                return self.lines[number]
        raise HotlineUnknown(errors=[Pointer("/called", "not-allowed-value", "")])


def lines_of(organisations: Sequence[Organisation]) -> dict[str, Line]:
    """All hotline numbers of all organisations, in E.164."""
    found = {}
    for organisation in organisations:
        for unit in organisation.units:
            number = e164(unit.hotline or "", region_of(organisation.timezone))
            if number:
                found[number] = Line(organisation=organisation, unit=unit.id)
    return found


def registration_of(ticket: HotlineTicket, pack: Pack, line: Line, now: datetime) -> Registration:
    """A ticket as a registration: the caller's words in the fields the pack has for them.

    What a caller did not say is owed, not refused: a ticket is never turned away for it.
    """
    form = dict(ticket.form)
    fields = pack.intake.form(ticket.kind)
    _fill(form, _first(fields, FieldType.NAME), _named(ticket.caller.name))
    _fill(form, _first(fields, FieldType.PHONE), _dialled(ticket.caller.phone))
    _fill(form, next((each for each in fields if each.narrative), None), ticket.content)
    return Registration(
        kind=ticket.kind,
        channel=CHANNEL,
        complainant_type=ticket.complainant_type,
        unit=line.unit,
        received_at=min(ticket.received_at, now) if ticket.received_at else None,
        classification=ticket.classification,
        form=form,
    )


def _first(fields: Sequence[FormField], kind: FieldType) -> FormField | None:
    return next((each for each in fields if each.type is kind), None)


def _fill(form: dict[str, Any], field: FormField | None, value: str | None) -> None:
    if field is not None and value is not None:
        form.setdefault(field.code, value[: field.length_max] if field.personal else value)


def _named(name: str | None) -> str | None:
    return name if name and name.strip() else None


def _dialled(phone: str | None) -> str | None:
    """A number somebody could call; a withheld one is nobody's."""
    digits = sum(map(str.isdigit, phone or ""))
    return phone if phone and digits >= PHONE_MIN and len(phone) <= PHONE_MAX else None


def _told(ticket: str, command: RegisterComplaint, entry: Entry) -> bytes:
    waits = confirming.must_await(entry.pack, command.kind)
    told = {
        "ticket": ticket,
        "complaint": command.complaint_id,
        "reference": command.reference,
        "status": Status.AWAITING_CONFIRMATION if waits else Status.OPEN,
        "standing": standing({}),
    }
    return orjson.dumps(told)


def _digested(message: Message, ticket: str) -> tuple[str, str, bytes, int]:
    return message.id, ticket, hashlib.sha256(message.body).digest(), len(message.body)


def _beside(
    provider: str, message: Message, ticket: str, command: tuple[str, UUID, bytes]
) -> list[Aside]:
    """The ticket with its answer, and the message: both at most once, by their keys."""
    organisation, complaint, told = command
    message_id, _, digest, length = _digested(message, ticket)
    kept = {
        "provider": provider,
        "ticket": ticket,
        "organisation": organisation,
        "complaint": complaint,
        "answer": told,
    }
    heard = {
        "provider": provider,
        "message": message_id,
        "ticket": ticket,
        "sha256": digest,
        "length": length,
    }
    return [Aside(table=HOTLINE_TICKETS, values=kept), Aside(table=WEBHOOK_IN, values=heard)]


_STORED = """
select t.ticket, t.answer, w.message is not null as heard
from intake.hotline_tickets t
left join intake.webhook_in w on w.provider = t.provider and w.message = $2
where t.provider = $1 and t.ticket = coalesce(
    (select ticket from intake.webhook_in where provider = $1 and message = $2), $3)
"""
_HEARD = """
insert into intake.webhook_in (provider, message, ticket, sha256, length)
values ($1, $2, $3, $4, $5) on conflict do nothing
"""
