"""F13: a service has no session left. It says so quickly, politely, and lives on."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import chain
from statistics import median
from typing import Any, TypeAlias

import httpx

from kesu.home import SERVICES
from kesu.playing.stage import stage
from tests.faults.fault import Fault, NotStruck, insist
from tests.faults.hands import Knocked, administrator, everybody_back, knock, surely
from tests.faults.lab import Lab

VICTIMS = frozenset({"postgres"})
DOORS = {
    "intake": "/intake/v1/complaints",
    "escalation": "/escalation/v1/cases",
    "compensation": "/compensation/v1/claims",
    "followup": "/followup/v1/callbacks",
    "insights": "/insights/v1/queue",
}
Ask: TypeAlias = Callable[[int], Coroutine[Any, Any, list[Knocked]]]
AT_ONCE = 24
"""More than a pool lends, and more than may wait in its short row (decision 21)."""
REFUSED_SECONDS = 5.0
LOCKED_SECONDS = 7.0
AGAIN_SECONDS = 0.2
FAST_SECONDS = 0.2
"""Of the matrix: what most must hear within. Who holds a session waits for its lock, 2 s; the short
row behind waits for a second."""
SLOW_SECONDS = 6.0
"""What nobody waits beyond on a busy machine: a page that asks twice may stand in the row twice, a
second each time, and then wait for its lock.
"""
ALIVE_SECONDS = 10.0


def faults() -> list[Fault]:
    """Two ways for each service: no login any more, and every session waiting for a lock."""
    refused = [_fault(f"no-sessions:{name}", name, refuse) for name in SERVICES]
    return [*refused, *(_fault(f"all-sessions-wait:{name}", name, occupy) for name in SERVICES)]


async def refuse(lab: Lab, service: str) -> int:
    """The database takes no session of this service, and ends those it has."""
    role, heard = f"kesu_{service}_app", list[Knocked]()
    async with _caller(lab, service) as ask:
        try:
            await surely(lab, f"alter role {role} connection limit 0")
            async with administrator(lab) as hand:
                ended = await hand.fetchval(_END, role)
            until = time.monotonic() + REFUSED_SECONDS
            while time.monotonic() < until:
                heard += await ask(4)
                await asyncio.sleep(AGAIN_SECONDS)
        finally:
            await surely(lab, f"alter role {role} connection limit -1")
    await everybody_back(lab)
    _judge(service, heard)
    return int(ended)


async def occupy(lab: Lab, service: str) -> int:
    """Every session waits for the same lock, and more callers than sessions come."""
    async with _caller(lab, service) as ask, administrator(lab) as hand:
        passing = hand.transaction()
        await passing.start()
        try:
            for table in _TABLES[service]:
                await hand.execute(f"lock table {service}.{table} in access exclusive mode")
            heard = await _crowd(ask)
        finally:
            await passing.rollback()
    await everybody_back(lab)
    if not any(each.status == 503 for each in heard):
        raise NotStruck(f"{service} had a session for everybody")
    _judge(service, heard)
    return 1


async def _crowd(ask: Ask) -> list[Knocked]:
    """So many who come again as soon as they are turned away."""
    until = time.monotonic() + LOCKED_SECONDS

    async def knocking() -> list[Knocked]:
        heard: list[Knocked] = []
        while time.monotonic() < until:
            heard += await ask(1)
            await asyncio.sleep(AGAIN_SECONDS)
        return heard

    told = await asyncio.gather(*(knocking() for _ in range(AT_ONCE)))
    return list(chain.from_iterable(told))


@asynccontextmanager
async def _caller(lab: Lab, service: str) -> AsyncIterator[Ask]:
    """Who knocks at the service's door so many times at once, and at /livez."""
    async with stage(lab.home, lab.admin_dsn) as here:
        headers = here.player.headers_of("auto-demo", "cs-manager")
    base = f"http://127.0.0.1:{lab.home.ports.service(service)}"
    async with httpx.AsyncClient() as client:

        async def ask(times: int) -> list[Knocked]:
            asked = [knock(client, base + DOORS[service], headers) for _ in range(times)]
            alive, *heard = await asyncio.gather(knock(client, f"{base}/livez"), *asked)
            insist(alive.status == 200, f"{service} said {alive.status} at /livez")
            insist(alive.seconds < ALIVE_SECONDS, f"/livez of {service} took {alive.seconds:.1f} s")
            return heard

        yield ask


def _judge(service: str, heard: list[Knocked]) -> None:
    """Whoever is turned away hears 503 and when to come again; most hear it at once."""
    refused = [each for each in heard if not 0 < each.status < 500]
    for each in refused:
        insist(each.status == 503, f"{service} answered {each.status}")
        insist("retry-after" in each.headers, f"a 503 of {service} without Retry-After")
        insist(each.seconds < SLOW_SECONDS, f"a 503 of {service} took {each.seconds:.1f} s")
    if refused:
        usual = median(each.seconds for each in refused)
        insist(usual < FAST_SECONDS, f"half of the 503s of {service} took {usual:.2f} s and more")


def _fault(name: str, service: str, how: object) -> Fault:
    async def strike(lab: Lab, _rng: random.Random) -> int:
        return await how(lab, service)  # type: ignore[operator,no-any-return]

    return Fault(name=name, row="F13", victims=VICTIMS, strike=strike, alone=True)


_END = """
with theirs as materialized (select pid from pg_stat_activity where usename = $1)
select count(*) from theirs where pg_terminate_backend(pid)
"""
_TABLES = {
    "intake": ("complaints",),
    "escalation": ("cases",),
    "compensation": ("claims",),
    "followup": ("callbacks",),
    "insights": ("queue",),
}
