"""One kept connection to a service: a request at a time, its answer parsed as it arrives."""

import asyncio
from collections import deque
from typing import cast

import httptools

BUFFER_BYTES = 256 * 1024
"""How much of an answer waits here for a slow client before the service is slowed down."""


class UpstreamLost(Exception):
    """The service closed the connection or sent something that is not HTTP."""


class UpstreamSlow(Exception):
    """The service said nothing for too long."""


class Connection(asyncio.Protocol):
    """A client's end of HTTP/1.1, for one exchange after the other."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._lost = False
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._paused = False
        self._keep_alive = False
        self._until_close = False
        self.used_before = False
        self.idle_since = 0.0
        self.status = 0
        """The answer's status; 0 until its head has arrived."""
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self.spoiled = False
        self._reset(head_only=False)

    # --- for the gateway -------------------------------------------------------------------

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return not self._lost and self._transport is not None and not self._transport.is_closing()

    @property
    def reusable(self) -> bool:
        """Whether this exchange ended so cleanly that the connection may serve another."""
        return self.usable and self.complete and self._keep_alive and not self.spoiled

    def begin(self, data: bytes, *, head_only: bool) -> None:
        """Send a request's head, with as much body as is there; `head_only` for HEAD."""
        self._reset(head_only=head_only)
        self._write(data)

    async def write(self, data: bytes) -> None:
        """Send more of the body; waits while the service does not read. Raises UpstreamLost."""
        if self._writable is not None:
            await self._writable
        self._write(data)

    async def head(self, seconds: float) -> None:
        """Wait until `status` and `headers` are there. Raises UpstreamLost, UpstreamSlow."""
        while not self.status:
            await self._wait(seconds)

    async def body(self, seconds: float) -> bytes:
        """What has arrived and was not taken; waits for more unless the answer is complete.

        Raises UpstreamLost, UpstreamSlow.
        """
        while not self._chunks and not self.complete:
            await self._wait(seconds)
        return self.taken()

    def taken(self) -> bytes:
        """What has arrived and was not taken, without waiting."""
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self._buffered = 0
        if self._paused and self._transport and not self._lost:
            self._paused = False
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """End it, whatever is under way."""
        self._lose()
        if self._transport:
            self._transport.abort()

    # --- asyncio.Protocol ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class is no subclass

    def data_received(self, data: bytes) -> None:
        """Parse; data that no request asked for ends the connection."""
        if self.complete:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.close()
            return
        if self._buffered > BUFFER_BYTES and not self._paused and self._transport:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """An answer without a length ends where the connection does."""
        if self.status and not self.complete and self._until_close:
            self.complete = True
        self._lose()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's form
        """Closed by either side."""
        self._lose()

    def pause_writing(self) -> None:
        """The service does not read for now."""
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """It reads again."""
        if self._writable and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # --- httptools callbacks ---------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of the answer."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is there, unless it is only an interim one (1xx)."""
        status = self._parser.get_status_code()
        if status < 200:
            self.headers = []
            return
        names = {name for name, _ in self.headers}
        self._until_close = not names & {b"content-length", b"transfer-encoding"}
        self._keep_alive = self._parser.should_keep_alive() and not self._head_only
        self.status = status
        if self._head_only:
            self.complete = True

    def on_body(self, data: bytes) -> None:
        """Part of the body."""
        self._chunks.append(data)
        self._buffered += len(data)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self.status:
            self.complete = True

    # --- inside ----------------------------------------------------------------------------

    def _reset(self, *, head_only: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._head_only = head_only
        self._chunks.clear()
        self._buffered = 0
        self._paused = self._keep_alive = self._until_close = False
        self.status, self.headers = 0, []
        self.complete = self.spoiled = False

    def _write(self, data: bytes) -> None:
        if not self.usable or self._transport is None:
            raise UpstreamLost
        self._transport.write(data)

    async def _wait(self, seconds: float) -> None:
        if self._lost:
            raise UpstreamLost
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_later(seconds, _too_slow, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _lose(self) -> None:
        self._lost = True
        self.resume_writing()
        self._wake()


def _too_slow(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(UpstreamSlow())
