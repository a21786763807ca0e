"""An insights service on a real database, its neighbours, and people at its doors."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import asyncpg
import httpx
import pytest

from services.insights_service.worker import create_worker
from shared.plumbing.running import Parts
from shared.plumbing.timers import Timers
from tests.support.neighbours import Neighbours
from tests.support.packs import AUTO_DEMO
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, client_of, once, parts_of, seen


@dataclass
class House:
    """Everything a story needs."""

    parts: Parts
    http: httpx.AsyncClient
    neighbours: Neighbours
    timers: Timers
    issuer: Issuer
    clock: Callable[[str], Awaitable[None]]

    def as_(self, persona: str) -> dict[str, str]:
        """Headers of one of the demonstration's personas."""
        person = AUTO_DEMO.persona(persona)
        assert person is not None
        roles, units = sorted(person.roles), sorted(person.units)
        return self.issuer.as_(person.id, "auto-demo", roles, units)

    async def get(
        self, path: str, persona: str = "store-manager", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return await self.http.get(path, headers=self.as_(persona) | (headers or {}))

    async def post(
        self,
        path: str,
        body: object,
        *,
        revision: int | None = None,
        persona: str = "store-manager",
        key: str | None = None,
    ) -> httpx.Response:
        expecting = seen(revision) if revision is not None else {}
        headers = self.as_(persona) | once(key) | expecting
        return await self.http.post(path, json=body, headers=headers)

    async def advance(self, interval: str) -> None:
        """Business time moves on, and due moments fire."""
        await self.clock(interval)
        await self.parts.time.sample(self.parts.pool)
        while await self.timers.turn():
            pass


@pytest.fixture
async def house(
    postgres: PostgresServer, kesu_database: str, issuer: Issuer
) -> AsyncIterator[House]:
    admin = await asyncpg.connect(postgres.dsn(kesu_database))

    async def clock(interval: str) -> None:
        await admin.execute(
            "update platform.business_time set ahead = ahead + $1::text::interval", interval
        )

    async with parts_of("insights", postgres, kesu_database, issuer) as parts:
        worker = create_worker(parts)
        async with client_of(parts) as http:
            neighbours = Neighbours(worker, "auto-demo")
            timers = Timers("insights", parts.pool, worker.moments, parts.wake)
            yield House(parts, http, neighbours, timers, issuer, clock)
    await admin.close()
