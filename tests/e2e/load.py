"""Light load: complaints registered one after another, each until somebody answers for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from kesu.playing.player import AWAY
from kesu.playing.stage import Stage

APART_SECONDS = 0.1
PAUSE_SECONDS = 0.05
ANSWERED = 201


@dataclass(slots=True)
class Load:
    """Who asks, and what was accepted: every id in `accepted` was answered with 201."""

    here: Stage
    accepted: set[UUID] = field(default_factory=set)
    away: int = 0
    """How often nobody answered, or a 502 to 504 came instead."""
    retry_after: int = 0
    """How many of those 503s said when to come back."""

    async def register(self) -> UUID:
        """One complaint, asked again with the same key until it is accepted."""
        key = uuid4().hex
        while True:
            response = await self._asked(key)
            if response is not None and response.status_code == ANSWERED:
                accepted = UUID(response.json()["id"])
                self.accepted.add(accepted)
                return accepted
            assert response is None or response.status_code in AWAY, response.text
            self.away += 1
            self.retry_after += response is not None and "retry-after" in response.headers
            await asyncio.sleep(PAUSE_SECONDS)

    async def _asked(self, key: str) -> httpx.Response | None:
        headers = self.here.player.headers_of("auto-demo", "clerk") | {"Idempotency-Key": key}
        try:
            return await self.here.player.client.post(
                "/intake/v1/complaints", json=COMPLAINT, headers=headers
            )
        except httpx.TransportError:
            return None


@asynccontextmanager
async def under_load(here: Stage) -> AsyncIterator[Load]:
    """Load for as long as the block runs; its last request is answered before the block ends."""
    load, ended = Load(here), asyncio.Event()

    async def run() -> None:
        while not ended.is_set():
            await load.register()
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), APART_SECONDS)

    running = asyncio.create_task(run())
    try:
        yield load
    finally:
        ended.set()
        await running


COMPLAINT: dict[str, Any] = {
    "kind": "complaint",
    "channel": "online",
    "complainant_type": "customer",
    "unit": "hq.store-001.service-desk",
    "classification": {"workflow": "complaint", "category": "service"},
    "form": {"phone": "13900000000", "narrative": "排队排了一个小时没人理。"},
}
