"""Corrective actions as people ask for them: the list, and one with its words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.insights_service import views as v
from services.insights_service.domain.corrective import CorrectiveAction
from services.insights_service.labels import label
from services.insights_service.queries import LONG_AGO, NOBODY, Scope
from shared.kernel.occasion import Actor
from shared.plumbing.http import unseen
from shared.plumbing.shell import current_of
from shared.plumbing.together import AnyAggregate


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedActions:
    """Which corrective actions, from where."""

    standing: str | None = None
    after: tuple[datetime, UUID] = (LONG_AGO, NOBODY)
    limit: int = 50


async def actions(pool: asyncpg.Pool, scope: Scope, wanted: WantedActions) -> list[v.ActionItem]:
    """The most urgent first; one more than `limit` says: go on."""
    seers = scope.seers
    rows = await pool.fetch(
        "select id, complaint, cause, unit, owner, due_at, standing "
        "from insights.corrective_actions "
        "where organisation = $1 and (unit = any($2) or unit like any($3)) "
        "and ($4::text is null or standing = $4) and (due_at, id) > ($5, $6) "
        "order by due_at, id limit $7",
        scope.by.organisation,
        seers,
        [f"{unit}.%" for unit in seers],
        wanted.standing,
        *wanted.after,
        wanted.limit + 1,
    )
    return [_item(row, scope.language) for row in rows]


def _item(row: asyncpg.Record, language: str) -> v.ActionItem:
    return v.ActionItem(
        action_id=row["id"],
        complaint_id=row["complaint"],
        cause=row["cause"],
        unit=row["unit"],
        owner=row["owner"],
        due_at=row["due_at"],
        standing=row["standing"],
        standing_label=label("standing", row["standing"], language),
    )


async def action(
    pool: asyncpg.Pool, aggregate: AnyAggregate, by: Actor, action_id: UUID, language: str
) -> tuple[v.ActionView, int]:
    """One corrective action with its words, and its revision. Raises Refusal (404)."""
    row = await pool.fetchrow(
        "select organisation, version, facts, revision, head, state "
        "from insights.corrective_actions where id = $1 and organisation = $2",
        action_id,
        by.organisation,
    )
    state: CorrectiveAction | None
    state = current_of(aggregate, action_id, row, by.organisation).state
    if row is None or state is None or not by.sees(state.unit):
        raise unseen()
    bodies = await _texts(pool, action_id)
    return _view(state, bodies, language), row["revision"]


async def _texts(pool: asyncpg.Pool, action_id: UUID) -> dict[UUID, str]:
    rows = await pool.fetch("select id, body from insights.texts where aggregate = $1", action_id)
    return {row["id"]: row["body"] for row in rows}


def _view(state: CorrectiveAction, bodies: dict[UUID, str], language: str) -> v.ActionView:
    return v.ActionView(
        action_id=state.id,
        complaint_id=state.complaint,
        cause=state.cause,
        unit=state.unit,
        owner=state.owner,
        due_at=state.due_at,
        standing=state.standing,
        standing_label=label("standing", state.standing, language),
        opened_at=state.opened_at,
        opened_by=state.opened_by,
        closed_at=state.closed_at,
        effective=state.effective,
        what=bodies.get(state.what.id),
        proof=bodies.get(state.proof.id) if state.proof else None,
    )
