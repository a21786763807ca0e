"""A pool that lends without asking twice: no connection is lost, shared or handed on in a state."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.plumbing.database import open_pool
from shared.plumbing.lending import LendingPool

PID = "select pg_backend_pid()"


@pytest.fixture
async def pool(toy_dsn: str) -> AsyncIterator[LendingPool]:
    """Three connections, two of which may be at hand."""
    opened = await open_pool(toy_dsn, size=3)
    yield opened
    await asyncio.wait_for(opened.close(), 20)


async def _pid(pool: LendingPool) -> int:
    async with pool.lend() as connection:
        found: int = await connection.fetchval(PID)
    return found


async def test_the_same_connection_is_lent_again(pool: LendingPool) -> None:
    assert len({await _pid(pool) for _ in range(5)}) == 1


async def test_many_at_once_share_what_may_be_lent_and_all_are_served(pool: LendingPool) -> None:
    pids = await asyncio.gather(*(_pid(pool) for _ in range(40)))
    assert len(set(pids)) == 2
    assert await pool.behind.fetchval(PID) not in pids


async def test_who_waits_longest_is_next(pool: LendingPool) -> None:
    first, second = await pool.take(), await pool.take()
    order: list[int] = []

    async def borrow(number: int) -> None:
        async with pool.lend():
            order.append(number)

    waiting = [asyncio.create_task(borrow(number)) for number in range(6)]
    await asyncio.sleep(0)
    pool.put_back(first)
    await asyncio.gather(*waiting)
    pool.put_back(second)
    assert order == list(range(6))


async def test_a_caller_who_leaves_in_mid_statement_leaves_nothing_behind(
    pool: LendingPool,
) -> None:
    async def dawdle() -> None:
        async with pool.lend() as connection:
            await connection.execute("select pg_sleep(30)")

    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(dawdle(), 0.2)
    assert len(await asyncio.gather(*(_pid(pool) for _ in range(10)))) == 10


async def test_who_leaves_while_waiting_takes_no_connection_along(pool: LendingPool) -> None:
    first, second = await pool.take(), await pool.take()
    gone = asyncio.create_task(_pid(pool))
    stays = asyncio.create_task(_pid(pool))
    await asyncio.sleep(0)
    pool.put_back(first)
    gone.cancel()
    assert await asyncio.wait_for(stays, 5)
    pool.put_back(second)
    assert await asyncio.wait_for(_pid(pool), 5)


async def test_a_lost_connection_is_replaced(pool: LendingPool) -> None:
    pid = await _pid(pool)
    await pool.behind.fetchval("select pg_terminate_backend($1, 5000)", pid)
    await asyncio.sleep(0.1)
    assert await _pid(pool) != pid


async def test_a_refused_statement_costs_no_connection(pool: LendingPool) -> None:
    for _ in range(10):
        with pytest.raises(asyncpg.UndefinedTableError):
            async with pool.lend() as connection:
                await connection.execute("select * from nothing_of_the_kind")
    assert await _pid(pool)


async def test_closing_waits_for_what_is_lent(toy_dsn: str) -> None:
    pool = await open_pool(toy_dsn, size=3)
    await _pid(pool)
    lent = await pool.take()
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    assert await lent.fetchval(PID)
    pool.put_back(lent)
    await asyncio.wait_for(closing, 10)
    with pytest.raises(asyncpg.InterfaceError):
        await _pid(pool)
