"""Kept connections to one service, the warmest first."""

import asyncio
from collections import deque

from kesu.gateway.connection import Connection, UpstreamLost, UpstreamSlow

CONNECT_SECONDS = 2.0
IDLE_SECONDS = 4.0
"""Shorter than uvicorn's five, so that we close first and never write into a closing connection."""

CONNECTIONS_MAX = 640
"""What a service takes at once and queues; beyond it we answer 503 ourselves."""


class PoolExhausted(Exception):
    """More requests are under way to one service than it would ever take."""


class Pool:
    """Connections to one service."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._idle: deque[Connection] = deque()
        self._busy = 0
        self._loop = asyncio.get_running_loop()

    async def acquire(self, *, fresh: bool = False) -> Connection:
        """A connection nobody else uses; `fresh` for a new one.

        Raises UpstreamLost when the service does not take connections, PoolExhausted.
        """
        if self._busy >= CONNECTIONS_MAX:
            raise PoolExhausted
        connection = None if fresh else self._warm()
        self._busy += 1
        if connection:
            return connection
        try:
            return await self._connected()
        except BaseException:
            self._busy -= 1
            raise

    def release(self, connection: Connection) -> None:
        """Give it back; kept only when its last exchange ended cleanly."""
        self._busy -= 1
        if not connection.reusable:
            connection.close()
            return
        connection.used_before = True
        connection.idle_since = self._loop.time()
        self._idle.append(connection)
        self._close_cold()

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()

    def _warm(self) -> Connection | None:
        limit = self._loop.time() - IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and connection.idle_since > limit:
                return connection
            connection.close()
        return None

    def _close_cold(self) -> None:
        limit = self._loop.time() - IDLE_SECONDS
        while self._idle and self._idle[0].idle_since <= limit:
            self._idle.popleft().close()

    async def _connected(self) -> Connection:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await self._loop.create_connection(Connection, *self._place)
        except TimeoutError as slow:
            raise UpstreamSlow from slow
        except OSError as refused:
            raise UpstreamLost from refused
        return connection
