"""F13: a service has no session left. It says so quickly, politely, and lives on."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any

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
AT_ONCE = 40
"""More than a pool has."""
REFUSED_SECONDS = 5.0
LOCKED_SECONDS = 7.0
FAST_SECONDS = 3.0
"""A fifth of a second in the matrix; what holds here is the wait for a lock, and a busy machine."""
ALIVE_SECONDS = 10.0


def faults() -> list[Fault]:
    """Two ways for each service: no login any more, and every session waiting for a lock."""
    refused = [_fault(f"no-sessions:{name}", name, refuse) for name in SERVICES]
    return [*refused, *(_fault(f"all-sessions-wait:{name}", name, occupy) for name in SERVICES)]


async def refuse(lab: Lab, service: str) -> int:
    """The database takes no session of this service, and ends those it has."""
    role, ask = f"kesu_{service}_app", await _caller(lab, service)
    heard = list[Knocked]()
    try:
        await surely(lab, f"alter role {role} connection limit 0")
        async with administrator(lab) as hand:
            ended = await hand.fetchval(_END, role)
        until = time.monotonic() + REFUSED_SECONDS
        while time.monotonic() < until:
            heard += await ask(4)
            await asyncio.sleep(0.2)
    finally:
        await surely(lab, f"alter role {role} connection limit -1")
    await everybody_back(lab)
    _judge(service, heard, within=FAST_SECONDS)
    return int(ended)


async def occupy(lab: Lab, service: str) -> int:
    """Every session waits for the same lock, and more callers than sessions come."""
    ask = await _caller(lab, service)
    async with administrator(lab) as hand:
        passing = hand.transaction()
        await passing.start()
        try:
            for table in _TABLES[service]:
                await hand.execute(f"lock table {service}.{table} in access exclusive mode")
            knocking = asyncio.create_task(ask(AT_ONCE))
            await asyncio.sleep(LOCKED_SECONDS)
        finally:
            await passing.rollback()
        heard = await knocking
    await everybody_back(lab)
    if not any(each.status == 503 for each in heard):
        raise NotStruck(f"{service} had a session for everybody")
    _judge(service, heard, within=LOCKED_SECONDS + FAST_SECONDS)
    return 1


async def _caller(lab: Lab, service: str) -> Callable[[int], Coroutine[Any, Any, list[Knocked]]]:
    """Who knocks at the service's door so many times at once, and at /livez."""
    async with stage(lab.home, lab.admin_dsn) as here:
        headers = here.player.headers_of("auto-demo", "cs-manager")
    base = f"http://127.0.0.1:{lab.home.ports.service(service)}"

    async def ask(times: int) -> list[Knocked]:
        async with httpx.AsyncClient() as client:
            asked = [knock(client, base + DOORS[service], headers) for _ in range(times)]
            alive, *heard = await asyncio.gather(knock(client, f"{base}/livez"), *asked)
        insist(alive.status == 200, f"{service} said {alive.status} at /livez")
        insist(alive.seconds < ALIVE_SECONDS, f"/livez of {service} took {alive.seconds:.1f} s")
        return heard

    return ask


def _judge(service: str, heard: list[Knocked], *, within: float) -> None:
    """Whoever is turned away hears 503 and when to come again."""
    for each in heard:
        if 0 < each.status < 500:
            continue
        insist(each.status == 503, f"{service} answered {each.status}")
        insist("retry-after" in each.headers, f"a 503 of {service} without Retry-After")
        insist(each.seconds < within, f"a 503 of {service} took {each.seconds:.1f} s")


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
