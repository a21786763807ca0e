"""What people ask of the read models: one function per question, from SQL to the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import orjson

from services.insights_service import views as v
from services.insights_service.counting import MEASURES
from services.insights_service.domain.entry import FAR
from services.insights_service.labels import label
from shared.kernel.occasion import Actor, covers
from shared.kernel.policy.words import Text
from shared.plumbing.http import unseen

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who asks, in which words, about which of their units; `names` are those of all units."""

    by: Actor
    language: str
    names: Mapping[str, Text]
    unit: str | None = None

    @property
    def seers(self) -> list[str]:
        """The topmost units whose queues answer: the unit asked for, cut to what they may see."""
        own = self.by.units
        if self.unit is not None:
            own = frozenset(
                {self.unit} if self.by.sees(self.unit) else (u for u in own if covers(self.unit, u))
            )
        return sorted(u for u in own if not any(o != u and covers(o, u) for o in own))

    def unit_label(self, unit: str) -> str:
        """The unit's name; its path while the organisation's file does not have it."""
        known = self.names.get(unit)
        return known.of(self.language) if known else unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lane of the queue, from where; `status` narrows a lane that is not its own."""

    lane: str
    status: str | None = None
    until: datetime | None = None
    after: tuple[datetime, UUID] = (LONG_AGO, NOBODY)
    limit: int = 50


_COLUMNS = """
q.complaint, q.reference, q.unit, q.kind, q.content, q.channel, q.severity, q.tier, q.status,
q.holder_unit, q.holder_person, q.next_clock, q.next_due_at, q.warned, q.breached, q.waiting,
q.opened_at, l.due_at
"""


def _page(narrowed: str = "") -> str:
    """A range of the lines' key for each unit, merged: it reads what it shows, no more."""
    return f"""
select {_COLUMNS} from (
  select distinct x.due_at, x.complaint
  from unnest($2::text[]) u(seer) cross join lateral (
    select n.due_at, n.complaint from insights.lines n
    where n.organisation = $1 and n.seer = u.seer and n.lane = $3
      and (n.due_at, n.complaint) > ($4, $5) and n.due_at <= $6 {narrowed}
    order by n.due_at, n.complaint limit $7) x
  order by x.due_at, x.complaint limit $7) l
join insights.queue q using (complaint)
order by l.due_at, l.complaint
"""  # noqa: S608 our own words


_PAGE = _page()
_NARROWED = _page(
    "and exists (select from insights.queue s where s.complaint = n.complaint and s.status = $8)"
)


async def queue(
    pool: asyncpg.Pool, scope: Scope, wanted: Wanted
) -> list[tuple[datetime, v.QueueItem]]:
    """The most urgent first, each with its sort key; one more than `limit` says: go on."""
    arguments = (
        scope.by.organisation,
        scope.seers,
        wanted.lane,
        *wanted.after,
        wanted.until or FAR,
        wanted.limit + 1,
    )
    if wanted.status is None:
        rows = await pool.fetch(_PAGE, *arguments)
    else:
        rows = await pool.fetch(_NARROWED, *arguments, wanted.status)
    return [(row["due_at"], _item(row, scope)) for row in rows]


def _item(row: asyncpg.Record, scope: Scope) -> v.QueueItem:
    language = scope.language
    return v.QueueItem.model_construct(
        complaint_id=row["complaint"],
        reference=row["reference"],
        unit=row["unit"],
        unit_label=scope.unit_label(row["unit"]),
        kind=row["kind"],
        content=row["content"],
        channel=row["channel"],
        severity=row["severity"],
        tier=row["tier"],
        status=row["status"],
        status_label=label("status", row["status"], language),
        holder_unit=row["holder_unit"],
        holder_unit_label=scope.unit_label(row["holder_unit"]),
        holder_person=row["holder_person"] or None,
        next_clock=row["next_clock"],
        next_due_at=row["next_due_at"],
        warned=row["warned"],
        breached=row["breached"],
        waiting_for=_waiting(row["waiting"], language),
        opened_at=row["opened_at"],
    )


def _waiting(raw: bytes, language: str) -> list[v.WordView]:
    codes = orjson.loads(raw)
    return [
        v.WordView.model_construct(
            code=code, label=label("waiting", code.partition(":")[0], language)
        )
        for code in codes
    ]


async def reference_of(pool: asyncpg.Pool, by: Actor, complaint: UUID) -> str:
    """The reference of a complaint the actor may see. Raises Refusal (404)."""
    row = await pool.fetchrow(
        "select reference, unit, holder_unit from insights.queue "
        "where complaint = $1 and organisation = $2",
        complaint,
        by.organisation,
    )
    if row is None or not (by.sees(row["unit"]) or by.sees(row["holder_unit"])):
        raise unseen()
    return str(row["reference"])


