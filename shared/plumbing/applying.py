"""From records of partitions to effects: one transaction for all of them (reliability.md §7.3).

First everything at once; after an exception once more with a savepoint per fact, and what
still fails is parked with its problem while the partition flows on.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.contracts.envelope import Envelope
from shared.contracts.registry import topic_of
from shared.plumbing import telemetry
from shared.plumbing.claiming import (
    Batch,
    Fenced,
    Stream,
    Unread,
    move_offsets,
    note_unreadable,
    stands,
)
from shared.plumbing.crashpoints import reach
from shared.plumbing.database import BUSY, LOST
from shared.plumbing.inbox import (
    BadFact,
    LastHeard,
    Parked,
    Premature,
    Received,
    Unreadable,
    Verdict,
    advance,
    park,
    read_envelope,
    read_fact,
    verdict_of,
)
from shared.plumbing.lending import LendingPool
from shared.plumbing.writing import Connection

__all__ = ["TRANSIENT", "Apply", "Applying", "Batch", "Fenced", "Sorting"]

log = structlog.get_logger("consuming")
Apply = Callable[[Connection, Sequence[Received]], Awaitable[None]]
"""Carries out all effects of these facts, in order; raises, and nothing of it stays."""

TRANSIENT = (OSError, *LOST, *BUSY)


@dataclass(slots=True)
class Sorting:
    """What a batch turned out to hold."""

    heads: dict[Stream, LastHeard]
    blocked: set[Stream]
    waiting: set[Stream] = field(default_factory=set)
    readable: list[tuple[Envelope, bytes]] = field(default_factory=list)
    apply: list[Received] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    unreadable: list[Unread] = field(default_factory=list)

    def accept(self, fact: Received) -> None:
        """It has its effect: the next one of its stream is the one behind it."""
        self.apply.append(fact)
        self.heads[fact.stream] = LastHeard(fact.envelope.sequence, fact.envelope.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applying:
    """Applies batches to one service's schema."""

    schema: str
    pool: LendingPool
    apply: Apply

    async def batch(self, *batches: Batch, one_by_one: bool = False) -> int:
        """Applies batches of different partitions, all or none; returns how many facts had effect.

        Raises Fenced, or what `apply` raises unless `one_by_one`, which parks the facts that fail.
        """
        async with self.pool.acquire() as connection, connection.transaction():
            await move_offsets(connection, self.schema, batches)
            reach("consumer.moved")
            sorting = await self._sort(connection, batches)
            reach("consumer.sorted")
            if one_by_one:
                await self._carefully(connection, sorting)
            else:
                await self._at_once(connection, sorting)
            reach("consumer.applied")
            await self._conclude(connection, sorting)
            reach("consumer.concluded")
        return len(sorting.apply)

    async def _sort(self, connection: Connection, batches: Sequence[Batch]) -> Sorting:
        readable, unreadable = _read(batches)
        streams = {(envelope.source, envelope.subject) for envelope, _ in readable}
        heads, parked = await stands(connection, self.schema, streams)
        blocked = {stream for stream, diverged in parked.items() if diverged}
        return Sorting(heads, blocked, set(parked), readable=readable, unreadable=unreadable)

    async def _at_once(self, connection: Connection, sorting: Sorting) -> None:
        for envelope, record in sorting.readable:
            fact = _place(self.schema, sorting, envelope, record)
            if fact is not None:
                sorting.accept(fact)
        if sorting.apply:
            await self.apply(connection, sorting.apply)

    async def _carefully(self, connection: Any, sorting: Sorting) -> None:
        """A savepoint per fact; a stream whose fact failed waits, the others go on."""
        reach("consumer.carefully")
        for envelope, record in sorting.readable:
            fact = _place(self.schema, sorting, envelope, record)
            failed = await self._try(connection, fact) if fact else None
            if failed is not None:
                sorting.parked.append(failed)
            elif fact is not None:
                sorting.accept(fact)

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

    async def _conclude(self, connection: Connection, sorting: Sorting) -> None:
        touched = {fact.stream for fact in sorting.apply}
        await advance(connection, self.schema, {s: sorting.heads[s] for s in touched})
        await park(connection, self.schema, sorting.parked)
        await note_unreadable(connection, self.schema, sorting.unreadable)
        waiting = sorting.waiting | {fact.stream for fact in sorting.parked}
        for stream in sorted(touched & waiting):
            await self.drain(connection, stream)

    async def hold(self, connection: Connection, source: str) -> None:
        """Lets no batch of this source run before this transaction ends: `drain` from outside one
        would apply what a batch applies, or miss what it parks.
        """
        await connection.execute(
            f"select from {self.schema}.offsets where topic = $1 "
            "order by partition, incarnation for update",
            topic_of(source.rpartition("/")[2]),
        )

    async def drain(self, connection: Any, stream: Stream) -> int:
        """Applies the parked facts that are next in their stream; stops at one that fails, and does
        nothing where another history was told. Inside a batch, or after `hold`.
        """
        drained = 0
        heads, parked = await stands(connection, self.schema, {stream})
        last = heads.get(stream, LastHeard())
        await self._forget(connection, stream, last)
        if parked.get(stream):
            return drained
        while True:
            record = await self._next(connection, stream, last)
            if record is None:
                return drained
            envelope = read_envelope(record)
            failed = await self._drain_one(connection, envelope, record)
            if failed is not None:
                await park(connection, self.schema, [failed])
                return drained
            last = LastHeard(envelope.sequence, envelope.id)
            await self._drained(connection, stream, last)
            drained += 1

    async def _next(self, connection: Any, stream: Stream, last: LastHeard) -> bytes | None:
        row = await connection.fetchrow(
            f"select record from {self.schema}.parked "
            "where source = $1 and aggregate = $2 and sequence = $3 for update",
            *stream,
            last.sequence + 1,
        )
        return bytes(row["record"]) if row else None

    async def _drain_one(self, connection: Any, envelope: Any, record: bytes) -> Parked | None:
        try:
            return await self._try(connection, read_fact(record, envelope))
        except BadFact as error:
            return _bad(envelope, record, error)

    async def _drained(self, connection: Connection, stream: Stream, last: LastHeard) -> None:
        await advance(connection, self.schema, {stream: last})
        reach("consumer.drained")
        await self._forget(connection, stream, last)
        telemetry.INBOX_VERDICT.labels(self.schema, stream[0], "drained").inc()

    async def _forget(self, connection: Connection, stream: Stream, last: LastHeard) -> None:
        """What was applied waits no longer, however it came."""
        await connection.execute(
            f"delete from {self.schema}.parked where source = $1 and aggregate = $2 "
            "and sequence <= $3 and kind <> 'diverged'",
            *stream,
            last.sequence,
        )


