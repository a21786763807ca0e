"""Numbers for people: `KS-2026-000123`, taken in blocks so that nobody waits for one.

One sequence for all; a process takes a hundred at once, gaps are allowed (decision 12).
"""

import asyncio

from services.intake_service.tables import NUMBERS_BLOCK
from shared.plumbing.lending import LendingPool


class References:
    """The block of numbers of one process."""

    def __init__(self, pool: LendingPool) -> None:
        self._pool = pool
        self._next = 0
        self._end = 0
        self._taking = asyncio.Lock()

    async def take(self, year: int) -> str:
        """A reference nobody else gets; the database is asked once in a hundred times."""
        while self._next >= self._end:
            await self._take_block()
        number = self._next
        self._next += 1
        return f"KS-{year}-{number:06d}"

    async def _take_block(self) -> None:
        async with self._taking:
            if self._next < self._end:
                return
            # Everybody at the door waits for this one: it must not stand in their row.
            first = await self._pool.behind.fetchval("select nextval('intake.reference_numbers')")
            self._next, self._end = first, first + NUMBERS_BLOCK
