"""Insights' doors for corrective actions."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, StringConstraints
from starlette.requests import Request

from services.insights_service import listing
from services.insights_service.api import Code, UnitPath, desk_of, scope_of
from services.insights_service.domain.corrective import CloseAction, OpenAction
from services.insights_service.handler import Knock, took_down
from services.insights_service.listing import WantedActions
from services.insights_service.queries import LONG_AGO, NOBODY, reference_of
from services.insights_service.views import ActionPage, ActionReceipt, ActionView
from shared.kernel.roles import STAFF, Role
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
from shared.plumbing.identifiers import new_id

corrective_actions = Doors("corrective actions", prefix="/corrective-actions")

READERS = Permit(*STAFF, Role.AUDIT)
OWNERS = Permit(
    Role.DEPARTMENT_SUPERVISOR,
    Role.CS_MANAGER,
    Role.STORE_MANAGER,
    Role.DEPARTMENT_HEAD,
    Role.HQ_CUSTOMER_SERVICE,
    Role.OPERATIONS_VP,
    Role.GENERAL_MANAGER,
)

Words = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Person = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$")]


class ActionForm(RequestModel):
    """What is to be changed, by whom, by when; `what` is kept apart."""

    cause: Code
    unit: UnitPath
    owner: Person
    due_at: AwareDatetime
    what: Words
    complaint_id: UUID | None = None


class ActionClosingForm(RequestModel):
    """Whether it helped, and how one knows."""

    effective: bool
    proof: Words


@corrective_actions.post("", permit=OWNERS, status=201, shows=ActionReceipt)
async def open_corrective_action(
    form: ActionForm, request: Request, by: By, correlation: Correlation, once: Once
) -> Reply[ActionReceipt]:
    """Open a corrective action for one of my units, under a coded cause of the policy."""
    desk = desk_of(request)
    if not by.sees(form.unit):
        raise unseen()
    if form.complaint_id is not None:
        await reference_of(desk.pool, by, form.complaint_id)
    what, text = took_down("what", form.what)
    command = OpenAction(
        action_id=new_id(),
        cause=form.cause,
        unit=form.unit,
        owner=form.owner,
        due_at=form.due_at.astimezone(UTC),
        policy=desk.pack_now(by.organisation),
        what=what,
        complaint=form.complaint_id,
    )
    knock = Knock(by=by, correlation=correlation, once=once)
    return await desk.handle(command.action_id, command, knock, (text,), creates=True)


@corrective_actions.post("/{action_id}/closing", permit=OWNERS, shows=ActionReceipt)
async def close_corrective_action(
    action_id: UUID,
    form: ActionClosingForm,
    request: Request,
    by: By,
    correlation: Correlation,
    once: Once,
    if_match: IfMatch,
) -> Reply[ActionReceipt]:
    """Close a corrective action and say whether it was effective."""
    proof, text = took_down("proof", form.proof)
    command = CloseAction(effective=form.effective, proof=proof)
    knock = Knock(by=by, correlation=correlation, once=once, expecting=if_match)
    return await desk_of(request).handle(action_id, command, knock, (text,))


@corrective_actions.get("", permit=READERS)
async def list_corrective_actions(
    request: Request,
    by: By,
    unit: Annotated[UnitPath | None, Query()] = None,
    standing: Annotated[Literal["open", "overdue", "closed"] | None, Query()] = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> ActionPage:
    """Corrective actions of my units, the most urgent first."""
    desk, scope = desk_of(request), scope_of(request, by, unit)
    question = {"unit": unit, "standing": standing}
    position = desk.cursors.open(cursor, by=by, question=question)
    wanted = WantedActions(standing=standing, after=_after(position), limit=limit)
    found = await listing.actions(desk.pool, scope, wanted)
    sealed = None
    if len(found) > limit:
        last = found[limit - 1]
        at = (last.due_at.isoformat(), str(last.action_id))
        sealed = desk.cursors.seal(at, by=by, question=question)
    return ActionPage(items=found[:limit], next=sealed)


@corrective_actions.get("/{action_id}", permit=READERS)
async def get_corrective_action(action_id: UUID, request: Request, by: By) -> Reply[ActionView]:
    """One corrective action with its words."""
    desk, language = desk_of(request), exchange_of(request).language
    shown, revision = await listing.action(desk.pool, desk.actions, by, action_id, language)
    return Reply(shown=shown, revision=revision)


def _after(position: list[str | int | None] | None) -> tuple[datetime, UUID]:
    if position is None:
        return LONG_AGO, NOBODY
    return datetime.fromisoformat(str(position[0])), UUID(str(position[1]))
