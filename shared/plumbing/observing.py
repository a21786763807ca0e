"""What an operator watches, measured every few seconds: what waits, for how long, and how busy.

Gauges of reliability 8.1. The age of an unsent fact is real time, whatever business time says.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import asyncpg

from shared.plumbing import telemetry
from shared.plumbing.database import AWAY

LOOK_SECONDS = 5.0
NAP_SECONDS = 0.5

_OUTBOX = """
select bucket, count(*) as n,
       extract(epoch from clock_timestamp() - min(posted_at))::float8 as age
from {s}.outbox group by bucket
"""
_PARKED = """
select kind, count(distinct (source, aggregate)) as n from {s}.parked group by kind
"""
_PREPARED = """
select coalesce(extract(epoch from clock_timestamp() - min(prepared)), 0)::float8
from pg_prepared_xacts where database = current_database()
"""


@dataclass(slots=True)
class Observing:
    """Keeps one process's gauges. Both loops run until cancelled."""

    service: str
    pool: asyncpg.Pool

    async def run(self) -> None:
        """Looks into the tables; while the database is away the last figures stay."""
        while True:
            with suppress(*AWAY):
                await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """One look. Raises what the driver raises."""
        async with self.pool.acquire() as connection:
            waiting = await connection.fetch(_OUTBOX.format(s=self.service))
            parked = await connection.fetch(_PARKED.format(s=self.service))
            prepared = await connection.fetchval(_PREPARED)
        telemetry.OUTBOX.clear()
        for row in waiting:
            telemetry.OUTBOX.labels(self.service, str(row["bucket"])).set(row["n"])
        oldest = max((row["age"] for row in waiting), default=0.0)
        telemetry.OUTBOX_OLDEST_AGE.labels(self.service).set(max(oldest, 0.0))
        telemetry.PARKED_AGGREGATES.clear()
        for row in parked:
            telemetry.PARKED_AGGREGATES.labels(self.service, row["kind"]).set(row["n"])
        telemetry.PREPARED_OLDEST_AGE.labels(self.service).set(prepared)

    async def feel(self) -> None:
        """How late the event loop wakes from a nap."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(NAP_SECONDS)
            late = time.monotonic() - began - NAP_SECONDS
            telemetry.EVENT_LOOP_LAG.labels(self.service).set(max(late, 0.0))
