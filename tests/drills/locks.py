"""Who waits for an exclusive lock, and for how long; and a table that is held."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from tests.faults.lab import Lab

LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Waits:
    """The longest wait for ACCESS EXCLUSIVE that was seen, and how many waits there were."""

    longest: float = 0.0
    begun: set[object] = field(default_factory=set)

    async def watch(self, connection: asyncpg.Connection) -> None:
        """Looks until cancelled."""
        while True:
            for row in await connection.fetch(_WAITS):
                self.longest = max(self.longest, row["seconds"])
                self.begun.add((row["pid"], row["waitstart"]))
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def watched(lab: Lab) -> AsyncIterator[Waits]:
    """Looks for as long as the block runs."""
    waits, connection = Waits(), await lab.connect()
    watching = asyncio.create_task(waits.watch(connection))
    try:
        yield waits
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        connection.terminate()


@asynccontextmanager
async def held(lab: Lab, table: str) -> AsyncIterator[None]:
    """A long reader: nobody gets the table for himself while the block runs."""
    connection = await lab.connect()
    try:
        async with connection.transaction():
            await connection.execute(f"lock table {table} in access share mode")
            yield
    finally:
        await connection.close()


_WAITS = """
select pid, waitstart, extract(epoch from clock_timestamp() - waitstart)::float8 as seconds
from pg_locks where not granted and mode = 'AccessExclusiveLock' and waitstart is not null
"""