async def timeline(
    pool: asyncpg.Pool,
    complaint: UUID,
    *,
    after: tuple[datetime, UUID] = (LONG_AGO, NOBODY),
    limit: int,
    language: str,
) -> list[v.TimelineItem]:
    """What happened to a complaint, in order of time; one more than `limit` says: go on."""
    rows = await pool.fetch(
        "select * from insights.timeline where complaint = $1 and (at, event_id) > ($2, $3) "
        "order by at, event_id limit $4",
        complaint,
        *after,
        limit + 1,
    )
    return [_happened(row, language) for row in rows]


def _happened(row: asyncpg.Record, language: str) -> v.TimelineItem:
    return v.TimelineItem(
        event_id=row["event_id"],
        at=row["at"],
        service=row["service"],
        type=row["type"],
        label=label("fact", row["type"], language),
        actor=row["actor"],
        subject=row["subject"],
        sequence=row["sequence"],
        codes=orjson.loads(row["codes"]),
    )


GROUPS = {
    "day": "day::text",
    "month": "to_char(day, 'YYYY-MM')",
    "unit": "unit",
    "kind": "kind",
    "content": "content",
}


async def counts(
    pool: asyncpg.Pool, scope: Scope, *, since: date, until: date, group_by: str
) -> list[v.CountRow]:
    """The roll-ups of these local days, by group."""
    sums = ", ".join(f"sum({name})::bigint as {name}" for name in MEASURES)
    seers = scope.seers
    rows = await pool.fetch(
        f'select {GROUPS[group_by]} as "group", {sums} from insights.counts '  # noqa: S608
        "where organisation = $1 and day >= $2 and day <= $3 "
        "and (unit = any($4) or unit like any($5)) group by 1 order by 1",
        scope.by.organisation,
        since,
        until,
        seers,
        [f"{unit}.%" for unit in seers],
    )
    return [_count(row, scope, group_by) for row in rows]


def _count(row: asyncpg.Record, scope: Scope, group_by: str) -> v.CountRow:
    group = row["group"]
    words = {"unit": scope.unit_label(group), "kind": label("kind", group, scope.language)}
    measures = {name: row[name] for name in MEASURES}
    return v.CountRow(group=group, label=words.get(group_by, group), **measures)


def total(rows: Sequence[v.CountRow]) -> v.CountRow:
    """All groups together."""
    sums = {name: sum(getattr(row, name) for row in rows) for name in MEASURES}
    return v.CountRow(group="", label="", **sums)


_BOARD = """
select lane, count(*) as complaints, count(*) filter (where due_at < $4) as today
from insights.lines
where organisation = $1 and seer = $2 and lane = any($3)
group by lane
"""

_BOARD_OF_SEVERAL = """
select lane, count(*) as complaints, count(*) filter (where due_at < $4) as today
from (
  select distinct lane, complaint, due_at from insights.lines
  where organisation = $1 and seer = any($2) and lane = any($3)) each
group by lane
"""

_CALLS = """
select count(*) filter (where due_at < $4) as today, count(*) filter (where due_at <= $5) as late
from insights.calls
where organisation = $1 and open and (unit = any($2) or unit like any($3))
"""

_ACTIONS = """
select count(*) from insights.corrective_actions
where organisation = $1 and standing = 'overdue' and (unit = any($2) or unit like any($3))
"""

LANES = (
    "open",
    "breached",
    "gap",
    "waiting:confirmation",
    "waiting:acceptance",
    "waiting:approval",
    "waiting:payment",
    "waiting:signature",
)


async def board(
    pool: asyncpg.Pool, scope: Scope, *, at: datetime, midnight: datetime
) -> v.BoardView:
    """What is pressing now; `midnight` ends the organisation's local day."""
    own, seers = scope.by.organisation, scope.seers
    below = [f"{unit}.%" for unit in seers]
    several = len(seers) != 1
    board_of, seer = (_BOARD_OF_SEVERAL, seers) if several else (_BOARD, seers[0])
    rows = await pool.fetch(board_of, own, seer, list(LANES), midnight)
    lanes = {row["lane"]: row["complaints"] for row in rows}
    today = {row["lane"]: row["today"] for row in rows}
    calls = await pool.fetchrow(_CALLS, own, seers, below, midnight, at)
    assert calls is not None, "an aggregate has one row"
    return v.BoardView(
        at=at,
        open=lanes.get("open", 0),
        due_today=today.get("open", 0),
        breached=lanes.get("breached", 0),
        waiting_confirmation=lanes.get("waiting:confirmation", 0),
        waiting_acceptance=lanes.get("waiting:acceptance", 0),
        waiting_approval=lanes.get("waiting:approval", 0),
        waiting_payment=lanes.get("waiting:payment", 0),
        waiting_signature=lanes.get("waiting:signature", 0),
        callbacks_due_today=calls["today"],
        callbacks_overdue=calls["late"],
        custody_gaps=lanes.get("gap", 0),
        actions_overdue=await pool.fetchval(_ACTIONS, own, seers, below),
    )
