"""Is the journal what was written? Recomputes every chain and compares it with the state rows."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.plumbing.changes import GENESIS
from shared.plumbing.writing import Connection

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One aggregate whose history was changed behind our back, and how it shows."""

    aggregate: UUID
    seq: int
    why: str


async def verify(
    connection: Connection, schema: str, tables: Sequence[str]
) -> AsyncIterator[Finding]:
    """Every aggregate of a schema, in pages. `why` is content, gap, entry, fact, head, facts,
    truncated or no state.

    A chain alone cannot see its own replacement: whoever rewrites a whole history and the state
    row's `head`, `version` and `facts` with it leaves no trace here, and neither does a change of
    `state` or of a fact's data, which no hash covers.
    """
    after = UUID(int=0)
    while True:
        rows = await connection.fetch(_PAGE.format(s=schema), after, PAGE)
        if not rows:
            break
        after = rows[-1]["aggregate"]
        for aggregate, group in groupby(rows, key=lambda row: row["aggregate"]):
            end, found = _chain(aggregate, list(group))
            if found is None:
                found = await _against_state(connection, schema, tables, aggregate, end)
            if found is not None:
                yield found
    async for missing in _without_journal(connection, schema, tables):
        yield missing


@dataclass(frozen=True, slots=True)
class _End:
    """Where a chain ends, by the journal alone."""

    seq: int = 0
    facts: int = 0
    head: bytes = GENESIS


def _chain(aggregate: UUID, rows: list[Any]) -> tuple[_End, Finding | None]:
    end = _End()
    for row in rows:
        why = _wrong(row, end)
        if why is not None:
            return end, Finding(aggregate, end.seq + 1, why)
        facts = end.facts + (row["fact_sequence"] is not None)
        end = _End(row["seq"], facts, bytes(row["hash"]))
    return end, None


def _wrong(row: Any, end: _End) -> str | None:
    """What is wrong with the row behind this end, if anything."""
    entry = bytes(row["entry"])
    if row["seq"] != end.seq + 1:
        return "gap"
    if hashlib.sha256(end.head + entry).digest() != bytes(row["hash"]):
        return "content"
    if not _fits(entry, row):
        return "entry"
    return None if _told(row, end.facts + 1) else "fact"


_SAID = ("aggregate", "seq", "type", "actor", "event_id", "organisation")
_WHY = ("correlation", "cause", "policy")


def _fits(entry: bytes, row: Any) -> bool:
    """The columns beside the entry say what the hashed entry says."""
    said = orjson.loads(entry)
    moment = datetime.fromisoformat(said["at"]) == row["at"]
    return moment and all(said[name] == _plain(row[name]) for name in (*_SAID, *_WHY))


def _told(row: Any, number: int) -> bool:
    """Its fact, where it published one, is the next of the aggregate and speaks of this entry."""
    if row["fact"] is None or row["fact_sequence"] is None:
        return row["fact"] is None and row["fact_sequence"] is None
    try:
        told = orjson.loads(bytes(row["fact"]))
    except orjson.JSONDecodeError:
        return False
    own = {
        "id": str(row["event_id"]),
        "subject": str(row["aggregate"]),
        "sequence": str(number),
        "actor": row["actor"],
        "organisation": row["organisation"],
    }
    fits = isinstance(told, dict) and own.items() <= told.items()
    return fits and row["fact_sequence"] == number


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


async def _against_state(
    connection: Connection,
    schema: str,
    tables: Sequence[str],
    aggregate: UUID,
    end: _End,
) -> Finding | None:
    for table in tables:
        row = await connection.fetchrow(
            f"select version, facts, head from {schema}.{table} where id = $1", aggregate
        )
        if row is None:
            continue
        if row["version"] != end.seq:
            return Finding(aggregate, row["version"], "truncated")
        if bytes(row["head"]) != end.head:
            return Finding(aggregate, end.seq, "head")
        return None if row["facts"] == end.facts else Finding(aggregate, end.seq, "facts")
    return Finding(aggregate, end.seq, "no state")


async def _without_journal(
    connection: Connection, schema: str, tables: Sequence[str]
) -> AsyncIterator[Finding]:
    for table in tables:
        rows = await connection.fetch(
            f"select id, version from {schema}.{table} t where not exists "
            f"(select 1 from {schema}.journal j where j.aggregate = t.id)"
        )
        for row in rows:
            yield Finding(row["id"], row["version"], "truncated")


async def state_tables(connection: asyncpg.Connection, schema: str) -> list[str]:
    """The aggregate tables of a schema: those that end a hash chain."""
    rows = await connection.fetch(
        "select table_name from information_schema.columns "
        "where table_schema = $1 and column_name = 'head' and data_type = 'bytea' order by 1",
        schema,
    )
    return [row["table_name"] for row in rows]


_PAGE = """
select j.aggregate, j.seq, j.event_id, j.organisation, j.type, j.actor, j.at, j.correlation,
  j.cause, j.policy, j.entry, j.hash, j.fact_sequence, j.fact
from {s}.journal j
join (select distinct aggregate from {s}.journal where aggregate > $1
      order by aggregate limit greatest($2 / 10, 1)) a using (aggregate)
order by j.aggregate, j.seq
"""
