"""The toy's schema on the session's PostgreSQL, empty before each test."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from shared.kernel.occasion import Actor
from shared.plumbing.changes import Answer, Aside, Head, Origin, Premise
from shared.plumbing.database import BusinessTime, open_pool
from shared.plumbing.lending import LendingPool
from shared.plumbing.migrating import guards
from shared.plumbing.platform import STATEMENTS
from shared.plumbing.shell import Ask, Shell
from shared.plumbing.wake import Wake
from shared.plumbing.web.preconditions import UNCONDITIONAL, Expectation, Idempotency
from tests.integration.plumbing import toy
from tests.support.postgres import PostgresServer

ANNE = Actor(id="p-anne", organisation="org", units=frozenset({"hq"}))


@dataclass(frozen=True)
class Toy:
    """A shell over the toy's schema, and short ways to ask it."""

    shell: Shell
    pool: LendingPool

    async def ask(
        self,
        counter: UUID,
        command: toy.Command,
        *,
        creates: bool = False,
        once: Idempotency | None = None,
        expecting: Expectation = UNCONDITIONAL,
        by: Actor = ANNE,
        premises: Sequence[Premise] = (),
        asides: Sequence[Aside] = (),
        sees: Callable[[toy.Counter], bool] = lambda _state: True,
    ) -> Answer:
        ask: Ask[toy.Command] = Ask(
            id=counter,
            command=command,
            by=by,
            origin=Origin(correlation=uuid4()),
            creates=creates,
            once=once,
            expecting=expecting,
            premises=premises,
            asides=asides,
            sees=sees,
        )
        return await self.shell.handle(toy.AGGREGATE, ask, _answering)

    async def started(self, command: toy.Start | None = None) -> UUID:
        counter = uuid4()
        await self.ask(counter, command or toy.Start(), creates=True)
        return counter


def _answering(counter: toy.Counter, head: Head) -> Answer:
    return Answer(status=200, body=b'{"value":%d}' % counter.value, revision=head.revision)


def key(word: str, content: bytes = b"same") -> Idempotency:
    return Idempotency(
        organisation="org", actor=ANNE.id, route="POST /toys", key=word, fingerprint=content
    )


@pytest.fixture(scope="session")
async def toy_dsn(postgres: PostgresServer) -> AsyncIterator[str]:
    name = f"toy_{os.getpid()}"
    admin = await asyncpg.connect(postgres.admin_dsn)
    await admin.execute(f'create database "{name}"')
    await admin.execute(_ROLE)
    dsn = postgres.dsn(name)
    connection = await asyncpg.connect(dsn)
    for statement in STATEMENTS:
        await connection.execute(statement)
    await connection.execute("create schema toy")
    await connection.close()
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as begun:
        await begun.run_sync(toy.METADATA.create_all)
        for statement in guards("toy"):
            await begun.exec_driver_sql(statement)
    await engine.dispose()
    yield dsn
    await admin.execute(f'drop database "{name}" with (force)')
    await admin.close()


_ROLE = """
do $$ begin create role kesu_toy_app nologin; exception when duplicate_object then null; end $$
"""


@pytest.fixture
async def toys(toy_dsn: str) -> AsyncIterator[Toy]:
    pool = await open_pool(toy_dsn, size=16)
    await pool.execute(_EMPTY)
    time = BusinessTime()
    await time.sample(pool)
    yield Toy(Shell(pool=pool, time=time, wake=Wake()), pool)
    await pool.close()


_EMPTY = """
alter table toy.journal disable trigger user;
truncate toy.counters, toy.journal, toy.outbox, toy.inbox, toy.parked, toy.unreadable, toy.offsets,
  toy.timers, toy.texts, toy.idempotency, toy.steps, platform.clock_holds,
  platform.clock_acknowledgements;
alter table toy.journal enable trigger user;
update toy.relay_leases set owner = null, epoch = 0, expires_at = '-infinity'
"""
