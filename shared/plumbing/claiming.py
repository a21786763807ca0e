"""How a batch begins: it moves its offsets, which fences it, and reads how its streams stand."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from shared.plumbing.inbox import LastHeard
from shared.plumbing.writing import Connection

log = structlog.get_logger("claiming")
Stream = tuple[str, UUID]


class Fenced(Exception):
    """Somebody else moved a partition's offset: the batch is not ours to apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Consecutive records of one partition, and the offsets before and behind them."""

    topic: str
    partition: int
    incarnation: str
    position: int
    next_offset: int
    records: Sequence[tuple[int, bytes | None]]


@dataclass(frozen=True, slots=True)
class Unread:
    """A record that is no envelope, where it lay, and which places of it are wrong."""

    batch: Batch
    offset: int
    record: bytes
    problem: str


async def move_offsets(connection: Connection, schema: str, batches: Sequence[Batch]) -> None:
    """Moves the offsets of these partitions, locked in one order. Raises Fenced."""
    moved = await connection.execute(
        _MOVE.format(s=schema),
        [batch.topic for batch in batches],
        [batch.partition for batch in batches],
        [batch.incarnation for batch in batches],
        [batch.position for batch in batches],
        [batch.next_offset for batch in batches],
    )
    if moved != f"UPDATE {len(batches)}":
        raise Fenced


_MOVE = """
with held as materialized (
    select o.topic, o.partition, o.incarnation, m.next_offset
    from {s}.offsets o
    join unnest($1::text[], $2::int[], $3::text[], $4::bigint[], $5::bigint[])
        m(topic, partition, incarnation, position, next_offset)
        using (topic, partition, incarnation)
    where o.next_offset = m.position order by 1, 2, 3 for update of o)
update {s}.offsets o set next_offset = h.next_offset from held h
where o.topic = h.topic and o.partition = h.partition and o.incarnation = h.incarnation
"""


async def stands(
    connection: Connection, schema: str, streams: Collection[Stream]
) -> tuple[dict[Stream, LastHeard], dict[Stream, bool]]:
    """The last fact applied of each of these streams; and which have facts parked: True, diverged.

    A statement of its own behind `move_offsets`: one that waited for a lock would read what was
    there before it waited.
    """
    wanted = sorted(streams)
    rows = await connection.fetch(
        _STANDS.format(s=schema),
        [source for source, _ in wanted],
        [aggregate for _, aggregate in wanted],
    )
    found = {(row["source"], row["aggregate"]): row for row in rows}
    heads = {
        stream: LastHeard(row["last_sequence"], row["last_event_id"])
        for stream, row in found.items()
        if row["last_sequence"] is not None
    }
    parked = {s: bool(row["diverged"]) for s, row in found.items() if row["diverged"] is not None}
    return heads, parked


_STANDS = """
select w.source, w.aggregate, i.last_sequence, i.last_event_id,
       (select bool_or(p.kind = 'diverged') from {s}.parked p
        where p.source = w.source and p.aggregate = w.aggregate) as diverged
from unnest($1::text[], $2::uuid[]) w(source, aggregate)
left join {s}.inbox i on i.source = w.source and i.aggregate = w.aggregate
"""


async def note_unreadable(connection: Connection, schema: str, found: Sequence[Unread]) -> None:
    """Keeps where such records lay, their length and hash, and nothing of what they say."""
    if not found:
        return
    log.error("unreadable records", count=len(found))
    await connection.executemany(
        f'insert into {schema}.unreadable (topic, partition, incarnation, "offset", '
        "problem, length, sha256) values ($1,$2,$3,$4,$5,$6,$7) on conflict do nothing",
        [
            (
                each.batch.topic,
                each.batch.partition,
                each.batch.incarnation,
                each.offset,
                each.problem,
                len(each.record),
                hashlib.sha256(each.record).digest(),
            )
            for each in found
        ],
    )
