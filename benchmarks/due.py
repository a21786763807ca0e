"""A thousand clocks due at one moment among all that are armed: how long until all have fired.

The herd was received long enough ago for its half-time warning to come in a minute. Business time
then leaps to that moment; it and the last firing are commits of the database's own clock.
"""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.exactly import cpu_of
from benchmarks.filling import Filler, administrator, filler, opened, settled
from benchmarks.intake import ORGANISATION
from benchmarks.stage import Stage

HERD = 1_000
CLOCK, WARNING, TIMER = "resolve", 50, "clock:resolve:warn:50"
AHEAD_SECONDS = 60
PATIENCE_SECONDS = 300


class TooLate(RuntimeError):
    """The herd's moment came before all its cases were open; nothing was measured."""


async def rounds(stage: Stage, count: int, *, herd: int = HERD) -> list[dict[str, Any]]:
    """So many herds, one after the other, each among all earlier ones."""
    found = []
    async with administrator(stage) as hand:
        for _ in range(count):
            have = await hand.fetchval("select count(*) from intake.complaints")
            async with filler(stage, telephone=have * 10 + 5_000_000) as source:
                found.append(await _round(stage, hand, source, herd))
    return found


async def _round(
    stage: Stage, hand: asyncpg.Connection, source: Filler, herd: int
) -> dict[str, Any]:
    for ahead in (AHEAD_SECONDS, 10 * AHEAD_SECONDS):
        ids = await source.register(herd, received_at=await received_at(source, ahead))
        await opened(hand, ids)
        await settled(hand)
        due = await hand.fetchval(_SOONEST, ids)
        try:
            return await _fired(stage, hand, ids, due)
        except TooLate:
            print("  a herd's moment came too early; once more with more time", flush=True)
    raise TooLate


async def received_at(source: Filler, ahead: int) -> datetime:
    """The receipt whose warning is due so many working seconds from now."""
    now = source.parts.time.now().replace(microsecond=0)
    pack = source.intake.packs.for_organisation(ORGANISATION, now)
    rule = next(each for each in pack.escalation.clocks if each.name == CLOCK)
    calendar = pack.calendar(rule.calendar)
    due = calendar.due(now, seconds=ahead)
    low, high = 0, 60 * 86_400
    while low < high:
        ago = (low + high) // 2
        share = calendar.allowance(now - timedelta(seconds=ago), rule.within) * WARNING // 100
        reached = calendar.due(now - timedelta(seconds=ago), seconds=share)
        low, high = (ago + 1, high) if reached > due else (low, ago)
    return now - timedelta(seconds=low)


async def _fired(
    stage: Stage, hand: asyncpg.Connection, ids: list[UUID], due: datetime | None
) -> dict[str, Any]:
    """Leaps, waits for the last one, and asks the commits. Raises TooLate."""
    among = await hand.fetchval("select count(*) from escalation.cases where open")
    armed = await hand.fetchval("select count(*) from escalation.timers")
    pids = {"application": stage.running["escalation"].pid, "postgres": stage.postgres_pid}
    before = {name: cpu_of(pid) for name, pid in pids.items()}
    waiting = await hand.fetchval(_WAITING, due, TIMER, ids)
    if waiting != len(ids):
        raise TooLate
    await hand.execute(
        "update platform.business_time set ahead = ahead + ($1 - platform.business_now())", due
    )
    await _all_gone(hand, ids)
    spent = {name: cpu_of(pid) - before[name] for name, pid in pids.items()}
    row = await hand.fetchrow(_TOOK, ids)
    assert row is not None, "an aggregate has one row"
    if row["published"] != len(ids):
        raise RuntimeError(f"{row['published']} of {len(ids)} warnings were published")
    return {
        "open_cases": among,
        "armed_timers": armed,
        "due": len(ids),
        "seconds": round(float(row["seconds"]), 4),
        "first_seconds": round(float(row["first"]), 4),
        "cpu_us_per_clock": round(sum(spent.values()) / len(ids) * 1e6, 1),
    }


async def _all_gone(hand: asyncpg.Connection, ids: list[UUID]) -> None:
    """Until no warning of these is armed. Raises TimeoutError."""
    until = time.monotonic() + PATIENCE_SECONDS
    while await hand.fetchval(_LEFT, ids, TIMER):
        if time.monotonic() > until:
            raise TimeoutError("clocks that are due did not fire")
        await asyncio.sleep(0.05)


_SOONEST = """
select min(due_at) from escalation.timers where aggregate = any($1)
"""
_WAITING = """
select case when $1 > platform.business_now()
             and cardinality($3::uuid[]) =
                 (select count(*) from escalation.timers where due_at <= $1)
       then count(*) else 0 end
from escalation.timers where aggregate = any($3) and name = $2 and due_at = $1
"""
_LEFT = "select count(*) from escalation.timers where aggregate = any($1) and name = $2"
_TOOK = """
select extract(epoch from max(pg_xact_commit_timestamp(j.xmin)) - max(b.leapt)) as seconds,
       extract(epoch from min(pg_xact_commit_timestamp(j.xmin)) - max(b.leapt)) as first,
       count(j.fact) as published
from escalation.journal j,
     (select pg_xact_commit_timestamp(xmin) as leapt from platform.business_time) b
where j.aggregate = any($1) and j.type = 'ClockWarned'
  and pg_xact_commit_timestamp(j.xmin) >= b.leapt
"""