def _read(batches: Sequence[Batch]) -> tuple[list[tuple[Envelope, bytes]], list[Unread]]:
    readable, unreadable = [], []
    for batch in batches:
        for offset, record in batch.records:
            try:
                readable.append((read_envelope(record), record or b""))
            except Unreadable as problem:
                unreadable.append(Unread(batch, offset, record or b"", str(problem)))
    return readable, unreadable


def _place(service: str, sorting: Sorting, envelope: Envelope, record: bytes) -> Received | None:
    """The fact when it is next; else it is dropped or put aside."""
    stream = (envelope.source, envelope.subject)
    last = sorting.heads.get(stream, LastHeard())
    verdict = verdict_of(last, envelope)
    if verdict is Verdict.APPLY and stream in sorting.blocked:
        verdict = Verdict.GAP
    telemetry.INBOX_VERDICT.labels(service, envelope.source, verdict).inc()
    if verdict is Verdict.APPLY:
        try:
            return read_fact(record, envelope)
        except BadFact as error:
            sorting.parked.append(_bad(envelope, record, error))
    elif verdict is Verdict.GAP:
        problem = f"waits for fact {last.sequence + 1}"
        sorting.parked.append(Parked(envelope=envelope, record=record, kind="gap", problem=problem))
    elif verdict is Verdict.DIVERGED:
        log.error("diverged", source=envelope.source, aggregate=str(envelope.subject))
        sorting.blocked.add(stream)
        sorting.parked.append(_diverged(envelope, record))
    return None


def _diverged(envelope: Envelope, record: bytes) -> Parked:
    problem = "another fact was applied under this sequence"
    return Parked(envelope=envelope, record=record, kind="diverged", problem=problem)


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
