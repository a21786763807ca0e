"""Doors for delegations: who lets whom approve how much, until when (AUTO-06)."""

from uuid import UUID

from services.compensation_service import queries
from services.compensation_service.bodies import DelegationBody
from services.compensation_service.domain.delegation import GiveDelegation
from services.compensation_service.handler import Asked
from services.compensation_service.knocking import GIVERS, READERS, At, question, reply
from services.compensation_service.receipts import DelegationReceipt
from services.compensation_service.showing import delegation_view
from services.compensation_service.views import DelegationPage
from shared.plumbing.changes import Origin
from shared.plumbing.http import (
    By,
    Correlation,
    CursorText,
    Doors,
    IfMatch,
    Limit,
    Once,
    Reply,
    require_sight,
)

delegations = Doors("delegations")


@delegations.put(
    "/delegations/{delegation_id}",
    permit=GIVERS,
    refuses=("delegation-not-allowed", "delegation-ended", "duties-not-separated"),
)
async def put_delegation(
    delegation_id: UUID,
    body: DelegationBody,
    at: At,
    by: By,
    once: Once,
    seen: IfMatch,
    correlation: Correlation,
) -> Reply[DelegationReceipt]:
    """Delegate an amount for a period, or change it (then with If-Match)."""
    require_sight(by, organisation=by.organisation, unit=body.unit)
    starts_at, ends_at = body.period
    command = GiveDelegation(
        policy=at.service.shelf.current(by.organisation).ref.hash,
        delegation_id=delegation_id,
        taker=body.taker,
        taker_role=body.taker_role,
        unit=body.unit,
        limit_minor=body.limit_minor,
        currency=body.currency,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once, expecting=seen)
    return reply(await at.service.delegate(asked, command))


@delegations.delete("/delegations/{delegation_id}", permit=GIVERS)
async def revoke_delegation(
    delegation_id: UUID, at: At, by: By, once: Once, seen: IfMatch, correlation: Correlation
) -> Reply[DelegationReceipt]:
    """End a delegation now. What was approved under it and is not paid needs approval again."""
    asked = Asked(by=by, origin=Origin(correlation=correlation), once=once, expecting=seen)
    return reply(await at.service.revoke(asked, delegation_id))


@delegations.get("/delegations", permit=READERS, refuses=("cursor-invalid",))
async def list_delegations(
    at: At, by: By, limit: Limit = 50, cursor: CursorText = None
) -> DelegationPage:
    """Delegations to oneself, and of the units one sees, by their beginning."""
    filters, cursors = question(door="delegations"), at.service.cursors
    after = cursors.open(cursor, by=by, question=filters)
    rows = await queries.delegations_page(at.service.shell.pool, by, after, limit + 1)
    shown = rows[:limit]
    more = None
    if len(rows) > limit:
        last = (shown[-1]["starts_at"].isoformat(), str(shown[-1]["id"]))
        more = cursors.seal(last, by=by, question=filters)
    return DelegationPage(items=[delegation_view(row) for row in shown], next=more)
