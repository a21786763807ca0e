"""Insights' doors to its read models: queue, timeline, counts, board."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, StringConstraints
from starlette.requests import Request

from services.insights_service import queries
from services.insights_service.handler import Desk, require_period
from services.insights_service.queries import Scope, Wanted
from services.insights_service.views import (
    BoardView,
    CountsView,
    QueuePage,
    TimelinePage,
)
from shared.kernel.occasion import Actor
from shared.kernel.roles import STAFF, Role
from shared.plumbing.http import By, CursorText, Doors, Limit, Permit, Reply, exchange_of

boards = Doors("insights")

READERS = Permit(*STAFF, Role.FINANCE, Role.AUDIT)
COUNTERS = Permit(
    Role.DEPARTMENT_SUPERVISOR,
    Role.CS_MANAGER,
    Role.STORE_MANAGER,
    Role.DEPARTMENT_HEAD,
    Role.HQ_CUSTOMER_SERVICE,
    Role.OPERATIONS_VP,
    Role.GENERAL_MANAGER,
    Role.FINANCE,
    Role.AUDIT,
)

UnitPath = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+){0,15}$", max_length=200)
]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.:-]*$", max_length=80)]
Status = Literal[
    "registered",
    "confirmed",
    "opened",
    "routed",
    "accepted",
    "investigated",
    "proposed",
    "rejected",
    "agreed",
    "executed",
    "closing",
    "closed",
    "reopened",
    "withdrawn",
]


def desk_of(request: Request) -> Desk:
    """The desk of this process."""
    desk: Desk = request.app.state.desk
    return desk


def scope_of(request: Request, by: Actor, unit: str | None = None) -> Scope:
    """Who asks, in which language, about which unit."""
    names = desk_of(request).names.get(by.organisation, {})
    return Scope(by=by, language=exchange_of(request).language, names=names, unit=unit)


@boards.get("/queue", permit=READERS)
async def get_queue(  # noqa: PLR0913, PLR0917 - one parameter a filter
    request: Request,
    by: By,
    unit: Annotated[UnitPath | None, Query()] = None,
    status: Annotated[Status | None, Query()] = None,
    waiting_for: Annotated[Code | None, Query()] = None,
    due_before: Annotated[AwareDatetime | None, Query()] = None,
    show: Annotated[Literal["open", "breached", "gap"], Query()] = "open",
    limit: Limit = 50,
    cursor: CursorText = None,
) -> QueuePage:
    """Complaints my units see, the most urgent first.

    `waiting_for` is a code such as `approval`, `approval:store_manager`, `payment`, `signature`,
    `confirmation`, `acceptance`, `assistance`, `customer` or `callback`. `show` picks among open
    complaints where neither status nor waiting is asked for.
    """
    desk, scope = desk_of(request), scope_of(request, by, unit)
    question = {"unit": unit, "status": status, "wait": waiting_for, "by": due_before, "show": show}
    wanted = Wanted(
        lane=_lane(status, waiting_for, show),
        status=status if waiting_for else None,
        until=due_before,
        after=_after(desk.cursors.open(cursor, by=by, question=question)),
        limit=limit,
    )
    rows = await queries.queue(desk.pool, scope, wanted)
    sealed = None
    if len(rows) > limit:
        due_at, last = rows[limit - 1]
        position = (due_at.isoformat(), str(last.complaint_id))
        sealed = desk.cursors.seal(position, by=by, question=question)
    return QueuePage.model_construct(items=[item for _, item in rows[:limit]], next=sealed)


@boards.get("/complaints/{complaint_id}/timeline", permit=READERS)
async def get_timeline(
    complaint_id: UUID,
    request: Request,
    by: By,
    limit: Limit = 100,
    cursor: CursorText = None,
) -> TimelinePage:
    """Everything that happened to a complaint, in every service, in the reader's words."""
    desk = desk_of(request)
    reference = await queries.reference_of(desk.pool, by, complaint_id)
    question = {"timeline": str(complaint_id)}
    after = _after(desk.cursors.open(cursor, by=by, question=question))
    language = exchange_of(request).language
    found = await queries.timeline(
        desk.pool, complaint_id, after=after, limit=limit, language=language
    )
    sealed = None
    if len(found) > limit:
        last = found[limit - 1]
        position = (last.at.isoformat(), str(last.event_id))
        sealed = desk.cursors.seal(position, by=by, question=question)
    return TimelinePage(
        complaint_id=complaint_id, reference=reference, items=found[:limit], next=sealed
    )


@boards.get("/counts", permit=COUNTERS)
async def get_counts(
    request: Request,
    by: By,
    since: Annotated[date, Query(alias="from")],
    until: Annotated[date, Query(alias="to")],
    unit: Annotated[UnitPath | None, Query()] = None,
    group_by: Annotated[Literal["day", "month", "unit", "kind", "content"], Query()] = "day",
) -> CountsView:
    """How many were registered, closed, breached …, and what was paid, by local day or group."""
    require_period(since, until)
    desk, scope = desk_of(request), scope_of(request, by, unit)
    rows = await queries.counts(desk.pool, scope, since=since, until=until, group_by=group_by)
    pack = desk.packs.by_hash(desk.pack_now(by.organisation))
    return CountsView(
        since=since,
        until=until,
        group_by=group_by,
        currency=pack.currency,
        rows=rows,
        total=queries.total(rows),
    )


@boards.get("/board", permit=READERS)
async def get_board(
    request: Request, by: By, unit: Annotated[UnitPath | None, Query()] = None
) -> Reply[BoardView]:
    """What is pressing in my units: due today, breached, waiting, calls due, custody gaps."""
    desk, scope = desk_of(request), scope_of(request, by, unit)
    midnight = desk.midnight(by.organisation)
    shown = await queries.board(desk.pool, scope, at=desk.time.now(), midnight=midnight)
    return Reply(shown=shown)


def _lane(status: str | None, waiting_for: str | None, show: str) -> str:
    if waiting_for is not None:
        return f"waiting:{waiting_for}"
    return f"status:{status}" if status is not None else show


def _after(position: list[str | int | None] | None) -> tuple[datetime, UUID]:
    if position is None:
        return queries.LONG_AGO, queries.NOBODY
    return datetime.fromisoformat(str(position[0])), UUID(str(position[1]))
