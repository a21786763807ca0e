"""F12, F13, F15 to F17: what other sessions of the same database do to Kesu's."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import uuid4

import asyncpg
import httpx
from prometheus_client.parser import text_string_to_metric_families

from kesu.home import SERVICES
from shared.plumbing.verifying import state_tables
from tests.faults.fault import Fault, NotStruck, insist
from tests.faults.hands import administrator, surely
from tests.faults.lab import Lab
from tests.faults.watching import outbox_age

VICTIMS = frozenset({"postgres"})
LOCKED_AT_ONCE = 30
HELD_SECONDS = 2.6
"""A little longer than the services' lock_timeout (2 s)."""
GLANCE_SECONDS = 0.05
EMBRACES_MAX = 6
FLUSHED_SECONDS = 1.1
"""Counters of the database are told about once a second."""
LONG_SECONDS = 12.0
"""Thirty minutes in the matrix: what they would show is there after a few autovacuums."""
OLD_SECONDS = 5.0
LEFT_OVER_SECONDS = 60.0
DEAD_ROWS = 50_000
LOOK_SECONDS = 0.25


def faults() -> list[Fault]:
    """Deadlocks, held locks, and transactions that nobody ends."""
    wide = [
        Fault(name=f"other-writer:{name}", row="F15", victims=VICTIMS, strike=writer(name))
        for name in ("insights", "followup")
    ]
    return [
        *[
            Fault(
                name=f"deadlock:{name}", row="F12", victims=VICTIMS | {name}, strike=deadlock(name)
            )
            for name in _LISTENING
        ],
        Fault(name="lock-timeout", row="F12", victims=VICTIMS, strike=hold_locks),
        *[_alone(each) for each in wide],
        _alone(Fault(name="snapshot", row="F16", victims=VICTIMS, strike=long_snapshot)),
        _alone(Fault(name="prepared", row="F17", victims=VICTIMS, strike=forgotten)),
    ]


def deadlock(name: str) -> Callable[[Lab, random.Random], Awaitable[int]]:
    """A batch of facts holds first offsets and waits for a last one, whose holder wants a first.

    We wait longer before we look for a deadlock than they do, so that theirs is the transaction
    that ends (40P01).
    """

    async def strike(lab: Lab, _rng: random.Random) -> int:
        async with administrator(lab) as hand, administrator(lab) as eye:
            before = await eye.fetchval(_DEADLOCKS)
            await hand.execute("set deadlock_timeout = '20s'; set statement_timeout = '15s'")
            for _ in range(EMBRACES_MAX):
                with suppress(asyncpg.PostgresError):
                    await _embrace(hand, eye, name)
                await asyncio.sleep(FLUSHED_SECONDS)
                if found := await eye.fetchval(_DEADLOCKS) - before:
                    return int(found)
        raise NotStruck(f"no batch of {name} held an offset and waited for another")

    return strike


