"""The pool, its codecs, and business time.

Business time is the database's clock plus an offset that only grows (decision 9); leases,
tokens and latencies use real time instead.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from shared.plumbing.lending import LendingPool

SAMPLE_SECONDS = 1.0
LOST = (
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection lost in the middle of a statement
)
"""What the driver raises when a session ends under a caller."""

BUSY = (
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
)
"""What it raises when others were in the way: nothing was done, and the same may work now."""

AWAY = (OSError, asyncpg.PostgresError, *LOST)
"""What the driver raises while PostgreSQL is away, starting up or going down."""


async def _codecs(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + value,
        decoder=lambda value: bytes(value[1:]),
        format="binary",
    )
    # asyncpg's own UUID is a subclass that JSON does not know.
    await connection.set_type_codec(
        "uuid",
        schema="pg_catalog",
        encoder=lambda value: value.bytes,
        decoder=lambda value: UUID(bytes=bytes(value)),
        format="binary",
    )


async def _nothing_to_reset(_connection: object) -> None:
    """Our sessions keep no state, and asyncpg ends open transactions itself: one trip less."""


def pool_of(dsn: str, *, size: int = 10, name: str = "kesu") -> LendingPool:
    """A pool that is not open yet; its connections pass `jsonb` as UTF-8 bytes."""
    return LendingPool(
        dsn,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        loop=None,
        max_queries=1_000_000,
        min_size=1,
        max_size=size,
        init=_codecs,
        reset=_nothing_to_reset,
        command_timeout=30,
        max_inactive_connection_lifetime=300,
        statement_cache_size=512,
        max_cached_statement_lifetime=0,
        server_settings={"application_name": name, "timezone": "UTC"},
    )


async def open_pool(dsn: str, *, size: int = 10, name: str = "kesu") -> LendingPool:
    """A pool with a first connection. Raises OSError when the database cannot be reached."""
    pool: LendingPool = await pool_of(dsn, size=size, name=name)
    return pool


@dataclass(slots=True)
class BusinessTime:
    """The process's sampled offset between its own clock and business time."""

    offset: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    async def sample(self, pool: LendingPool) -> None:
        """Measures the offset anew: the middle of a round trip against the database, which no wait
        in a row may lengthen.
        """
        before = datetime.now(UTC)
        there = await pool.behind.fetchval("select platform.business_now()")
        after = datetime.now(UTC)
        self.offset = there - (before + (after - before) / 2)

    async def keep_sampling(self, pool: LendingPool) -> None:
        """Runs until cancelled; a failed sample keeps the last offset."""
        while True:
            await asyncio.sleep(SAMPLE_SECONDS)
            try:
                await self.sample(pool)
            except AWAY:
                continue


@asynccontextmanager
async def transaction(pool: asyncpg.Pool) -> AsyncIterator[Any]:
    """One connection in one READ COMMITTED transaction."""
    async with pool.acquire() as connection, connection.transaction():
        yield connection
