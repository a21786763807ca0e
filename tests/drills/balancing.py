"""A load balancer inside the client: it looks at /readyz and asks only who is ready."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import httpx

from tests.drills.patience import eventually

LOOK_SECONDS = 0.2
PROBE_SECONDS = 2.0
READY = 200
SERVER_ERROR = 500
FAILURES_MAX = 20


@dataclass(slots=True)
class Place:
    """One process of a service, as the balancer sees it."""

    service: str
    port: int
    transport: httpx.AsyncHTTPTransport = field(default_factory=httpx.AsyncHTTPTransport)
    ready: bool = False
    asked: int = 0

    async def probe(self) -> int:
        """The status of /readyz over a new connection; 0 when nobody takes it."""
        address = f"http://127.0.0.1:{self.port}/readyz"
        try:
            async with httpx.AsyncClient(timeout=PROBE_SECONDS) as client:
                return (await client.get(address)).status_code
        except httpx.TransportError:
            return 0


@dataclass(slots=True)
class Balancer(httpx.AsyncBaseTransport):
    """Sends each request to the next ready process of the service its path names."""

    places: dict[str, list[Place]]
    failures: list[str] = field(default_factory=list)
    """Every request that nobody answered, or that was answered with 5xx."""
    asked: dict[str, int] = field(default_factory=dict)
    """How many requests that are not safe to repeat there were, by service."""
    _turn: "count[int]" = field(default_factory=count)
    _watching: list[asyncio.Task[None]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.TransportError when the process does not answer, or none is ready."""
        service = request.url.path.split("/")[1]
        place, began = self._next(service), time.monotonic()
        request.url = request.url.copy_with(host="127.0.0.1", port=place.port)
        if request.method != "GET":
            self.asked[service] = self.asked.get(service, 0) + 1
        place.asked += 1
        try:
            response = await place.transport.handle_async_request(request)
        except httpx.TransportError as error:
            self._fail(request, place, f"{type(error).__name__} {error}", began)
            raise
        if response.status_code >= SERVER_ERROR:
            self._fail(request, place, str(response.status_code), began)
        return response

    async def aclose(self) -> None:
        """Looks no more and closes every kept connection."""
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        for place in self._all:
            await place.transport.aclose()

    def watch(self, place: Place) -> None:
        """Looks at this process from now on, and asks it when it is ready."""
        if place not in self.places[place.service]:
            self.places[place.service].append(place)
        self._watching.append(asyncio.create_task(self._watch(place)))

    async def until_ready(self, within: float) -> None:
        """Waits until every process is asked. Raises TimeoutError."""
        await eventually(
            lambda: all(place.ready for place in self._all), within=within, what="all are ready"
        )

    def place(self, port: int) -> Place:
        """The process that listens there."""
        return next(each for each in self._all if each.port == port)

    @property
    def _all(self) -> list[Place]:
        return [place for places in self.places.values() for place in places]

    async def _watch(self, place: Place) -> None:
        while True:
            place.ready = await place.probe() == READY
            await asyncio.sleep(LOOK_SECONDS)

    def _next(self, service: str) -> Place:
        ready = [each for each in self.places[service] if each.ready]
        if not ready:
            self.failures.append(f"no process of {service} is ready")
            raise httpx.ConnectError(f"no process of {service} is ready")
        return ready[next(self._turn) % len(ready)]

    def _fail(self, request: httpx.Request, place: Place, what: str, began: float) -> None:
        if len(self.failures) < FAILURES_MAX:
            after = time.monotonic() - began
            where = f"{place.service}:{place.port}"
            self.failures.append(
                f"{request.method} {request.url.path} at {where} after {after:.1f} s: {what}"
            )


@asynccontextmanager
async def balanced(places: dict[str, list[Place]], within: float) -> AsyncIterator[Balancer]:
    """A balancer that looks for as long as the block runs; all are ready when it begins."""
    balancer = Balancer(places)
    for place in [each for several in places.values() for each in several]:
        balancer.watch(place)
    try:
        await balancer.until_ready(within)
        yield balancer
    finally:
        await balancer.aclose()
