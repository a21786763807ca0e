"""A consumer, shells, timers and writes as they should not be."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table

from shared.kernel.occasion import Occasion
from shared.plumbing.aggregate import Aggregate, Current, Given, decide
from shared.plumbing.applying import Applying, Batch, Sorting
from shared.plumbing.changes import Answer, Change, Entry
from shared.plumbing.inbox import LastHeard, read_envelope, read_fact
from shared.plumbing.shell import Answering, Ask, Shell
from shared.plumbing.timers import Due, Moment, Timers, _decide, _write
from shared.plumbing.together import Target, Workbench, lock
from shared.plumbing.web.preconditions import Idempotency
from shared.plumbing.writing import Connection, prepared
from shared.plumbing.writing import write as honest_write


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetApplying(Applying):
    """Takes the offset for the fact: what was sent twice lies at two offsets."""

    async def _sort(self, _connection: Connection, batches: Sequence[Batch]) -> Sorting:
        sorting = Sorting({}, set())
        for _, record in (record for batch in batches for record in batch.records):
            envelope = read_envelope(record)
            sorting.apply.append(read_fact(record or b"", envelope))
            last = LastHeard(envelope.sequence, envelope.id)
            sorting.heads[envelope.source, envelope.subject] = last
        return sorting


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyShell(Shell):
    """Answers first and commits afterwards, as a `yield` dependency does."""

    later: list["asyncio.Task[None]"] = field(default_factory=list)

    async def handle(
        self, aggregate: Aggregate[Any, Any, Any, Any], ask: Ask[Any], answering: Answering[Any]
    ) -> Answer:
        """Answers a creation; its commit is still to come."""
        connection = await self.pool.acquire()
        transaction = connection.transaction()
        await transaction.start()
        occasion = Occasion(at=self.time.now(), by=ask.by)
        current: Current[Any] = Current(id=ask.id, organisation=ask.by.organisation)
        decided = decide(
            aggregate, current, ask.command, Given(occasion=occasion, origin=ask.origin)
        )
        answer = answering(decided.state, decided.head)
        assert decided.change is not None, "a creation writes something"
        assert ask.once is not None, "a creation has a key"
        keyed = (ask.once, answer, occasion.at)
        await honest_write(connection, aggregate.table, [decided.change], keyed=keyed)
        self.later.append(asyncio.create_task(self._commit(connection, transaction)))
        return answer

    async def _commit(self, connection: Any, transaction: Any) -> None:  # noqa: ANN401
        try:
            await transaction.commit()
        finally:
            await self.pool.release(connection)


@dataclass(slots=True)
class ProcessClockTimers(Timers):
    """Asks its own process what time it is, not the database."""

    async def _batch(self, moment: Moment, limit: int) -> int:
        table = moment.aggregate.table
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(
                f"select t.due_at, t.aggregate, t.name from {self.service}.timers t "  # noqa: S608
                f"join {table.fullname} c on c.id = t.aggregate "
                "where t.due_at <= $1 order by t.due_at limit $2 for update of c skip locked",
                datetime.now(UTC),
                limit,
            )
            return await _fired(connection, moment, [Due(*row) for row in rows])


@dataclass(slots=True)
class HeadlongTimers(Timers):
    """Takes the due timers away first and locks their aggregates afterwards."""

    async def _batch(self, moment: Moment, _limit: int) -> int:
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(
                f"delete from {self.service}.timers "  # noqa: S608
                "where due_at <= platform.business_now() returning due_at, aggregate, name"
            )
            return await _fired(connection, moment, [Due(*row) for row in rows])


async def _fired(connection: Connection, moment: Moment, due: list[Due]) -> int:
    """Decides and writes like the honest one, from here on."""
    targets = [Target(moment.aggregate, each.aggregate) for each in due]
    bench = await lock(connection, targets)
    for each in due:
        _decide(bench, moment, each)
    if due:
        await _write(connection, moment, bench, due)
    return len(due)


@dataclass(slots=True)
class SeqBench(Workbench):
    """Numbers facts by the journal's `seq`, which also counts what nobody is told."""

    def decide(self, target: Target, command: Any, given: Given) -> None:  # noqa: ANN401
        """Decides like the honest one, and numbers wrongly."""
        Workbench.decide(self, target, command, given)
        change = self.changes[target]
        self.changes[target] = replace(change, entries=[_by_seq(e) for e in change.entries])


def _by_seq(entry: Entry) -> Entry:
    if entry.fact is None:
        return entry
    fact = orjson.dumps(orjson.loads(entry.fact) | {"sequence": str(entry.seq)})
    return replace(entry, fact_sequence=entry.seq, fact=fact)


async def ungated_write(
    connection: Connection,
    table: Table,
    changes: Sequence[Change],
    *,
    keyed: tuple[Idempotency, Answer, datetime] | None = None,
) -> set[UUID]:
    """The write statement with one flaw: the key is stored although the version was stale."""
    query, arguments = prepared(table, changes, keyed)
    flawed = re.sub(r"(keyed as \(.*) from state( limit 1)?\)", r"\1)", query)
    return {row[0] for row in await connection.fetch(flawed, *arguments)}
