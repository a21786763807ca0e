"""How many at once: a bound, a short queue behind it, and a polite no (reliability 5.1)."""

import asyncio
import random
from collections import deque

from shared.plumbing.problems import Refusal


class Gate:
    """Bounds the requests being worked on; free, it costs a comparison and a count."""

    def __init__(self, *, at_once: int, queue: int, wait_s: float) -> None:
        self.inside = 0
        self._at_once = at_once
        self._queue = queue
        self._wait_s = wait_s
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Go in, or wait a little. Raises Refusal (503) when full or after the wait."""
        if self.inside < self._at_once:
            self.inside += 1
            return
        if len(self._waiting) >= self._queue:
            raise overloaded()
        await self._wait()

    def leave(self) -> None:
        """Go out; the place goes to whoever waits longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.inside -= 1

    async def _wait(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await asyncio.wait_for(turn, self._wait_s)
        except TimeoutError:
            raise overloaded() from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise


def overloaded() -> Refusal:
    """503 with a `Retry-After` that spreads the callers over 1 to 3 s."""
    seconds = random.randint(1, 3)  # noqa: S311 - jitter, not a secret
    return Refusal("overloaded", headers={"Retry-After": str(seconds)})
