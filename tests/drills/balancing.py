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
SILENCES_MAX = 3
"""So many probes without an answer in a row, and a process is not asked any more."""

QUEUE_SECONDS = 60.0
"""How long a request waits in the balancer while no process is ready."""

READY, NOT_READY = 200, 503
CLOSED, SILENT = 0, -1
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
    silences: int = 0

    async def look(self) -> None:
        """Probes; a closed door or "not ready" counts at once, silence when it lasts."""
        status = await self.probe()
        self.silences = self.silences + 1 if status == SILENT else 0
        if status == SILENT and self.silences < SILENCES_MAX:
            return
        self.ready = status == READY

    async def probe(self) -> int:
        """The status of /readyz over a new connection; CLOSED when nobody takes it."""
        address = f"http://127.0.0.1:{self.port}/readyz"
        try:
            async with httpx.AsyncClient(timeout=PROBE_SECONDS) as client:
                return (await client.get(address)).status_code
        except httpx.TimeoutException:
            return SILENT
        except httpx.TransportError:
            return CLOSED


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
        place, began = await self._next(service), time.monotonic()
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
            await place.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def _next(self, service: str) -> Place:
        """Waits in the queue while nobody is ready."""
        places, what = self.places[service], f"a process of {service} is ready"
        try:
            await eventually(
                lambda: any(each.ready for each in places), within=QUEUE_SECONDS, what=what
            )
        except TimeoutError as never:
            self.failures.append(str(never))
            raise httpx.ConnectError(str(never)) from never
        ready = [each for each in places if each.ready]
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
