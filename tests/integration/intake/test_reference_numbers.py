"""Reference numbers: nobody gets another's, and nobody at the door waits in a row for the next."""

import asyncio

from services.intake_service.references import References
from services.intake_service.tables import NUMBERS_BLOCK
from shared.plumbing.running import Parts

WITHIN_SECONDS = 5.0


async def test_many_at_once_and_several_processes_get_numbers_of_their_own(parts: Parts) -> None:
    processes = [References(parts.pool) for _ in range(3)]
    taken = await asyncio.gather(
        *(each.take(2026) for each in processes for _ in range(NUMBERS_BLOCK + 10))
    )
    assert len(set(taken)) == len(taken)


async def test_the_next_hundred_come_while_every_lent_connection_is_out(parts: Parts) -> None:
    references, pool = References(parts.pool), parts.pool
    held = [await pool.take() for _ in range(pool.get_max_size() * 2 // 3)]
    try:
        assert await asyncio.wait_for(references.take(2026), WITHIN_SECONDS)
    finally:
        for each in held:
            pool.put_back(each)