async def _embrace(hand: asyncpg.Connection, eye: asyncpg.Connection, name: str) -> None:
    """The first batch that meets us gives up; the one after it is about everything since.

    We must reach for its first offsets before it looks for a deadlock, a second after it met us.
    """
    async with hand.transaction():
        offsets = await hand.fetch(_OFFSETS.format(s=name))
        for each in offsets[: len(offsets) // 3]:
            await hand.execute(_OFFSET.format(s=name), *each)
        for waits in (True, False, True):
            await _until_somebody_waits(hand, eye, waits)
        for each in offsets[len(offsets) // 3 :]:
            await hand.execute(_OFFSET.format(s=name), *each)


async def _until_somebody_waits(
    hand: asyncpg.Connection, eye: asyncpg.Connection, waits: bool
) -> None:
    """Or until nobody waits for us; no longer than some seconds."""
    until = time.monotonic() + HELD_SECONDS
    while bool(await eye.fetchval(_BLOCKED, hand.get_server_pid())) is not waits:
        if time.monotonic() > until:
            return
        await asyncio.sleep(GLANCE_SECONDS)


async def hold_locks(lab: Lab, rng: random.Random) -> int:
    """Rows of live aggregates held for longer than anybody waits for a lock (55P03)."""
    async with administrator(lab) as hand, administrator(lab) as eye:
        blocked = 0
        for table in await _tables(hand, rng):
            async with hand.transaction():
                await hand.fetch(_HOLD.format(t=table), LOCKED_AT_ONCE)
                blocked += await _blocked(hand, eye, HELD_SECONDS)
    if not blocked:
        raise NotStruck("nobody waited for a row")
    return blocked


def writer(name: str) -> Callable[[Lab, random.Random], Awaitable[int]]:
    """A writing transaction in another service's schema, open for long: nobody's facts wait."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        async with administrator(lab) as hand:
            passing = hand.transaction()
            await passing.start()
            try:
                await hand.execute(_NOTE.format(s=name), uuid4())
                await _facts_flow(lab, f"a transaction in {name}")
            finally:
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    await passing.rollback()
        return 1

    return strike


async def long_snapshot(lab: Lab, rng: random.Random) -> int:
    """A snapshot held while many sent facts die in an outbox: no vacuum may remove them."""
    service = rng.choice(SERVICES)
    async with administrator(lab) as reader, administrator(lab) as hand:
        passing = reader.transaction(isolation="repeatable_read", readonly=True)
        await passing.start()
        try:
            await reader.fetchval(f"select count(*) from {service}.outbox")  # noqa: S608
            async with hand.transaction():
                await hand.execute(_DIE.format(s=service), DEAD_ROWS)
                await hand.execute(f"delete from {service}.outbox where seq < 0")  # noqa: S608
            await _facts_flow(lab, f"{DEAD_ROWS} dead rows in {service}.outbox")
        finally:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await passing.rollback()
    return 1


async def forgotten(lab: Lab, rng: random.Random) -> int:
    """A prepared transaction that nobody ends holds back the vacuum, is shown, and stops nobody."""
    service, name = rng.choice(SERVICES), f"fault-{uuid4().hex}"
    async with administrator(lab) as hand:
        await hand.execute("begin")
        await hand.execute(_NOTE.format(s=service), uuid4())
        await hand.execute(f"prepare transaction '{name}'")
    try:
        await _facts_flow(lab, "a prepared transaction")
        await _shown(lab, service)
    finally:
        await surely(lab, f"rollback prepared '{name}'")
    return 1


async def _shown(lab: Lab, service: str) -> None:
    """The metrics page says how old the forgotten one is. Raises Unfit."""
    url = f"http://127.0.0.1:{lab.members[service].port}/metrics"
    async with httpx.AsyncClient(timeout=10) as client:
        page = (await client.get(url)).text
    ages = [
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == "kesu_database_prepared_oldest_age_seconds"
    ]
    insist(max(ages, default=0.0) > 1, f"{service} shows no forgotten transaction: {ages}")


async def _facts_flow(lab: Lab, what: str) -> None:
    """Once what was left over has gone, no fact gets old for some seconds. Raises Unfit."""
    for _ in range(int(LEFT_OVER_SECONDS / LOOK_SECONDS)):
        if await outbox_age(lab) < LOOK_SECONDS:
            break
        await asyncio.sleep(LOOK_SECONDS)
    until, worst = time.monotonic() + LONG_SECONDS, 0.0
    while time.monotonic() < until:
        worst = max(worst, await outbox_age(lab))
        await asyncio.sleep(LOOK_SECONDS)
    insist(worst < OLD_SECONDS, f"with {what} open a fact was {worst:.1f} s old")


async def _blocked(hand: asyncpg.Connection, eye: asyncpg.Connection, seconds: float) -> int:
    """How many sessions waited for us, at the worst moment."""
    until, most = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        most = max(most, await eye.fetchval(_BLOCKED, hand.get_server_pid()))
        await asyncio.sleep(LOOK_SECONDS)
    return most


async def _tables(hand: asyncpg.Connection, rng: random.Random) -> list[str]:
    """Tables of living aggregates, in any order."""
    found = [f"{s}.{t}" for s in SERVICES for t in await state_tables(hand, s)]
    return rng.sample(found, len(found))[:6]


def _alone(fault: Fault) -> Fault:
    return Fault(
        name=fault.name, row=fault.row, victims=fault.victims, strike=fault.strike, alone=True
    )


_LISTENING = ("escalation", "followup", "insights")
_OFFSETS = """
select topic, partition, incarnation from {s}.offsets order by 1 desc, 2 desc, 3 desc
"""
_OFFSET = """
select 1 from {s}.offsets where topic = $1 and partition = $2 and incarnation = $3 for update
"""
_DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"
_HOLD = "select 1 from {t} order by id desc limit $1 for update"
_BLOCKED = "select count(*) from pg_stat_activity where $1 = any(pg_blocking_pids(pid))"
_NOTE = (
    "insert into {s}.operator_actions (id, action, target, operator, reason) "
    "values ($1, 'none', 'none', 'a fault run', 'to hold a transaction open')"
)
_DIE = (
    "insert into {s}.outbox (bucket, aggregate, seq) "
    "select n % 8, gen_random_uuid(), -n from generate_series(1, $1) n"
)
