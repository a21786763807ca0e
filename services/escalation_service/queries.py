"""What is asked of escalation: one function per question, from SQL to the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic import TypeAdapter

from services.escalation_service.domain.person import PersonFile
from services.escalation_service.domain.unit import UnitFile
from shared.kernel.occasion import Actor

_UNIT = TypeAdapter(UnitFile)
_PERSON = TypeAdapter(PersonFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases: all filters hold. `due_before` orders by the due moment, else newest first."""

    unit: str | None = None
    tier: str | None = None
    status: str | None = None
    open: bool | None = None
    mine: bool = False
    due_before: datetime | None = None


async def page_of_cases(
    pool: asyncpg.Pool,
    by: Actor,
    wanted: Wanted,
    after: Sequence[Any] | None,
    limit: int,
) -> list[asyncpg.Record]:
    """One page of the cases this actor sees, one more than `limit` when there are more."""
    asked = _mine(by, wanted, after) if wanted.mine else _seen(by, wanted, after)
    asked.arguments.append(limit + 1)
    return list(await pool.fetch(asked.sql(len(asked.arguments)), *asked.arguments))


async def journal_of(
    pool: asyncpg.Pool, case_id: UUID, after: int, limit: int
) -> list[dict[str, Any]]:
    """What happened to a case, oldest first, without texts."""
    rows = await pool.fetch(
        "select seq, type, actor, at, policy, entry from escalation.journal "
        "where aggregate = $1 and seq > $2 order by seq limit $3",
        case_id,
        after,
        limit + 1,
    )
    return [_line(row) for row in rows]


async def decisions_of(pool: asyncpg.Pool, case_id: UUID) -> list[Mapping[str, Any]]:
    """The journal's data of every decision about tier and unit, oldest first."""
    rows = await pool.fetch(
        "select seq, type, actor, at, entry from escalation.journal where aggregate = $1 "
        "and type in ('CaseRouted', 'TierKept', 'CaseEscalated', 'CustodyArbitrated') "
        "order by seq",
        case_id,
    )
    return [
        {"seq": r["seq"], "type": r["type"], "actor": r["actor"], "at": r["at"], **_data(r)}
        for r in rows
    ]


async def text_of(pool: asyncpg.Pool, case_id: UUID, text_id: UUID) -> asyncpg.Record | None:
    """Something somebody typed about this case."""
    return await pool.fetchrow(
        "select id, subject, body from escalation.texts where id = $1 and aggregate = $2",
        text_id,
        case_id,
    )


async def units_of(
    pool: asyncpg.Pool, organisation: str, after: str, limit: int
) -> list[tuple[UnitFile, int]]:
    """Units by path."""
    rows = await pool.fetch(
        "select state, revision from escalation.units "
        "where organisation = $1 and path > $2 order by path limit $3",
        organisation,
        after,
        limit + 1,
    )
    return [(_UNIT.validate_json(row["state"]), row["revision"]) for row in rows]


async def persons_of(
    pool: asyncpg.Pool, organisation: str, after: str, limit: int
) -> list[tuple[PersonFile, int]]:
    """Persons by id."""
    rows = await pool.fetch(
        "select state, revision from escalation.persons "
        "where organisation = $1 and person > $2 order by person limit $3",
        organisation,
        after,
        limit + 1,
    )
    return [(_PERSON.validate_json(row["state"]), row["revision"]) for row in rows]


async def unit_of(pool: asyncpg.Pool, organisation: str, path: str) -> tuple[UnitFile, int] | None:
    """One unit and its revision."""
    row = await pool.fetchrow(
        "select state, revision from escalation.units where organisation = $1 and path = $2",
        organisation,
        path,
    )
    return (_UNIT.validate_json(row["state"]), row["revision"]) if row else None


async def person_of(
    pool: asyncpg.Pool, organisation: str, person: str
) -> tuple[PersonFile, int] | None:
    """One person and their revision."""
    row = await pool.fetchrow(
        "select state, revision from escalation.persons where organisation = $1 and person = $2",
        organisation,
        person,
    )
    return (_PERSON.validate_json(row["state"]), row["revision"]) if row else None


