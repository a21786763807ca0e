"""From a commit in one service to the commit of its effect in another, and the relay's speed.

Both commit moments come from the database itself (`track_commit_timestamp`).
"""

import asyncio
import time
from typing import Any

import asyncpg

from benchmarks.intake import ORGANISATION, PATH, PERSONA, body
from benchmarks.processes import cpu_seconds
from benchmarks.stage import Stage
from benchmarks.steady import Sent, Steadily

PER_SECOND = 200
SECONDS = 20


def commit_to_applied(stage: Stage) -> dict[str, Any]:
    """Registrations at a steady rate; how long until escalation has opened the case.

    The two services of the hop run, the others stand still: two cores carry no more at 200/s.
    """
    for service in ("intake", "escalation"):
        stage.start(service)
    return stage.ask(_commit_to_applied(stage))


async def _commit_to_applied(stage: Stage) -> dict[str, Any]:
    connection = await asyncpg.connect(stage.admin_dsn)
    try:
        began = await connection.fetchval("select clock_timestamp()")
        phones = [_phone(number) for number in range(PER_SECOND * SECONDS)]
        sent = await steadily(stage, phones, PER_SECOND)
        await _applied(connection, began, len(phones))
        row = await connection.fetchrow(_LATENCY, began)
    finally:
        await connection.close()
    assert row is not None, "an aggregate has one row"
    found = {name: round(float(row[name]), 2) for name in ("p50_ms", "p95_ms", "p99_ms", "max_ms")}
    print(f"  commit → applied at {PER_SECOND}/s: {found}")
    own = round(sent.cpu_seconds / len(phones) * 1000, 2)
    more = {"sent": len(phones), "generator_cpu_ms": own}
    return {"per_second": PER_SECOND, "hops": row["hops"], **more, **found}


async def steadily(stage: Stage, phones: list[str], per_second: int) -> Sent:
    """Registers complaints of these telephones through intake's door, at this rate."""
    port = stage.home.ports.service("intake")
    headers = {"Authorization": f"Bearer {stage.token(ORGANISATION, PERSONA)}"}
    sender = Steadily(f"http://127.0.0.1:{port}{PATH}", headers, per_second)
    return await sender.send([body(phone) for phone in phones])


def _phone(number: int) -> str:
    return f"137{number:08d}"


async def _applied(connection: asyncpg.Connection, began: Any, sent: int) -> None:
    for _ in range(600):
        seen = await connection.fetchval(
            "select count(*) from intake.complaints c join escalation.cases e using (id) "
            "where pg_xact_commit_timestamp(c.xmin) >= $1 or "
            "(c.state->>'registered_at')::timestamptz >= $1",
            began,
        )
        if seen >= sent:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("escalation did not open all cases")


_LATENCY = """
with hop as (
    select extract(epoch from pg_xact_commit_timestamp(e.xmin) - pg_xact_commit_timestamp(j.xmin))
           * 1000 as ms
    from intake.journal j
    join escalation.journal e on e.aggregate = j.aggregate and e.seq = 1
    where j.seq = 1 and pg_xact_commit_timestamp(j.xmin) >= $1)
select count(*) as hops,
       percentile_cont(0.5) within group (order by ms) as p50_ms,
       percentile_cont(0.95) within group (order by ms) as p95_ms,
       percentile_cont(0.99) within group (order by ms) as p99_ms,
       max(ms) as max_ms
from hop
"""


def relay(stage: Stage) -> dict[str, Any]:
    """Drains the outbox that the intake rounds left behind with one worker process."""
    return stage.ask(_relay(stage))


async def _relay(stage: Stage) -> dict[str, Any]:
    connection = await asyncpg.connect(stage.admin_dsn)
    try:
        waiting = await connection.fetchval("select count(*) from intake.outbox")
        stage.stop("intake")
        began = time.monotonic()
        pid = stage.start("intake", "--only", "worker")
        ready, left = time.monotonic(), waiting
        before, first = cpu_seconds([pid]), await connection.fetchval(_LEFT)
        while left:
            await asyncio.sleep(0.05)
            left = await connection.fetchval(_LEFT)
        took = time.monotonic() - ready
        spent = cpu_seconds([pid]) - before
    finally:
        await connection.close()
    rate = first / took if first else waiting / (time.monotonic() - began)
    print(f"  relay: {waiting} facts drained, {rate:.0f}/s")
    return {
        "facts": waiting,
        "per_second": round(rate, 1),
        "drain_seconds": round(took, 2),
        "worker_cpu_us_per_fact": round(spent / max(first, 1) * 1e6, 1),
    }


_LEFT = "select count(*) from intake.outbox"
