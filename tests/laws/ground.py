"""Where the laws stand: a schema of their own on the session's PostgreSQL, emptied in no time.

Hypothesis calls its rules plainly, so the ground brings an event loop of its own.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.plumbing.database import BusinessTime, open_pool
from shared.plumbing.lending import LendingPool
from shared.plumbing.migrating import guards
from shared.plumbing.platform import STATEMENTS
from shared.plumbing.shell import Shell
from shared.plumbing.statement import DIALECT
from shared.plumbing.verifying import Finding, verify
from shared.plumbing.wake import Wake
from shared.plumbing.writing import Connection
from tests.laws.slate import METADATA
from tests.support.postgres import PostgresServer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ground:
    """A pool, and the loop it lives on."""

    loop: asyncio.AbstractEventLoop
    pool: LendingPool
    time: BusinessTime

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for the work."""
        return self.loop.run_until_complete(work)

    @property
    def shell(self) -> Shell:
        return Shell(pool=self.pool, time=self.time, wake=Wake())

    def fetch(self, sql: str, *values: object) -> list[Any]:
        return list(self.run(self.pool.fetch(sql, *values)))

    def execute(self, sql: str, *values: object) -> None:
        self.run(self.pool.execute(sql, *values))

    def empty(self) -> None:
        """Nothing happened yet; business time is the database's again."""
        self.execute(_EMPTY)
        self.run(self.time.sample(self.pool))

    def findings(self) -> list[Finding]:
        """What `kesu journal verify` says."""
        return self.run(self._findings())

    async def _findings(self) -> list[Finding]:
        async with self.pool.acquire() as connection:
            return [found async for found in verify(connection, "laws", ["slates"])]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self.pool.acquire() as connection, connection.transaction():
            yield connection


@contextmanager
def grounds(server: PostgresServer) -> Iterator[Ground]:
    """A database of its own, gone afterwards."""
    loop, name = asyncio.new_event_loop(), f"laws_{os.getpid()}"
    try:
        pool = loop.run_until_complete(_made(server, name))
        time = BusinessTime()
        yield Ground(loop, pool, time)
        loop.run_until_complete(_gone(server, name, pool))
    finally:
        loop.close()


async def _made(server: PostgresServer, name: str) -> LendingPool:
    await _each(server.admin_dsn, [f'create database "{name}"', _ROLE])
    schema = ["create schema laws", *_tables(), *guards("laws")]
    await _each(server.dsn(name), [*STATEMENTS, *schema])
    return await open_pool(server.dsn(name), size=8)


async def _gone(server: PostgresServer, name: str, pool: asyncpg.Pool) -> None:
    await pool.close()
    await _each(server.admin_dsn, [f'drop database "{name}" with (force)'])


async def _each(dsn: str, statements: Sequence[str]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _tables() -> list[str]:
    made: list[str] = []
    for table in METADATA.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=DIALECT)))
        made += [str(CreateIndex(index).compile(dialect=DIALECT)) for index in table.indexes]
    return made


_ROLE = """
do $$ begin create role kesu_laws_app nologin; exception when duplicate_object then null; end $$
"""
_EMPTY = """
alter table laws.journal disable trigger user;
delete from laws.slates; delete from laws.journal; delete from laws.outbox;
delete from laws.inbox; delete from laws.parked; delete from laws.unreadable;
delete from laws.offsets; delete from laws.timers; delete from laws.texts;
delete from laws.idempotency; delete from laws.notes; delete from laws.seats;
delete from laws.applied;
alter table laws.journal enable trigger user;
alter table platform.business_time disable trigger user;
update platform.business_time set ahead = '0';
alter table platform.business_time enable trigger user
"""
