"""asyncpg's pool with a few connections at hand, for the one statement of a command.

To acquire and release costs asyncpg a queue, a proxy, a task behind a shield and a turn of the
loop. What is lent here was acquired once: taken from a list and put back on it. Whatever ends
otherwise than well (an error, a cancellation, a lost connection) goes back through the pool,
which knows how to cancel, reset and replace.

Nobody waits for long at a pool that stands still: when no connection came back for a moment, all
but a short row are turned away, and after a second the row as well (decision 21).
"""

import asyncio
from collections import deque
from functools import partial
from types import TracebackType
from typing import Any, TypeAlias

import asyncpg

Lent: TypeAlias = asyncpg.pool.PoolConnectionProxy

STILL_SECONDS = 0.125
"""So long nothing came back: the pool stands still (matrix row F13 wants 503 within 0.2 s)."""
PATIENCE_SECONDS = 1.0
"""So long the short row waits at a pool that stands still; as long as the gate's queue."""
LOOK_SECONDS = 0.025
CONNECT_SECONDS = 5.0


class LendingPool(asyncpg.Pool):
    """A pool that keeps up to two thirds of its connections at hand once they were needed.

    What a door asks (`lend`, `fetch`, `fetchrow`, `fetchval`) shares these; the last third is for
    `acquire` and `behind`, so that loops in the background get theirs however many stand outside.
    """

    __slots__ = (
        "_at_hand",
        "_ending",
        "_look",
        "_moved",
        "_out",
        "_returning",
        "_waiting",
        "behind",
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.behind = Behind(self)
        self._at_hand: list[Lent] = []
        self._out = 0
        self._waiting: deque[asyncio.Future[Lent | None]] = deque()
        self._returning: set[asyncio.Task[None]] = set()
        self._ending = False
        self._moved = 0.0
        self._look: asyncio.TimerHandle | None = None

    def lend(self) -> "Loan":
        """`async with pool.lend() as connection:`, as with `acquire`, but cheap."""
        return Loan(self)

    async def fetch(self, query: str, *arguments: Any, **more: Any) -> Any:
        """Rows, by a lent connection. Raises TooManyConnectionsError as `take` does."""
        async with self.lend() as connection:
            return await connection.fetch(query, *arguments, **more)

    async def fetchrow(self, query: str, *arguments: Any, **more: Any) -> Any:
        """The first row or None, by a lent connection. Raises as `take` does."""
        async with self.lend() as connection:
            return await connection.fetchrow(query, *arguments, **more)

    async def fetchval(self, query: str, *arguments: Any, **more: Any) -> Any:
        """One value, by a lent connection. Raises as `take` does."""
        async with self.lend() as connection:
            return await connection.fetchval(query, *arguments, **more)

    async def close(self) -> None:
        """As asyncpg's; what is at hand is given back first, and what is lent when it returns."""
        self._ending = True
        while self._at_hand:
            await self.give_back(self._at_hand.pop())
        await super().close()

    async def take(self) -> Lent:
        """A connection that works. Waits in a row when as many are out as may be.

        Raises TooManyConnectionsError when the pool stands still, TimeoutError when no connection
        can be made: nothing was asked of the database.
        """
        while True:
            found: Lent | None
            if self._at_hand:
                found = self._at_hand.pop()
            elif self._ending or self._out < self._lent_max:
                return await self._fresh()
            else:
                found = await self._turn()
            if found is not None and _works(found):
                return found
            if found is not None:
                await self.give_back(found)

    @property
    def _lent_max(self) -> int:
        return max(1, self.get_max_size() * 2 // 3)

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
            found: Lent = await self.acquire(timeout=CONNECT_SECONDS)
        except BaseException:
            self._out -= 1
            self._call_next(None)
            raise
        return found

    async def _turn(self) -> Lent | None:
        turn: asyncio.Future[Lent | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._look is None:
            self._moved = turn.get_loop().time()
            self._look_later()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._pass_on(turn.result())
            raise

    def _pass_on(self, given: Lent | None) -> None:
        if given is None:
            self._call_next(None)
        else:
            self.put_back(given)

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + LOOK_SECONDS
        self._look = loop.call_at(due, self._look_at_the_row, due)

    def _look_at_the_row(self, due: float) -> None:
        """Turns away whoever waits in vain. A loop that stood still itself proves nothing."""
        self._look, now = None, asyncio.get_running_loop().time()
        if now - due > LOOK_SECONDS:
            self._moved = now
        self._waiting = deque(turn for turn in self._waiting if not turn.done())
        still = now - self._moved
        if still >= STILL_SECONDS:
            stay = 0 if still >= PATIENCE_SECONDS else self._lent_max
            while len(self._waiting) > stay:
                self._waiting.pop().set_exception(_stands_still())
        if self._waiting:
            self._look_later()

    def _call_next(self, given: Lent | None) -> bool:
        self._moved = asyncio.get_running_loop().time()
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(given)
                return True
        return False


def _stands_still() -> asyncpg.TooManyConnectionsError:
    return asyncpg.TooManyConnectionsError("every connection is out and none comes back")


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


class Behind:
    """How loops in the background ask: by `acquire`, so with connections that doors never take."""

    __slots__ = ("acquire", "execute", "fetch", "fetchrow", "fetchval")

    def __init__(self, pool: LendingPool) -> None:
        self.acquire, self.execute = pool.acquire, pool.execute
        self.fetch = partial(asyncpg.Pool.fetch, pool)
        self.fetchrow = partial(asyncpg.Pool.fetchrow, pool)
        self.fetchval = partial(asyncpg.Pool.fetchval, pool)
