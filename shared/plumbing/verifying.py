"""Is the journal what was written? Recomputes every chain and compares it with the state rows."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
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
    """Every aggregate of a schema, in pages. `why` is content, gap, entry, head or truncated."""
    after = UUID(int=0)
    while True:
        rows = await connection.fetch(_PAGE.format(s=schema), after, PAGE)
        if not rows:
            break
        after = rows[-1]["aggregate"]
        for aggregate, group in groupby(rows, key=lambda row: row["aggregate"]):
            head, found = _chain(aggregate, list(group))
            if found is None:
                found = await _against_state(connection, schema, tables, aggregate, head)
            if found is not None:
                yield found
    async for missing in _without_journal(connection, schema, tables):
        yield missing


def _chain(aggregate: UUID, rows: list[Any]) -> tuple[tuple[int, bytes], Finding | None]:
    previous, seq = GENESIS, 0
    for row in rows:
        seq += 1
        if row["seq"] != seq:
            return (seq, previous), Finding(aggregate, seq, "gap")
        entry, stored = bytes(row["entry"]), bytes(row["hash"])
        previous = hashlib.sha256(previous + entry).digest()
        if previous != stored:
            return (seq, previous), Finding(aggregate, seq, "content")
        if not _fits(entry, row):
            return (seq, previous), Finding(aggregate, seq, "entry")
    return (seq, previous), None


def _fits(entry: bytes, row: Any) -> bool:
    """The columns beside the entry say what the hashed entry says."""
    said = orjson.loads(entry)
    return bool(
        said["aggregate"] == str(row["aggregate"])
        and said["seq"] == row["seq"]
        and said["type"] == row["type"]
        and said["actor"] == row["actor"]
        and said["event_id"] == str(row["event_id"])
    )


async def _against_state(
    connection: Connection,
    schema: str,
    tables: Sequence[str],
    aggregate: UUID,
    head: tuple[int, bytes],
) -> Finding | None:
    for table in tables:
        row = await connection.fetchrow(
            f"select version, head from {schema}.{table} where id = $1", aggregate
        )
        if row is None:
            continue
        if row["version"] != head[0]:
            return Finding(aggregate, row["version"], "truncated")
        if bytes(row["head"]) != head[1]:
            return Finding(aggregate, head[0], "head")
        return None
    return Finding(aggregate, head[0], "no state")


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
select j.aggregate, j.seq, j.event_id, j.type, j.actor, j.entry, j.hash from {s}.journal j
join (select distinct aggregate from {s}.journal where aggregate > $1
      order by aggregate limit greatest($2 / 10, 1)) a using (aggregate)
order by j.aggregate, j.seq
"""
