"""A pool from which nothing comes back: who stands outside is told soon, who works is not cut off.

Matrix row F13; decision 21.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from shared.plumbing.database import BUSY, BusinessTime, open_pool
from shared.plumbing.lending import LOOK_SECONDS, PATIENCE_SECONDS, STILL_SECONDS, LendingPool
from shared.plumbing.problems import Refusal
from shared.plumbing.shell import KNOWN_POLL_SECONDS, KNOWN_WITHIN_SECONDS
from tests.integration.plumbing.conftest import Toy
from tests.integration.plumbing.toy import Add

SIZE, LENT, CALLERS = 6, 4, 40
SOON_SECONDS = STILL_SECONDS + 4 * LOOK_SECONDS + 0.2
"""What is promised, and what a busy machine may add to it."""


@pytest.fixture
async def pool(toy_dsn: str) -> AsyncIterator[LendingPool]:
    """Six connections, four of which are lent."""
    opened = await open_pool(toy_dsn, size=SIZE)
    yield opened
    await asyncio.wait_for(opened.close(), 20)


async def _refused_after(pool: LendingPool) -> float | None:
    """How long a caller waited for its refusal; None when it was served."""
    began = time.monotonic()
    try:
        await pool.fetchval("select 1")
    except BUSY:
        return time.monotonic() - began
    return None


async def test_a_crowd_at_a_pool_that_stands_still_is_told_at_once(pool: LendingPool) -> None:
    held = [await pool.take() for _ in range(LENT)]
    crowd = [asyncio.create_task(_refused_after(pool)) for _ in range(CALLERS)]
    done, waiting = await asyncio.wait(crowd, timeout=(SOON_SECONDS + PATIENCE_SECONDS) / 2)
    assert (len(done), len(waiting)) == (CALLERS - LENT, LENT)
    assert all((task.result() or 0) < SOON_SECONDS for task in done)
    assert all((waited or 0) < PATIENCE_SECONDS + SOON_SECONDS for waited in await _all(waiting))
    for each in held:
        pool.put_back(each)
    assert await _refused_after(pool) is None


async def test_a_short_row_waits_through_a_short_standstill(pool: LendingPool) -> None:
    held = [await pool.take() for _ in range(LENT)]
    row = [asyncio.create_task(_refused_after(pool)) for _ in range(LENT)]
    await asyncio.sleep(3 * STILL_SECONDS)
    for each in held:
        pool.put_back(each)
    assert await _all(row) == [None] * LENT


async def test_a_long_row_at_a_pool_that_works_waits_its_turn(pool: LendingPool) -> None:
    """All their statements together take longer than anybody would wait in vain."""

    async def dawdle() -> None:
        async with pool.lend() as connection:
            await connection.execute("select pg_sleep(0.04)")

    await asyncio.gather(*(dawdle() for _ in range(3 * CALLERS)))


async def test_loops_in_the_background_are_served_while_the_doors_stand_still(
    pool: LendingPool,
) -> None:
    held = [await pool.take() for _ in range(LENT)]
    assert await asyncio.wait_for(pool.behind.fetchval("select 1"), 5) == 1
    assert await asyncio.wait_for(pool.behind.fetchrow("select 1"), 5)
    assert await asyncio.wait_for(pool.behind.fetch("select 1"), 5)
    assert await asyncio.wait_for(pool.behind.execute("select 1"), 5)
    await asyncio.wait_for(BusinessTime().sample(pool), 5)
    for each in held:
        pool.put_back(each)


async def test_a_loop_that_stood_still_itself_refuses_nobody(pool: LendingPool) -> None:
    held = [await pool.take() for _ in range(LENT)]
    crowd = [asyncio.create_task(_refused_after(pool)) for _ in range(CALLERS)]
    await asyncio.sleep(0)
    time.sleep(PATIENCE_SECONDS + 0.2)  # noqa: ASYNC251 - the loop stands still, that is the point
    for _ in range(10):
        await asyncio.sleep(0)
    for each in held:
        pool.put_back(each)
    assert await _all(crowd) == [None] * CALLERS


async def test_who_is_refused_leaves_no_place_taken(pool: LendingPool) -> None:
    held = [await pool.take() for _ in range(LENT)]
    leaving = [asyncio.create_task(pool.fetchval("select 1")) for _ in range(CALLERS)]
    await asyncio.sleep(STILL_SECONDS / 2)
    for task in leaving[::3]:
        task.cancel()
    ended = await asyncio.gather(*leaving, return_exceptions=True)
    kinds = {type(each) for each in ended}
    assert kinds == {asyncio.CancelledError, asyncpg.TooManyConnectionsError}
    for each in held:
        pool.put_back(each)
    assert await asyncio.gather(*(_refused_after(pool) for _ in range(CALLERS))) == [None] * CALLERS


async def test_who_is_refused_and_leaves_in_the_same_moment_has_left(pool: LendingPool) -> None:
    held = [await pool.take() for _ in range(LENT)]
    leaving = asyncio.create_task(pool.take())
    await asyncio.sleep(0)
    pool._waiting[0].set_exception(asyncpg.TooManyConnectionsError())
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    for each in held:
        pool.put_back(each)


async def _all(
    tasks: "list[asyncio.Task[float | None]] | set[asyncio.Task[float | None]]",
) -> "list[float | None]":
    return list(await asyncio.gather(*tasks))


async def test_who_asks_for_what_is_not_known_yet_holds_no_connection(toys: Toy) -> None:
    """A neighbour's fact may be on its way for a second; others are served meanwhile."""
    unknown = [
        asyncio.create_task(toys.ask(uuid4(), Add())) for _ in range(toys.pool.get_max_size())
    ]
    await asyncio.sleep(2 * KNOWN_POLL_SECONDS)
    await asyncio.wait_for(toys.started(), KNOWN_WITHIN_SECONDS / 2)
    assert not any(task.done() for task in unknown)
    refused = await asyncio.gather(*unknown, return_exceptions=True)
    assert {type(each) for each in refused} == {Refusal}
