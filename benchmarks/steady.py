"""Registrations at a steady rate from this process, cheap beside what is measured.

An ordinary HTTP client costs more CPU for a request than Kesu does, and two cores would be measured
full of it. Here a request is a head and a body joined, and llhttp reads the answers.
"""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

import httptools

CONNECTIONS = 32


class NotAnswered(RuntimeError):
    """A connection ended, or an answer was another than asked for."""


@dataclass(slots=True)
class Sent:
    """The answers' bodies, how long each took from the moment it was due to be sent, and what the
    generator itself spent.
    """

    bodies: list[bytes]
    seconds: list[float]
    cpu_seconds: float


@dataclass(slots=True)
class Steadily:
    """Posts bodies one after the other, `per_second`, however long the answers take.

    A request that finds no connection free waits for the next that is.
    """

    url: str
    headers: dict[str, str]
    per_second: int
    expected: int = 201
    free: list["_Wire"] = field(default_factory=list)
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    bodies: list[bytes] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)
    count: int = 0

    async def send(self, bodies: list[bytes]) -> Sent:
        """Raises NotAnswered when a request was answered otherwise than expected."""
        place, spent = urlsplit(self.url), time.process_time()
        self.count = len(bodies)
        for _ in range(CONNECTIONS):
            await asyncio.get_running_loop().create_connection(
                lambda: _Wire(self), place.hostname, place.port
            )
        began = time.monotonic()
        for number, body in enumerate(bodies):
            due = began + number / self.per_second
            if due > time.monotonic():
                await asyncio.sleep(due - time.monotonic())
            self._post(due, self._request(place.path, place.netloc, body))
        await self.done.wait()
        for wire in self.free:
            wire.transport.close()
        if self.failed:
            raise NotAnswered(self.failed[0])
        return Sent(self.bodies, self.seconds, time.process_time() - spent)

    def answered(self, wire: "_Wire", status: int, body: bytes) -> None:
        """The wire is free for whoever waits."""
        if status != self.expected:
            self.failed.append(f"{status} {body[:200]!r}")
        self.bodies.append(body)
        self.seconds.append(time.monotonic() - wire.due)
        if self.waiting:
            wire.ask(*self.waiting.popleft())
        else:
            self.free.append(wire)
        if len(self.bodies) == self.count:
            self.done.set()

    def lost(self) -> None:
        """No more can be answered on this wire, and so not all."""
        if not self.done.is_set():
            self.failed.append("a connection ended")
            self.done.set()

    def _post(self, due: float, request: bytes) -> None:
        if self.free:
            self.free.pop().ask(due, request)
        else:
            self.waiting.append((due, request))

    def _request(self, path: str, host: str, body: bytes) -> bytes:
        told = {
            "Host": host,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Idempotency-Key": uuid4().hex,
            **self.headers,
        }
        lines = [f"{name}: {value}\r\n" for name, value in told.items()]
        return f"POST {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode() + body


class _Wire(asyncio.Protocol):
    """One connection, one request at a time; httptools calls it back."""

    transport: asyncio.Transport

    def __init__(self, owner: Steadily) -> None:
        self.owner = owner
        self.parts: list[bytes] = []
        self.parser = httptools.HttpResponseParser(self)
        self.due = 0.0

    def ask(self, due: float, request: bytes) -> None:
        """Sends it; `due` is when it should have been sent."""
        self.due = due
        self.transport.write(request)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.owner.free.append(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.owner.lost()

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.parts.append(body)

    def on_message_complete(self) -> None:
        body, self.parts = b"".join(self.parts), []
        self.owner.answered(self, self.parser.get_status_code(), body)
