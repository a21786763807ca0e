"""`python -m benchmarks.stampede [size]`: a hundred thousand clocks due in the same second.

Row F35 of the fault matrix: all fire within a minute, and whoever registers a complaint meanwhile
is answered (p99 under half a second). Intake and escalation run, as in the hop's benchmark.
"""

import argparse
import asyncio
import json
import statistics
import time
from datetime import datetime
from typing import Any

import asyncpg

from benchmarks.due import TooLate, received_at
from benchmarks.exactly import cpu_of
from benchmarks.filling import administrator, at_rest, filler
from benchmarks.hops import steadily
from benchmarks.keeping import begun, keep
from benchmarks.stage import Stage, stage

SIZE = 100_000
PER_SECOND = 50
AHEAD_SECONDS = 1_800
"""Of working time, so that all cases are open when the moment comes."""
PATIENCE_SECONDS = 600
LOOK_SECONDS = 0.25
GOAL_LATE_S, GOAL_P99_MS = 60, 500


def main() -> None:
    """Prints what it found and where the results are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", nargs="?", type=int, default=SIZE, help="clocks due at one moment")
    size = parser.parse_args().size
    results = begun()
    with stage() as found:
        results["broker"] = found.broker.flavour
        for service in ("intake", "escalation"):
            found.start(service)
        results |= found.ask(_measured(found, size))
    print(f"results: {keep(results, 'stampede-')}", flush=True)


async def _measured(found: Stage, size: int) -> dict[str, Any]:
    async with administrator(found) as hand:
        due = await _gathered(found, hand, size)
        waiting = await hand.fetchval(_WAITING, due)
        print(f"  {waiting} clocks are due at {due}; now it is", flush=True)
        quiet = await _asked(found, 10, number=0)
        firing = asyncio.create_task(_fired(found, hand, due))
        told, number = list[float](), 10 * PER_SECOND
        while not firing.done():
            told += await _asked(found, 5, number=number)
            number += 5 * PER_SECOND
        result = {"due": waiting} | await firing
    latency = {"quiet": _latency(quiet), "meanwhile": _latency(told)}
    result |= {"registrations_per_second": PER_SECOND, "intake_ms": latency}
    print(f"  {json.dumps(result)}", flush=True)
    late, p99 = result["seconds"]["last"], latency["meanwhile"]["p99"]
    print(f"  all within {late} s (goal {GOAL_LATE_S}), intake p99 {p99} ms (goal {GOAL_P99_MS})")
    return result


async def _gathered(found: Stage, hand: asyncpg.Connection, size: int) -> datetime:
    """The moment of the herd, once all its cases are open. Raises TooLate."""
    began = time.monotonic()
    async with filler(found) as source:
        await source.register(size, received_at=await received_at(source, AHEAD_SECONDS))
    print(f"  {size} complaints registered after {time.monotonic() - began:.0f} s", flush=True)
    await at_rest(hand)
    print(f"  all cases open after {time.monotonic() - began:.0f} s", flush=True)
    due: datetime = await hand.fetchval("select min(due_at) from escalation.timers")
    if due <= await hand.fetchval("select platform.business_now()"):
        raise TooLate
    return due


async def _asked(found: Stage, seconds: int, *, number: int) -> list[float]:
    """How long each registration of some seconds took, from when it was due."""
    count = seconds * PER_SECOND
    phones = [f"135{each:08d}" for each in range(number, number + count)]
    return (await steadily(found, phones, PER_SECOND)).seconds


async def _fired(found: Stage, hand: asyncpg.Connection, due: datetime) -> dict[str, Any]:
    """Leaps, waits for the last one, and asks the commits. Raises TimeoutError."""
    pids = {"application": found.running["escalation"].pid, "postgres": found.postgres_pid}
    before = {name: cpu_of(pid) for name, pid in pids.items()}
    await hand.execute(
        "update platform.business_time set ahead = ahead + ($1 - platform.business_now())", due
    )
    until = time.monotonic() + PATIENCE_SECONDS
    while await hand.fetchval(_WAITING, due):
        if time.monotonic() > until:
            raise TimeoutError("clocks that are due did not fire")
        await asyncio.sleep(LOOK_SECONDS)
    spent = {name: round(cpu_of(pid) - before[name], 1) for name, pid in pids.items()}
    row = await hand.fetchrow(_TOOK)
    assert row is not None, "an aggregate has one row"
    return {
        "fired": row["fired"],
        "seconds": {name: round(float(row[name]), 1) for name in ("first", "p50", "p99", "last")},
        "cpu_seconds": spent,
    }


def _latency(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100)
    found = {"p50": cuts[49], "p99": cuts[98], "max": max(seconds)}
    return {name: round(each * 1000, 1) for name, each in found.items()}


_WAITING = "select count(*) from escalation.timers where due_at <= $1 and problem is null"
_TOOK = """
with late as (
    select extract(epoch from pg_xact_commit_timestamp(j.xmin) - b.leapt) as s
    from escalation.journal j,
         (select pg_xact_commit_timestamp(xmin) as leapt from platform.business_time) b
    where j.type = 'ClockWarned' and pg_xact_commit_timestamp(j.xmin) >= b.leapt)
select count(*) as fired, min(s) as first, max(s) as last,
       percentile_cont(0.5) within group (order by s) as p50,
       percentile_cont(0.99) within group (order by s) as p99
from late
"""


if __name__ == "__main__":
    main()
