"""Where a mutant meets the honest implementation: one tiny service in a schema of its own.

The service is the counter of `tests/integration/plumbing/toy.py` under another name, on the real
write statement; its topic is its own too, so that scenarios cannot disturb each other.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Column, Integer, Table
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.contracts.registry import topic_of
from shared.kernel.errors import DomainError
from shared.kernel.occasion import Actor, Occasion
from shared.plumbing.aggregate import Given
from shared.plumbing.broker import Broker
from shared.plumbing.changes import Answer, Head, Origin
from shared.plumbing.database import AWAY, BusinessTime, open_pool
from shared.plumbing.lending import LendingPool
from shared.plumbing.problems import Refusal
from shared.plumbing.relay import Relay
from shared.plumbing.shell import Ask, Shell
from shared.plumbing.tables import BUCKETS, aggregate_table, schema_of
from shared.plumbing.together import AnyAggregate, Target, Workbench, lock
from shared.plumbing.wake import Wake
from shared.plumbing.web.preconditions import Idempotency
from tests.faults.mutants.gates import Gate, GatedBroker
from tests.faults.oracle import Answered, Evidence, Op, Outcome, read_topics
from tests.integration.plumbing import toy
from tests.support.kafka import KafkaServer

ANNE = Actor(id="p-anne", organisation="org", units=frozenset({"hq"}))
START = "start"
_LETTERS = product("abcdefghij", repeat=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One service: its aggregate, its pool, the broker it speaks to, and what its clients saw."""

    service: str
    aggregate: AnyAggregate
    pool: LendingPool
    broker: Broker
    dsn: str
    shell: Shell
    ops: list[Op] = field(default_factory=list)
    relays: list[Relay] = field(default_factory=list)

    @property
    def table(self) -> str:
        """Its state table."""
        return self.aggregate.table.fullname

    def target(self, counter: UUID) -> Target:
        """A counter, to be locked."""
        return Target(self.aggregate, counter)

    async def started(self) -> UUID:
        """A new counter, by an honest shell."""
        counter = uuid4()
        await self.ask(counter, toy.Start(), creates=True)
        return counter

    async def ask(
        self, counter: UUID, command: toy.Command, *, creates: bool = False, by: Shell | None = None
    ) -> Op:
        """One command as a client sees it: kept in `ops` with what the client was told."""
        op = Op(
            kind=START if creates else "add",
            key=uuid4().hex,
            outcome=Outcome.UNKNOWN,
            id=counter,
            correlations=(uuid4(),),
        )
        ask: Ask[toy.Command] = Ask(
            id=counter,
            command=command,
            by=ANNE,
            origin=Origin(correlation=op.correlations[0]),
            creates=creates,
            once=_once(op.key),
        )
        self.ops.append(await _told(by or self.shell, self.aggregate, ask, op))
        return self.ops[-1]

    @asynccontextmanager
    async def held(
        self, counter: UUID, command: toy.Command | None = None, kind: type[Workbench] = Workbench
    ) -> AsyncIterator[Workbench]:
        """A locked counter, with a command written and not yet committed when one is given."""
        async with self.pool.acquire() as connection, connection.transaction():
            locked = await lock(connection, [self.target(counter)])
            bench = kind(connection=connection, at=locked.at, current=locked.current)
            if command is not None:
                await self.on(bench, counter, command)
            yield bench

    async def on(
        self, bench: Workbench, counter: UUID, command: toy.Command, cause: UUID | None = None
    ) -> None:
        """Decides and writes a command on a bench of its own transaction."""
        origin = Origin(correlation=uuid4(), cause=cause)
        bench.decide(self.target(counter), command, Given(occasion=_at(bench), origin=origin))
        await bench.write()

    def relay(self, kind: type[Relay], gate: Gate | None = None) -> Relay:
        """A relay of this kind; with a gate, one whose sends stand before it."""
        broker = self.broker
        if gate is not None:
            broker = GatedBroker(bootstrap=broker.bootstrap, flavour=broker.flavour, gate=gate)
        self.relays.append(kind(self.service, self.pool, broker, Wake()))
        return self.relays[-1]

    async def expire_leases(self) -> None:
        """Three seconds pass for the leases, whoever holds them."""
        await self.pool.execute(
            f"update {self.service}.relay_leases set expires_at = '-infinity'"  # noqa: S608
        )

    async def evidence(self, **more: Any) -> Evidence:  # noqa: ANN401
        """What this service left behind; whoever listens to it is named in `more`."""
        records = await read_topics(self.broker.bootstrap, [topic_of(self.service)])
        given: dict[str, Any] = {
            "records": tuple(records),
            "services": (self.service,),
            "listens": {},
        }
        return Evidence(
            admin_dsn=self.dsn,
            ops=tuple(self.ops),
            creates={START: self.table},
            **(given | more),
        )

    async def close(self) -> None:
        """Ends its producers and its pool."""
        for relay in self.relays:
            await relay._drop_producer()
        await self.pool.close()


async def drained(relay: Relay, turns: int = 3) -> None:
    """Lets a relay work until it finds nothing, a few times over."""
    idle = 0
    while idle < turns:
        idle = 0 if await relay.turn() else idle + 1
        relay.renewed_at = 0.0


async def new_ground(dsn: str, server: KafkaServer) -> Ground:
    """A service that was never heard of, on this database and this broker."""
    service = "mutant_" + "".join(next(_LETTERS))
    aggregate = await _aggregate(dsn, service)
    pool = await open_pool(dsn, size=8, name=service)
    await pool.execute(
        f"insert into {service}.relay_leases (bucket) select generate_series(0, {BUCKETS - 1})"
    )
    time = BusinessTime()
    await time.sample(pool)
    return Ground(
        service=service,
        aggregate=aggregate,
        pool=pool,
        broker=Broker(bootstrap=server.bootstrap, flavour=server.flavour),
        dsn=dsn,
        shell=Shell(pool=pool, time=time, wake=Wake()),
    )


async def _aggregate(dsn: str, service: str) -> AnyAggregate:
    metadata = schema_of(service)
    table: Table = aggregate_table("counters", metadata, Column("value", Integer, nullable=False))
    engine = create_async_engine(
        dsn.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool
    )
    async with engine.begin() as begun:
        await begun.exec_driver_sql(f"create schema {service}")
        await begun.run_sync(metadata.create_all)
    await engine.dispose()
    return replace(
        toy.AGGREGATE, service=service, table=table, asides=lambda _event, _state, _occasion: ()
    )


async def _told(shell: Any, aggregate: AnyAggregate, ask: Ask[Any], op: Op) -> Op:  # noqa: ANN401
    """The op with its outcome, as a client would note it."""
    try:
        answer = await shell.handle(aggregate, ask, _answering(ask.id))
    except (DomainError, Refusal):
        return replace(op, outcome=Outcome.FAIL, status=409)
    except AWAY:
        return op
    status = answer.status
    return replace(
        op,
        outcome=Outcome.OK,
        status=status,
        answers=(Answered(status, answer.replayed, UUID(orjson.loads(answer.body)["id"])),),
    )


def _answering(counter: UUID) -> Any:  # noqa: ANN401
    def answering(_state: toy.Counter, head: Head) -> Answer:
        return Answer(status=200, body=orjson.dumps({"id": counter}), revision=head.revision)

    return answering


def _once(key: str) -> Idempotency:
    return Idempotency(
        organisation="org", actor=ANNE.id, route="POST /counters", key=key, fingerprint=b"same"
    )


def _at(bench: Workbench) -> Occasion:
    return Occasion(at=bench.at, by=ANNE)
