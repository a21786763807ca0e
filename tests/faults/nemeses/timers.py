"""F35, and a timer that cannot fire: thousands due at once, or one that fails among them."""

import asyncio
import random
import time
from datetime import datetime, timedelta

import asyncpg

from kesu.playing.stage import stage
from tests.faults.clients import asking
from tests.faults.fault import Fault, NotStruck, insist
from tests.faults.hands import NAMED, administrator, nonsense
from tests.faults.lab import Lab

HERD = 2000
GATHER_SECONDS = 90.0
PASSED_SECONDS = 120.0
"""A minute for 100 000 in the matrix, on a machine that does nothing else; here many share it."""
SPARE = 500
PARKED_SECONDS = 60.0
LOOK_SECONDS = 0.25
ARMING = ("escalation", "followup")
"""Whose timers come by the thousand."""


def faults() -> list[Fault]:
    """A herd in each service that has timers by the thousand; a failing timer in each."""
    failing = [fail(service) for service in NAMED]
    herd = Fault(
        name="herd",
        row="F35",
        victims=frozenset({"postgres", "timers"}),
        strike=stampede,
        timely=True,
    )
    return [*failing, herd]


def fail(service: str) -> Fault:
    """A timer whose name means nothing is parked alone; all others fire."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        async with nonsense(lab, service) as name, administrator(lab) as hand:
            until = time.monotonic() + PARKED_SECONDS
            while not (problem := await hand.fetchval(_PROBLEM.format(s=service), name)):
                insist(time.monotonic() < until, f"{service} did not park {name}")
                await asyncio.sleep(LOOK_SECONDS)
            others = await hand.fetch(_OTHERS.format(s=service))
        insist(not others, f"{service} parked {len(others)} timers beside the one ({problem})")
        return 1

    victims = frozenset({"postgres", "timers", service})
    return Fault(name=f"timer-fails:{service}", row="F4", victims=victims, strike=strike)


async def stampede(lab: Lab, rng: random.Random) -> int:
    """Business time leaps over the moments of thousands of timers at once."""
    async with stage(lab.home, lab.admin_dsn) as here, administrator(lab) as hand:
        async with asking(here, lab.home, rng.randrange(10**6), at_once=12, pause=0.02):
            leap = await _gathered(hand)
        await hand.execute("update platform.business_time set ahead = ahead + $1", leap)
        moment, began = await hand.fetchval("select platform.business_now()"), time.monotonic()
        herd = await _due(hand, moment)
        if herd < HERD:
            raise NotStruck(f"only {herd} timers were due at once")
        while left := await _due(hand, moment):
            passed = time.monotonic() - began
            insist(passed < PASSED_SECONDS, f"{left} of {herd} timers were {passed:.0f} s late")
            await asyncio.sleep(LOOK_SECONDS)
    return 1


async def _gathered(hand: asyncpg.Connection) -> timedelta:
    """How far business time must leap over a herd, once one is armed. Raises NotStruck."""
    until = time.monotonic() + GATHER_SECONDS
    while time.monotonic() < until:
        found: timedelta | None = await hand.fetchval(_LEAP, HERD + SPARE)
        if found is not None:
            return max(found, timedelta())
        await asyncio.sleep(LOOK_SECONDS)
    raise NotStruck(f"fewer than {HERD + SPARE} timers were armed")


async def _due(hand: asyncpg.Connection, moment: datetime) -> int:
    return sum([int(await hand.fetchval(_DUE.format(s=each), moment)) for each in ARMING])


_LEAP = """
select due_at - platform.business_now() from (
    select due_at from escalation.timers where problem is null
    union all select due_at from followup.timers where problem is null) t
order by due_at offset $1 limit 1
"""
_DUE = "select count(*) from {s}.timers where problem is null and due_at <= $1"
_PROBLEM = "select problem from {s}.timers where name = $1"
_OTHERS = "select 1 from {s}.timers where problem is not null and name not like 'nonsense%'"
