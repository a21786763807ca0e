"""What is measured at each size: registrations, pages of lists, hops. Rounds are short and counted,
so that the database hardly grows while it is measured.
"""

import asyncio
import os
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson

from benchmarks.exactly import cpu_of
from benchmarks.filling import administrator, opened, settled
from benchmarks.hops import steadily
from benchmarks.intake import ORGANISATION, PATH, PERSONA, environment_of
from benchmarks.load import hammer
from benchmarks.stage import Stage

REQUESTS = {1: 100, 8: 200}
BURST_SECONDS = 1
LISTS = {"intake": "/intake/v1/complaints", "escalation": "/escalation/v1/cases"}
PAGE, WALK = 50, 200
HOPS_PER_SECOND, HOP_SECONDS, IDLE_SECONDS = 50, 3, 1


def registrations(stage: Stage, folder: Path, rounds: int) -> dict[str, Any]:
    """CPU and latency of a registration with one client and eight; relay and neighbours rest."""
    told = environment_of(stage, folder)
    found: dict[int, list[dict[str, float]]] = {clients: [] for clients in REQUESTS}
    _burst(stage, "intake", PATH, told | _fresh(), clients=8, stop=REQUESTS[8])
    for _ in range(rounds):
        for clients, stop in REQUESTS.items():
            burst = _burst(stage, "intake", PATH, told | _fresh(), clients=clients, stop=stop)
            found[clients].append(burst)
    return {str(clients): _medians(measured) for clients, measured in found.items()}


def pages(stage: Stage, rounds: int) -> dict[str, Any]:
    """First page of each list, and the one in the middle of everything that was registered."""
    told = os.environ | {"BENCH_TOKEN": stage.token(ORGANISATION, PERSONA)}
    asked: dict[tuple[str, str], str] = {}
    for service, path in LISTS.items():
        asked[service, "first"] = f"{path}?limit={PAGE}"
        asked[service, "deep"] = stage.ask(_middle(stage, service, path))
    found: dict[tuple[str, str], list[dict[str, float]]] = {place: [] for place in asked}
    for _ in range(rounds):
        for place, path in asked.items():
            found[place].append(_burst(stage, place[0], path, told, clients=1, stop=0))
    return {
        service: {depth: _medians(found[service, depth]) for depth in ("first", "deep")}
        for service in LISTS
    }


async def _middle(stage: Stage, service: str, path: str) -> str:
    """Walks the pages, as a reader does, to where half of everything lies behind."""
    async with administrator(stage) as hand:
        half = await hand.fetchval("select count(*) / 2 from intake.complaints")
    following, seen = "", 0
    async with _client(stage, service) as client:
        while seen < half:
            step = min(WALK, max(half - seen, 1))
            answer = await client.get(f"{path}?limit={step}{following}")
            page = answer.raise_for_status().json()
            seen += len(page["items"])
            following = f"&cursor={quote(page['next'])}"
    return f"{path}?limit={PAGE}{following}"


def _burst(
    stage: Stage, service: str, path: str, told: dict[str, str], *, clients: int, stop: int
) -> dict[str, float]:
    """So many requests, or a second's. Raises RuntimeError when one of them is refused."""
    pids = (stage.running[service].pid, stage.postgres_pid)
    before = [cpu_of(pid) for pid in pids]
    measured = hammer(
        f"http://127.0.0.1:{stage.home.ports.service(service)}{path}",
        clients=clients,
        seconds=BURST_SECONDS,
        environment=told | {"BENCH_STOP": str(stop)},
    )
    spent = [cpu_of(pid) - was for pid, was in zip(pids, before, strict=True)]
    if measured.errors or not measured.requests:
        raise RuntimeError(f"{measured.errors} of {measured.requests} requests failed: {path}")
    application, postgres = (used / measured.requests * 1000 for used in spent)
    return {
        "requests": measured.requests,
        "p50_ms": measured.p50_ms,
        "p99_ms": measured.p99_ms,
        "application_cpu_ms": application,
        "postgres_cpu_ms": postgres,
        "cpu_ms": application + postgres,
    }


async def hops(stage: Stage, rounds: int) -> dict[str, Any]:
    """From the commit of a registration to the commit of its open case, at a modest rate."""
    async with administrator(stage) as hand:
        await _hop(stage, hand)
        return _medians([await _hop(stage, hand) for _ in range(rounds)])


async def _hop(stage: Stage, hand: asyncpg.Connection) -> dict[str, float]:
    pids = (stage.running["escalation"].pid, stage.postgres_pid)
    idle, _ = await _spent(pids, asyncio.sleep(IDLE_SECONDS))
    spent, ids = await _spent(pids, _steadily(stage, hand))
    row = await hand.fetchrow(_LATENCY, ids)
    assert row is not None, "an aggregate has one row"
    seconds, consumer = spent[2], spent[0]
    consumer -= idle[0] / idle[2] * seconds
    return {
        "facts": len(ids),
        "p50_ms": float(row["p50_ms"]),
        "p99_ms": float(row["p99_ms"]),
        "consumer_cpu_ms": consumer / len(ids) * 1000,
    }


async def _spent(pids: tuple[int, int], doing: Any) -> tuple[tuple[float, float, float], Any]:
    """CPU of both and the time that passed while this was done; and what came of it."""
    before, began = [cpu_of(pid) for pid in pids], time.monotonic()
    done = await doing
    first, second = (cpu_of(pid) - was for pid, was in zip(pids, before, strict=True))
    return (first, second, time.monotonic() - began), done


async def _steadily(stage: Stage, hand: asyncpg.Connection) -> list[UUID]:
    """Registers at the rate and waits until all is applied and sent on."""
    first = int(datetime.now(UTC).timestamp() * 100) % 10**8
    phones = [f"137{(first + n) % 10**8:08d}" for n in range(HOPS_PER_SECOND * HOP_SECONDS)]
    sent = await steadily(stage, phones, HOPS_PER_SECOND)
    ids = [UUID(orjson.loads(each)["id"]) for each in sent.bodies]
    await opened(hand, ids)
    await settled(hand)
    return ids


def _client(stage: Stage, service: str) -> httpx.AsyncClient:
    headers = {
        "Authorization": f"Bearer {stage.token(ORGANISATION, PERSONA)}",
        "Content-Type": "application/json",
    }
    base = f"http://127.0.0.1:{stage.home.ports.service(service)}"
    return httpx.AsyncClient(base_url=base, headers=headers, timeout=60)


def _fresh() -> dict[str, str]:
    """Keys and telephones that no earlier round used."""
    first = int(time.time() * 1000) % 10**8
    return {"BENCH_RUN": uuid4().hex[:12], "BENCH_FIRST": str(first)}


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(each[name] for each in rounds), 3) for name in rounds[0]}


_LATENCY = """
with hop as (
    select extract(epoch from pg_xact_commit_timestamp(e.xmin) - pg_xact_commit_timestamp(i.xmin))
           * 1000 as ms
    from intake.journal i
    join escalation.journal e on e.aggregate = i.aggregate and e.seq = 1
    where i.aggregate = any($1) and i.seq = 1)
select percentile_cont(0.5) within group (order by ms) as p50_ms,
       percentile_cont(0.99) within group (order by ms) as p99_ms
from hop
"""
