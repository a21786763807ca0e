"""asyncpg's pool with a few connections at hand, for the one statement of a command.

To acquire and release costs asyncpg a queue, a proxy, a task behind a shield and a turn of the
loop. What is lent here was acquired once: taken from a list and put back on it. Whatever ends
otherwise than well (an error, a cancellation, a lost connection) goes back through the pool,
which knows how to cancel, reset and replace.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Any, TypeAlias

import asyncpg

Lent: TypeAlias = asyncpg.pool.PoolConnectionProxy


class LendingPool(asyncpg.Pool):
    """A pool that keeps up to two thirds of its connections at hand once they were needed."""

    __slots__ = ("_at_hand", "_ending", "_out", "_returning", "_waiting")

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._at_hand: list[Lent] = []
        self._out = 0
        self._waiting: deque[asyncio.Future[Lent | None]] = deque()
        self._returning: set[asyncio.Task[None]] = set()
        self._ending = False

    def lend(self) -> "Loan":
        """`async with pool.lend() as connection:`, as with `acquire`, but cheap."""
        return Loan(self)

    async def close(self) -> None:
        """As asyncpg's; what is at hand is given back first, and what is lent when it returns."""
        self._ending = True
        while self._at_hand:
            await self.give_back(self._at_hand.pop())
        await super().close()

    async def take(self) -> Lent:
        """A connection that works. Waits in a row when as many are out as may be."""
        while True:
            found: Lent | None
            if self._at_hand:
                found = self._at_hand.pop()
            elif self._ending or self._out < max(1, self.get_max_size() * 2 // 3):
                return await self._fresh()
            else:
                found = await self._turn()
            if found is not None and _works(found):
                return found
            if found is not None:
                await self.give_back(found)

    def put_back(self, connection: Lent) -> None:
        """After a statement that ended well: to whoever waits longest, else at hand."""
        if self._ending:
            task = asyncio.get_running_loop().create_task(self.give_back(connection))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)
        elif not self._call_next(connection):
            self._at_hand.append(connection)

    async def give_back(self, connection: Lent) -> None:
        """To asyncpg's own keeping; somebody who waits may take a fresh one."""
        self._out -= 1
        self._call_next(None)
        await self.release(connection)

    async def _fresh(self) -> Lent:
        self._out += 1
        try:
            found: Lent = await self.acquire()
        except BaseException:
            self._out -= 1
            self._call_next(None)
            raise
        return found

    async def _turn(self) -> Lent | None:
        turn: asyncio.Future[Lent | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on(turn.result())
            raise

    def _pass_on(self, given: Lent | None) -> None:
        if given is None:
            self._call_next(None)
        else:
            self.put_back(given)

    def _call_next(self, given: Lent | None) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(given)
                return True
        return False


def _works(connection: Lent) -> bool:
    """A lost connection has left its proxy, which then refuses every question."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


class Loan:
    """One connection, for as long as the block."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: LendingPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Lent:
        self._connection = await self._pool.take()
        return self._connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._pool.put_back(self._connection)
        else:
            await self._pool.give_back(self._connection)
