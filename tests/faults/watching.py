"""What is seen of a lab while a round runs: ages, lateness, and every process's last metrics."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg
import httpx

from kesu.home import SERVICES
from tests.e2e.oracle import undelivered
from tests.faults.lab import Lab

WATCH_SECONDS = 0.5
PAGES_EVERY = 4
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(slots=True, kw_only=True)
class Watch:
    """The worst that was seen, and the last metrics page of each process that ever lived."""

    lab: Lab
    client: httpx.AsyncClient
    outbox_age: float = 0.0
    timer_lateness: float = 0.0
    pages: dict[tuple[str, int], str] = field(default_factory=dict)

    async def run(self) -> None:
        """Looks until cancelled."""
        turn = 0
        while True:
            self.outbox_age = max(self.outbox_age, await outbox_age(self.lab))
            self.timer_lateness = max(
                self.timer_lateness, await asked(self.lab, _over_services(_LATEST))
            )
            if turn % PAGES_EVERY == 0:
                await self.read_pages()
            turn += 1
            await asyncio.sleep(WATCH_SECONDS)

    async def read_pages(self) -> None:
        """Takes the metrics of whoever answers within half a second."""
        for service in SERVICES:
            member = self.lab.members.get(service)
            if member is not None:
                with suppress(httpx.TransportError):
                    url = f"http://127.0.0.1:{member.port}/metrics"
                    page = await self.client.get(url, timeout=WATCH_SECONDS)
                    self.pages[service, member.starts] = page.text


async def on_its_way(lab: Lab) -> list[str]:
    """What has not arrived everywhere yet."""
    with suppress(*AWAY):
        connection = await lab.connect()
        try:
            late = await connection.fetchval(_over_services(_DUE, "sum"))
            waiting = [f"{late} timers are due"] if late else []
            return [*waiting, *await undelivered(connection)]
        finally:
            await connection.close()
    return ["the database is away"]


async def stuck(lab: Lab) -> list[str]:
    """What is parked and why, without its content."""
    connection = await lab.connect()
    try:
        return [
            f"{service}: {dict(row)}"
            for service in SERVICES
            for row in await connection.fetch(_PARKED.format(s=service))
        ]
    finally:
        await connection.close()


async def outbox_age(lab: Lab) -> float:
    """Seconds since the oldest unsent fact was written, by this process's clock and its id's.

    Neither leaps with business time, nor jumps with the database.
    """
    written = await asked(lab, _over_services(_OLDEST, "min"))
    return max(time.time() - written, 0.0) if written else 0.0


async def events(lab: Lab) -> int:
    """How many entries all journals have."""
    return int(await asked(lab, _over_services(_EVENTS, "sum")))


async def asked(lab: Lab, question: str, *values: object) -> float:
    """A number, or 0.0 while the database is away."""
    with suppress(*AWAY):
        connection = await lab.connect()
        try:
            return float(await connection.fetchval(question, *values) or 0.0)
        finally:
            await connection.close()
    return 0.0


_PARKED = """
select source, aggregate, sequence, type, kind, problem, attempts from {s}.parked
order by source, aggregate, sequence limit 20
"""
_OLDEST = """
select extract(epoch from min(uuid_extract_timestamp(j.event_id))) as n from {s}.outbox o
join {s}.journal j on j.aggregate = o.aggregate and j.seq = o.seq
"""
_LATEST = """
select greatest(extract(epoch from platform.business_now() - min(due_at)), 0) as n
from {s}.timers where problem is null
"""
_DUE = """
select count(*) as n from {s}.timers
where problem is null and due_at < platform.business_now() - interval '1 s'
"""
_EVENTS = "select count(*) as n from {s}.journal"


def _over_services(question: str, summed: str = "max") -> str:
    parts = " union all ".join(question.format(s=each) for each in SERVICES)
    return f"select {summed}(n) from ({parts}) each"  # noqa: S608 our own schemas