@dataclass(slots=True)
class _Question:
    """A statement with one place left for the limit."""

    arguments: list[Any]
    template: str

    def sql(self, limit_at: int) -> str:
        return self.template.replace(":limit", f"${limit_at}")


_COLUMNS = (
    "c.id, c.reference, c.status, c.tier, c.unit, c.holder, c.offered_unit, "
    "c.received_at, c.due_at, c.revision"
)


def _mine(by: Actor, wanted: Wanted, after: Sequence[Any] | None) -> _Question:
    """What I hold, straight from the holder's index."""
    arguments: list[Any] = [by.organisation, by.id]
    tests = ["c.organisation = $1", "c.holder = $2", "c.open"]
    tests += _filters(wanted, arguments)
    order = _order(wanted, "c.due_at", "c.id", after, arguments, tests)
    template = (
        f"select {_COLUMNS} from escalation.cases c "  # noqa: S608 - our own words
        f"where {' and '.join(tests)} order by {order} limit :limit"
    )
    return _Question(arguments, template)


def _seen(by: Actor, wanted: Wanted, after: Sequence[Any] | None) -> _Question:
    """By unit: each of the actor's units gives its page, then the best of them."""
    arguments: list[Any] = [by.organisation, sorted(_roots(by, wanted.unit))]
    tests = ["u.organisation = $1", "u.unit = own.unit"]
    if wanted.open is not None:
        tests.append("u.open" if wanted.open else "not u.open")
    filters = _filters(wanted, arguments)
    order = _order(wanted, "u.due_at", "u.case_id", after, arguments, tests)
    plain = order.replace("u.", "seen.")
    template = (
        f"select {_COLUMNS} from (select distinct seen.case_id, seen.due_at "  # noqa: S608 - our own words
        "from unnest($2::text[]) own(unit) cross join lateral ("
        "select u.case_id, u.due_at from escalation.case_units u "
        f"{'join escalation.cases c on c.id = u.case_id ' if filters else ''}"
        f"where {' and '.join([*tests, *filters])} order by {order} limit :limit) seen "
        f"order by {plain} limit :limit) seen "
        f"join escalation.cases c on c.id = seen.case_id order by {plain}"
    )
    return _Question(arguments, template)


def _roots(by: Actor, unit: str | None) -> frozenset[str]:
    """Where to look: below the unit asked for where the actor covers it, else all own units."""
    if unit is not None and by.sees(unit):
        return frozenset({unit})
    return by.units


def _filters(wanted: Wanted, arguments: list[Any]) -> list[str]:
    tests = []
    for column, value in (("c.tier", wanted.tier), ("c.status", wanted.status)):
        if value is not None:
            arguments.append(value)
            tests.append(f"{column} = ${len(arguments)}")
    if wanted.unit is not None:
        arguments.append(wanted.unit)
        number = len(arguments)
        tests.append(f"(c.unit = ${number} or c.unit like ${number} || '.%')")
    return tests


def _order(
    wanted: Wanted,
    due: str,
    key: str,
    after: Sequence[Any] | None,
    arguments: list[Any],
    tests: list[str],
) -> str:
    if wanted.due_before is None:
        if after:
            arguments.append(UUID(str(after[-1])))
            tests.append(f"{key} < ${len(arguments)}")
        return f"{key} desc"
    arguments.append(wanted.due_before)
    tests.append(f"{due} < ${len(arguments)}")
    if after:
        arguments += [datetime.fromisoformat(str(after[0])), UUID(str(after[-1]))]
        tests.append(f"({due}, {key}) > (${len(arguments) - 1}, ${len(arguments)})")
    return f"{due}, {key}"


def _data(row: asyncpg.Record) -> dict[str, Any]:
    entry: dict[str, Any] = orjson.loads(row["entry"])
    data: dict[str, Any] = entry["data"]
    return data


def _line(row: asyncpg.Record) -> dict[str, Any]:
    data = _data(row)
    because = [reason["row"] for reason in data.get("because", ())]
    return {
        "seq": row["seq"],
        "type": row["type"],
        "actor": row["actor"],
        "at": row["at"],
        "policy": row["policy"],
        "rows": because or [code for code in (data.get("row"),) if code],
    }
