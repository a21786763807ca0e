"""Questions to intake's tables, each from SQL to the answer; bounded by organisation and units."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.intake_service.domain.standing import WORDS
from services.intake_service.domain.words import Status

LISTED = "id, reference, unit, status, kind, channel, severity, customer, received_at, revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which complaints: of these units (`all_units`: they are all there are), and narrower."""

    organisation: str
    units: Sequence[str]
    all_units: bool
    status: Status | None = None
    kind: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    customer: str | None = None
    reference: str | None = None

    def narrowed(self) -> dict[str, object]:
        """The filter, to bind a cursor to."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """The last row of the page before."""

    received_at: datetime
    id: UUID


async def page_of(
    pool: asyncpg.Pool, question: Question, *, after: After | None, limit: int
) -> list[asyncpg.Record]:
    """The newest complaints that answer the question, `limit` at most.

    Who sees everything in every status asks once; others ask for each unit and status by their
    own index, a page each, and merge, so that a rare status costs no scan of the rest.
    """
    asked = _Asked(question, after, limit)
    if question.all_units and question.status is None:
        return await pool.fetch(_one(asked.where()), *asked.values)
    statuses = [question.status] if question.status else list(Status)
    asked.values += [list(question.units), statuses]
    sql = _merged(asked.where("unit = u.name", "status = any(array[s.word])"), len(asked.values))
    return await pool.fetch(sql, *asked.values)


class _Asked:
    """The conditions of a question and their values, organisation and limit first."""

    def __init__(self, question: Question, after: After | None, limit: int) -> None:
        self.values: list[Any] = [question.organisation, limit]
        self._conditions = ["organisation = $1"]
        for name in ("kind", "customer", "reference"):
            self._add(f"{name} = ", getattr(question, name))
        self._add("received_at >= ", question.received_from)
        self._add("received_at < ", question.received_to)
        if after is not None:
            self.values += [after.received_at, after.id]
            last = len(self.values)
            self._conditions.append(f"(received_at, id) < (${last - 1}, ${last})")

    def _add(self, test: str, value: object) -> None:
        if value is not None:
            self.values.append(value)
            self._conditions.append(f"{test}${len(self.values)}")

    def where(self, *more: str) -> str:
        """All conditions, and more where there are some."""
        return " and ".join([*self._conditions, *more])


def _one(where: str, first_by: str = "") -> str:
    return (
        f"select {LISTED} from intake.complaints where {where} "  # noqa: S608 our own words
        f"order by {first_by}received_at desc, id desc limit $2"
    )


def _merged(where: str, last: int) -> str:
    """Only the unit's own index gives the order by status. Without it, or with a plain `=` that
    makes it void, PostgreSQL reads every complaint by the other index for a status that is rare
    or absent, as long as the statistics know few units and statuses.
    """
    return (
        f"select p.* from unnest(${last - 1}::text[]) u(name) "  # noqa: S608 our own words
        f"cross join unnest(${last}::text[]) s(word) "
        f"cross join lateral ({_one(where, 'status, ')}) p "
        "order by received_at desc, id desc limit $2"
    )


async def record_of(pool: asyncpg.Pool, organisation: str, complaint: UUID) -> Any:  # noqa: ANN401
    """Unit, revision, state and particulars of one complaint; None when there is none."""
    return await pool.fetchrow(_RECORD, complaint, organisation)


_STANDING = ", ".join(f"s.{name} as standing_{name}" for name in (*WORDS, "promises", "dues"))
_RECORD = f"""
select c.unit, c.revision, c.state, c.state->'policy'->>'hash' as policy, p.values, {_STANDING}
from intake.complaints c
left join intake.particulars p on p.complaint = c.id
left join intake.standings s on s.complaint = c.id
where c.id = $1 and c.organisation = $2
"""  # noqa: S608 our own words


async def unit_of(pool: asyncpg.Pool, organisation: str, complaint: UUID) -> str | None:
    """The recording unit of a complaint, for the question whether somebody sees it."""
    found: str | None = await pool.fetchval(
        "select unit from intake.complaints where id = $1 and organisation = $2",
        complaint,
        organisation,
    )
    return found


async def journal_of(
    pool: asyncpg.Pool, complaint: UUID, *, after: int, limit: int
) -> list[asyncpg.Record]:
    """What happened to one complaint, oldest first."""
    return await pool.fetch(
        "select seq, type, at, actor, policy, entry from intake.journal "
        "where aggregate = $1 and seq > $2 order by seq limit $3",
        complaint,
        after,
        limit,
    )


async def decisions_of(
    pool: asyncpg.Pool, complaint: UUID, types: Sequence[str]
) -> list[tuple[str, datetime, dict[str, Any]]]:
    """Type, moment and data of these events of one complaint, oldest first."""
    rows = await pool.fetch(
        "select type, at, entry from intake.journal "
        "where aggregate = $1 and type = any($2) order by seq",
        complaint,
        list(types),
    )
    return [(row["type"], row["at"], orjson.loads(row["entry"])["data"]) for row in rows]


async def text_of(pool: asyncpg.Pool, complaint: UUID, text: UUID) -> Any:  # noqa: ANN401 a row
    """One text of one complaint."""
    return await pool.fetchrow(
        "select id, subject, body from intake.texts where id = $2 and aggregate = $1",
        complaint,
        text,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Somebody opens the vault."""

    id: UUID
    organisation: str
    complaint: UUID
    units: Sequence[str]
    actor: str
    purpose: str


async def opened(pool: asyncpg.Pool, opening: Opening) -> Any:  # noqa: ANN401 a row
    """The particulars, and the record of who saw them, in one statement; None when unseen."""
    return await pool.fetchrow(
        _OPENED,
        opening.complaint,
        opening.organisation,
        list(opening.units),
        opening.id,
        opening.actor,
        opening.purpose,
    )


_OPENED = """
with seen as (
    select c.id, c.organisation, c.state->'policy'->>'hash' as policy, p.values
    from intake.complaints c
    join intake.particulars p on p.complaint = c.id
    where c.id = $1 and c.organisation = $2 and exists (
        select from unnest($3::text[]) u(name)
        where c.unit = u.name or starts_with(c.unit, u.name || '.'))),
noted as (
    insert into intake.contact_accesses (id, organisation, complaint, actor, purpose, at)
    select $4, organisation, id, $5, $6, platform.business_now() from seen)
select values, policy from seen
"""


async def file_of(pool: asyncpg.Pool, organisation: str, customer: UUID) -> bytes | None:
    """The state of a customer's file, None when there is none."""
    found: bytes | None = await pool.fetchval(
        "select state from intake.customers where id = $1 and organisation = $2",
        customer,
        organisation,
    )
    return found


async def ticket_of(pool: asyncpg.Pool, organisation: str, provider: str, ticket: str) -> Any:  # noqa: ANN401
    """The complaint a hotline's ticket became."""
    return await pool.fetchrow(_TICKET, provider, ticket, organisation)


_TICKET = f"""
select c.id, c.reference, c.unit, c.status, c.revision, {_STANDING}
from intake.hotline_tickets t join intake.complaints c on c.id = t.complaint
left join intake.standings s on s.complaint = c.id
where t.provider = $1 and t.ticket = $2 and t.organisation = $3
"""  # noqa: S608 our own words
