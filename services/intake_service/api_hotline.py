"""Door 1 for complaint hotlines: signed tickets in, the standing of a ticket out."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Path
from pydantic import TypeAdapter
from starlette.requests import Request

from services.intake_service import queries, showing
from services.intake_service.bodies import HotlineTicket, TicketId
from services.intake_service.doorway import Service, said
from services.intake_service.hotline import Hotlines
from services.intake_service.views import TicketView
from shared.kernel.roles import Role
from shared.plumbing.http import (
    By,
    Correlation,
    Doors,
    Permit,
    Reply,
    exchange_of,
    read_raw,
    unseen,
)
from shared.plumbing.web.bodies import parse

doors = Doors("hotline", prefix="/hotline/{provider}/tickets")

BODY_MAX = 256 * 1024
Provider = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
_TICKET: TypeAdapter[HotlineTicket] = TypeAdapter(HotlineTicket)


def hotlines_of(request: Request) -> Hotlines:
    """The hotlines of this app."""
    found: Hotlines = request.scope["app"].state.hotlines
    return found


Lines: TypeAlias = Annotated[Hotlines, Depends(hotlines_of)]


@doors.post(
    "",
    permit=Permit.to_anyone(because="the message is signed (Standard Webhooks)"),
    repeatable="a message and a ticket are each taken once, by their own ids",
    status=201,
    body_max=BODY_MAX,
    shows=TicketView,
    requests=HotlineTicket,
    refuses=(
        "signature-invalid",
        "hotline-unknown",
        "message-reused",
        "form-invalid",
        "classification-invalid",
        "no-policy-in-force",
    ),
)
async def take_ticket(
    request: Request, provider: Provider, trace: Correlation, lines: Lines
) -> Reply[TicketView]:
    """Take a ticket that a hotline passes on; 201 the first time, the same answer with 200 after.

    Needs `webhook-id`, `webhook-timestamp` and `webhook-signature` over the raw bytes. The unit is
    the one whose hotline number was dialled. Fields the caller did not give are owed, not refused.
    """
    exchange = exchange_of(request)
    raw = await read_raw(exchange.headers, request.receive, BODY_MAX)
    message = lines.believe(provider, exchange.headers, raw)
    ticket = parse(exchange, raw, _TICKET)
    answer = await lines.take(provider, message, ticket, trace)
    return Reply(raw=answer.body, status=answer.status, replayed=answer.replayed)


@doors.get("/{ticket}", permit=Permit(Role.HOTLINE), shows=TicketView)
async def get_ticket(
    provider: Provider, ticket: TicketId, by: By, intake: Service
) -> Reply[TicketView]:
    """Tell how a ticket stands: record, holder, what is owed next and when."""
    row = await queries.ticket_of(intake.shell.pool, by.organisation, provider, ticket)
    if row is None or not by.sees(row["unit"]):
        raise unseen()
    view = {
        "ticket": ticket,
        "complaint": row["id"],
        "reference": row["reference"],
        "status": row["status"],
        "standing": showing.standing(row),
    }
    return said(view, revision=row["revision"])
