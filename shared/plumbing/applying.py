"""From records of one partition to effects: one transaction a batch (reliability.md §7.3).

First everything at once; after an exception once more with a savepoint per fact, and what
still fails is parked with its problem while the partition flows on.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from shared.plumbing import telemetry
from shared.plumbing.crashpoints import reach
from shared.plumbing.inbox import (
    BadFact,
    LastHeard,
    Parked,
    Premature,
    Received,
    Unreadable,
    Verdict,
    advance,
    heard,
    park,
    parked_streams,
    read_envelope,
    read_fact,
    verdict_of,
)
from shared.plumbing.writing import Connection

log = structlog.get_logger("consuming")
Stream = tuple[str, UUID]
Apply = Callable[[Connection, Sequence[Received]], Awaitable[None]]
"""Carries out all effects of these facts, in order; raises, and nothing of it stays."""

TRANSIENT = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection lost in the middle of a statement
    asyncpg.TransactionRollbackError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
)


class Fenced(Exception):
    """Somebody else moved this partition's offset: the batch is not ours to apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Consecutive records of one partition, and the offsets before and behind them."""

    topic: str
    partition: int
    incarnation: str
    position: int
    next_offset: int
    records: Sequence[tuple[int, bytes | None]]


@dataclass(slots=True)
class Sorting:
    """What a batch turned out to hold."""

    heads: dict[Stream, LastHeard]
    blocked: set[Stream]
    apply: list[Received] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    unreadable: list[tuple[int, bytes, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applying:
    """Applies batches to one service's schema."""

    schema: str
    pool: asyncpg.Pool
    apply: Apply

    async def batch(self, batch: Batch, *, one_by_one: bool = False) -> int:
        """Applies a batch; returns how many facts had effect. Raises Fenced, or what `apply` raises
        unless `one_by_one`, which parks the facts that fail.
        """
        async with self.pool.acquire() as connection, connection.transaction():
            await _move_offset(connection, self.schema, batch)
            reach("consumer.moved")
            sorting = await self._sort(connection, batch)
            reach("consumer.sorted")
            if one_by_one:
                await self._carefully(connection, sorting)
            elif sorting.apply:
                await self.apply(connection, sorting.apply)
            reach("consumer.applied")
            await self._conclude(connection, batch, sorting)
            reach("consumer.concluded")
        return len(sorting.apply)

    async def _sort(self, connection: Connection, batch: Batch) -> Sorting:
        readable, unreadable = [], []
        for offset, record in batch.records:
            try:
                readable.append((read_envelope(record), record or b""))
            except Unreadable as problem:
                unreadable.append((offset, record or b"", str(problem)))
        streams = {(envelope.source, envelope.subject) for envelope, _ in readable}
        heads = await heard(connection, self.schema, streams)
        blocked = await parked_streams(connection, self.schema, streams, kind="diverged")
        sorting = Sorting(heads, blocked, unreadable=unreadable)
        for envelope, record in readable:
            _place(self.schema, sorting, envelope, record)
        return sorting

    async def _carefully(self, connection: Any, sorting: Sorting) -> None:
        """A savepoint per fact; a stream whose fact failed waits, the others go on."""
        reach("consumer.carefully")
        sure: list[Received] = []
        stuck: set[Stream] = set()
        for fact in sorting.apply:
            if fact.stream in stuck:
                sorting.parked.append(_waiting(fact))
                continue
            failed = await self._try(connection, fact)
            if failed is None:
                sure.append(fact)
                continue
            stuck.add(fact.stream)
            sorting.parked.append(failed)
        sorting.apply = sure
        for stream in stuck:
            _rewind(sorting, stream)

    async def _try(self, connection: Any, fact: Received) -> Parked | None:
        try:
            async with connection.transaction():
                await self.apply(connection, [fact])
                reach("consumer.tried")
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001 whatever it was, the partition must flow
            return _failed(fact, error)
        return None

    async def _conclude(self, connection: Connection, batch: Batch, sorting: Sorting) -> None:
        touched = {fact.stream for fact in sorting.apply}
        await advance(connection, self.schema, {s: sorting.heads[s] for s in touched})
        await park(connection, self.schema, sorting.parked)
        await _note_unreadable(connection, self.schema, batch, sorting.unreadable)
        for stream in await parked_streams(connection, self.schema, touched):
            await self.drain(connection, stream)

    async def drain(self, connection: Any, stream: Stream) -> int:
        """Applies the parked facts that are next in their stream; stops at one that fails."""
        drained = 0
        last = (await heard(connection, self.schema, [stream])).get(stream, LastHeard())
        while True:
            row = await connection.fetchrow(
                f"select record from {self.schema}.parked "
                "where source = $1 and aggregate = $2 and sequence = $3 and kind <> 'diverged' "
                "for update",
                *stream,
                last.sequence + 1,
            )
            if row is None:
                return drained
            envelope = read_envelope(bytes(row["record"]))
            failed = await self._drain_one(connection, envelope, bytes(row["record"]))
            if failed is not None:
                await park(connection, self.schema, [failed])
                return drained
            last = LastHeard(envelope.sequence, envelope.id)
            await self._drained(connection, stream, last)
            drained += 1

    async def _drain_one(self, connection: Any, envelope: Any, record: bytes) -> Parked | None:
        try:
            return await self._try(connection, read_fact(record, envelope))
        except BadFact as error:
            return _bad(envelope, record, error)

    async def _drained(self, connection: Connection, stream: Stream, last: LastHeard) -> None:
        await advance(connection, self.schema, {stream: last})
        reach("consumer.drained")
        await connection.execute(
            f"delete from {self.schema}.parked "
            "where source = $1 and aggregate = $2 and sequence = $3",
            *stream,
            last.sequence,
        )
        telemetry.INBOX_VERDICT.labels(self.schema, stream[0], "drained").inc()


def _place(service: str, sorting: Sorting, envelope: Any, record: bytes) -> None:
    stream = (envelope.source, envelope.subject)
    last = sorting.heads.get(stream, LastHeard())
    verdict = Verdict.GAP if stream in sorting.blocked else verdict_of(last, envelope)
    telemetry.INBOX_VERDICT.labels(service, envelope.source, verdict).inc()
    if verdict is Verdict.APPLY:
        try:
            sorting.apply.append(read_fact(record, envelope))
            sorting.heads[stream] = LastHeard(envelope.sequence, envelope.id)
        except BadFact as error:
            sorting.parked.append(_bad(envelope, record, error))
    elif verdict is Verdict.GAP:
        problem = f"waits for fact {last.sequence + 1}"
        sorting.parked.append(Parked(envelope=envelope, record=record, kind="gap", problem=problem))
    elif verdict is Verdict.DIVERGED:
        log.error("diverged", source=envelope.source, aggregate=str(envelope.subject))
        sorting.blocked.add(stream)
        sorting.parked.append(
            Parked(
                envelope=envelope,
                record=record,
                kind="diverged",
                problem="another fact was applied under this sequence",
            )
        )


def _waiting(fact: Received) -> Parked:
    problem = "waits for an earlier fact"
    return Parked(envelope=fact.envelope, record=fact.record, kind="gap", problem=problem)


def _failed(fact: Received, error: Exception) -> Parked:
    kind = "premature" if isinstance(error, Premature) else "failure"
    log.error("parked", kind=kind, type=fact.envelope.type, error=type(error).__name__)
    return Parked(
        envelope=fact.envelope,
        record=fact.record,
        kind=kind,
        problem=type(error).__name__,
        attempts=1,
    )


def _bad(envelope: Any, record: bytes, error: BadFact) -> Parked:
    return Parked(
        envelope=envelope, record=record, kind="failure", problem=f"BadFact: {error}", attempts=1
    )


def _rewind(sorting: Sorting, stream: Stream) -> None:
    """The head of a stream that stuck is the last of its facts that was applied."""
    sure = [fact for fact in sorting.apply if fact.stream == stream]
    if sure:
        last = sure[-1].envelope
        sorting.heads[stream] = LastHeard(last.sequence, last.id)


async def _move_offset(connection: Connection, schema: str, batch: Batch) -> None:
    moved = await connection.execute(
        f"update {schema}.offsets set next_offset = $4 "
        "where topic = $1 and partition = $2 and incarnation = $3 and next_offset = $5",
        batch.topic,
        batch.partition,
        batch.incarnation,
        batch.next_offset,
        batch.position,
    )
    if moved != "UPDATE 1":
        raise Fenced


async def _note_unreadable(
    connection: Connection, schema: str, batch: Batch, found: Sequence[tuple[int, bytes, str]]
) -> None:
    if not found:
        return
    log.error("unreadable records", topic=batch.topic, partition=batch.partition, count=len(found))
    await connection.executemany(
        f'insert into {schema}.unreadable (topic, partition, incarnation, "offset", '
        "problem, length, sha256) values ($1,$2,$3,$4,$5,$6,$7) on conflict do nothing",
        [
            (
                batch.topic,
                batch.partition,
                batch.incarnation,
                offset,
                problem,
                len(record),
                hashlib.sha256(record).digest(),
            )
            for offset, record, problem in found
        ],
    )
