"""What people ask of followup: one function per question, from SQL to the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.followup_service import views as v
from services.followup_service.domain import Followup
from services.followup_service.labels import label
from shared.kernel.occasion import Actor
from shared.plumbing.http import unseen
from shared.plumbing.shell import current_of
from shared.plumbing.together import AnyAggregate


@dataclass(frozen=True, slots=True)
class Seen:
    """A followup the actor may see, and its revision."""

    state: Followup
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls a queue shows. `until`: due by then; `after`: the last row of the page before."""

    until: datetime | None
    unit: str | None
    campaign: str | None
    after: tuple[datetime, UUID] | None
    limit: int


async def followup(pool: asyncpg.Pool, aggregate: AnyAggregate, by: Actor, subject: UUID) -> Seen:
    """Raises Refusal (404) for what is not there, or is another unit's or organisation's."""
    row = await pool.fetchrow(
        "select organisation, version, facts, revision, head, state from followup.followups "
        "where id = $1 and organisation = $2",
        subject,
        by.organisation,
    )
    state = current_of(aggregate, subject, row, by.organisation).state
    if row is None or state is None or not state.seen_by(by):
        raise unseen(retry_after_s=1)
    return Seen(state, row["revision"])


async def texts(pool: asyncpg.Pool, subject: UUID) -> dict[UUID, str]:
    """Everything people typed about one followup."""
    rows = await pool.fetch("select id, body from followup.texts where aggregate = $1", subject)
    return {row["id"]: row["body"] for row in rows}


async def subject_of(pool: asyncpg.Pool, by: Actor, callback: UUID) -> UUID:
    """The followup a callback belongs to. Raises Refusal (404)."""
    found: UUID | None = await pool.fetchval(
        "select followup from followup.callbacks where callback_id = $1 and organisation = $2",
        callback,
        by.organisation,
    )
    if found is None:
        raise unseen(retry_after_s=1)
    return found


_QUEUE = """
select callback_id, followup, visit, reference, customer, campaign, unit, role,
       call_from, due_at, overdue, attempts
from followup.callbacks
where organisation = $1 and status = 'due'
  and (unit = any($2) or unit like any($3))
  and ($4::timestamptz is null or due_at <= $4)
  and ($5::text is null or unit = $5 or unit like $5 || '.%')
  and ($6::text is null or campaign = $6)
  and ($7::timestamptz is null or (due_at, callback_id) > ($7, $8::uuid))
order by due_at, callback_id
limit $9
"""


async def queue(
    pool: asyncpg.Pool, by: Actor, wanted: Wanted, *, at: datetime
) -> list[v.QueuedCallback]:
    """Calls still owed by my units, the most urgent first; one more than `limit` says: go on."""
    after_at, after_id = wanted.after or (None, None)
    rows = await pool.fetch(
        _QUEUE,
        by.organisation,
        *_visible(by),
        wanted.until,
        wanted.unit,
        wanted.campaign,
        after_at,
        after_id,
        wanted.limit + 1,
    )
    return [_queued(row, at) for row in rows]


def _visible(by: Actor) -> tuple[list[str], list[str]]:
    return sorted(by.units), [f"{unit}.%" for unit in sorted(by.units)]


def _queued(row: asyncpg.Record, at: datetime) -> v.QueuedCallback:
    return v.QueuedCallback(
        callback_id=row["callback_id"],
        complaint_id=None if row["visit"] else row["followup"],
        visit_id=row["followup"] if row["visit"] else None,
        reference=row["reference"],
        customer=row["customer"],
        campaign=row["campaign"],
        unit=row["unit"],
        role=row["role"],
        call_from=row["call_from"],
        due_at=row["due_at"],
        overdue=row["overdue"] or row["due_at"] <= at,
        callable=row["call_from"] <= at,
        attempts=row["attempts"],
    )


_COVERAGE = """
select reason, status = 'excluded' as excluded,
       count(*) as callbacks,
       count(*) filter (where attempts > 0 or status = 'completed') as attempted,
       count(*) filter (where reached) as reached,
       count(*) filter (where status = 'completed') as completed,
       count(*) filter (where overdue or (status = 'due' and due_at <= $6)) as overdue
from followup.callbacks
where organisation = $1 and member
  and (unit = any($2) or unit like any($3))
  and triggered_at >= $4 and triggered_at < $5
  and ($7::text is null or unit = $7 or unit like $7 || '.%')
group by 1, 2 order by 1, 2
"""

_MEMBERS = """
select count(distinct coalesce(customer, followup::text)) from followup.callbacks
where organisation = $1 and member
  and (unit = any($2) or unit like any($3))
  and triggered_at >= $4 and triggered_at < $5
  and ($6::text is null or unit = $6 or unit like $6 || '.%')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since` on, before `until`; `unit` and below where it is named."""

    since: datetime
    until: datetime
    unit: str | None


async def coverage(
    pool: asyncpg.Pool, by: Actor, period: Period, *, at: datetime, language: str
) -> v.CoverageView:
    """Members with a trigger in the period: due, attempted, reached, excluded (AUTO-64, Q08)."""
    scope = (by.organisation, *_visible(by), period.since, period.until)
    rows = await pool.fetch(_COVERAGE, *scope, at, period.unit)
    members = await pool.fetchval(_MEMBERS, *scope, period.unit)
    owed = [row for row in rows if not row["excluded"]]
    total = sum(row["callbacks"] for row in owed)
    attempted, reached = _sum(owed, "attempted"), _sum(owed, "reached")
    return v.CoverageView(
        triggered=_sum(rows, "callbacks"),
        members=members,
        excluded=[_exclusion(row, language) for row in rows if row["excluded"]],
        owed=total,
        attempted=attempted,
        reached=reached,
        completed=_sum(owed, "completed"),
        overdue=_sum(owed, "overdue"),
        attempted_percent=_percent(attempted, total),
        reached_percent=_percent(reached, total),
    )


def _sum(rows: Sequence[asyncpg.Record], column: str) -> int:
    return sum(row[column] for row in rows)


def _exclusion(row: asyncpg.Record, language: str) -> v.ExclusionCount:
    code = row["reason"]
    return v.ExclusionCount(
        reason=code, label=label("reason", code, language), callbacks=row["callbacks"]
    )


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
