"""A lossy hint that there is work. Polling is the truth; the hint only saves waiting."""

import asyncio
import contextlib

import asyncpg

DEBOUNCE_SECONDS = 0.02


class Wake:
    """Set after a commit, awaited by the relay. Between processes it travels by NOTIFY on a
    connection of its own, at most once in 20 ms, never inside a business transaction.
    """

    def __init__(self, channel: str | None = None) -> None:
        self.channel = channel
        self._event = asyncio.Event()
        self._dirty = asyncio.Event()

    def hint(self) -> None:
        """Something was committed here."""
        self._event.set()
        self._dirty.set()

    async def wait(self, seconds: float) -> None:
        """Returns at a hint, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()

    async def tell_others(self, dsn: str) -> None:
        """Forwards hints to worker processes; runs until cancelled (`--only api`)."""
        await self._connected(dsn, self._tell)

    async def hear_others(self, dsn: str) -> None:
        """Takes hints from API processes; runs until cancelled (`--only worker`)."""
        await self._connected(dsn, self._hear)

    async def _connected(self, dsn: str, work: object) -> None:
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection = await asyncpg.connect(dsn)
                try:
                    await work(connection)  # type: ignore[operator]
                finally:
                    connection.terminate()
            await asyncio.sleep(1)

    async def _tell(self, connection: asyncpg.Connection) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            await connection.execute(f"notify {self.channel}")
            await asyncio.sleep(DEBOUNCE_SECONDS)

    async def _hear(self, connection: asyncpg.Connection) -> None:
        await connection.add_listener(str(self.channel), lambda *_: self._event.set())
        while not connection.is_closed():
            await asyncio.sleep(1)
