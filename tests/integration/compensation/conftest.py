"""Compensation on a real database, its neighbours, and the demonstration's people at its doors."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.compensation_service.worker import create_worker
from shared.contracts.intake import ComplaintRegisteredV1, EvidenceAttachedV1, Policy
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.plumbing.running import Parts
from shared.plumbing.timers import Timers
from tests.support.neighbours import Neighbours
from tests.support.packs import AUTO, AUTO_DEMO, MALL, MALL_DEMO
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, client_of, once, parts_of, seen

DESK = "hq.store-001.service-desk"


@dataclass
class Till:
    """Everything a story about money needs."""

    parts: Parts
    http: httpx.AsyncClient
    neighbours: Neighbours
    timers: Timers
    issuer: Issuer
    organisation: Organisation
    pack: Pack
    clock: Callable[[str], Awaitable[None]]
    seen_at: dict[UUID, int] = field(default_factory=dict)

    def as_(self, persona: str) -> dict[str, str]:
        """Headers of one of the demonstration's personas."""
        person = self.organisation.persona(persona)
        assert person is not None, persona
        roles, units = sorted(person.roles), sorted(person.units)
        return self.issuer.as_(person.id, self.organisation.id, roles, units)

    async def complaint(self, **changes: object) -> UUID:
        """A complaint that intake registered at the first store's desk."""
        complaint = uuid4()
        values: dict[str, object] = {
            "complaint_id": complaint,
            "reference": "KS-2026-000123",
            "kind": "complaint",
            "channel": "store",
            "complainant_type": "customer",
            "recording_unit": DESK,
            "classification": {"category": "goods_quality", "workflow": "complaint"},
            "awaits_confirmation": False,
            "registered_by": "p-clerk-1a",
            "received_at": self.parts.time.now(),
            "policy": Policy(pack=self.pack.id, version=self.pack.version, hash=self.pack.hash),
        }
        fact = ComplaintRegisteredV1.model_validate(values | changes)
        await self.neighbours.tell(fact, subject=complaint)
        return complaint

    async def evidence(self, complaint: UUID) -> UUID:
        """Evidence that intake attached."""
        evidence = uuid4()
        fact = EvidenceAttachedV1(
            complaint_id=complaint, evidence_id=evidence, kind="photo", sha256="0" * 64
        )
        await self.neighbours.tell(fact, subject=complaint)
        return evidence

    async def get(self, path: str, persona: str = "cs-manager", **query: str) -> httpx.Response:
        return await self.http.get(path, headers=self.as_(persona), params=query)

    async def post(
        self, path: str, body: object = None, *, by: str, key: str | None = None
    ) -> httpx.Response:
        """A request that creates something."""
        return await self.http.post(path, json=body, headers=self.as_(by) | once(key))

    async def propose(
        self, complaint: UUID, minor: int, *, by: str = "cs-manager", **more: object
    ) -> httpx.Response:
        body = {
            "complaint_id": str(complaint),
            "remedy": "compensation",
            "currency": self.pack.currency,
            "face_minor": minor,
        }
        return await self.post("/claims", body | more, by=by)

    async def proposed(
        self, complaint: UUID, minor: int, *, by: str = "cs-manager", **more: object
    ) -> UUID:
        """The id of a claim that was proposed."""
        answer = await self.propose(complaint, minor, by=by, **more)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["claim_id"])

    async def act(
        self, claim: UUID, action: str, body: object = None, *, by: str, revision: int | None = None
    ) -> httpx.Response:
        """An action on what the person has just seen."""
        if revision is None:
            shown = await self.get(f"/claims/{claim}", by)
            revision = int(shown.headers.get("etag", '"0"').strip('"'))
        headers = self.as_(by) | once() | seen(revision)
        return await self.http.post(f"/claims/{claim}/{action}", json=body, headers=headers)

    async def advance(self, interval: str) -> None:
        """Business time moves on, and due moments fire."""
        await self.clock(interval)
        await self.parts.time.sample(self.parts.pool)
        while await self.timers.turn():
            pass

    async def facts(self, complaint: UUID) -> list[str]:
        """The types of the facts told about a complaint, in order, without prefix and version."""
        rows = await self.parts.pool.fetch(
            "select convert_from(fact, 'utf8')::jsonb->>'type' as type "
            "from compensation.journal where aggregate = $1 and fact is not null order by seq",
            complaint,
        )
        return [row["type"].split(".")[2] for row in rows]


@pytest.fixture
async def till(postgres: PostgresServer, kesu_database: str, issuer: Issuer) -> AsyncIterator[Till]:
    async for opened in _open(postgres, kesu_database, issuer, AUTO_DEMO, AUTO):
        yield opened


@pytest.fixture
async def mall(postgres: PostgresServer, kesu_database: str, issuer: Issuer) -> AsyncIterator[Till]:
    async for opened in _open(postgres, kesu_database, issuer, MALL_DEMO, MALL):
        yield opened


async def _open(
    postgres: PostgresServer,
    database: str,
    issuer: Issuer,
    organisation: Organisation,
    pack: Pack,
) -> AsyncIterator[Till]:
    admin = await asyncpg.connect(postgres.dsn(database))

    async def clock(interval: str) -> None:
        await admin.execute(
            "update platform.business_time set ahead = ahead + $1::text::interval", interval
        )

    async with parts_of("compensation", postgres, database, issuer) as parts:
        worker = create_worker(parts)
        async with client_of(parts) as http:
            yield Till(
                parts=parts,
                http=http,
                neighbours=Neighbours(worker, organisation.id),
                timers=Timers("compensation", parts.pool, worker.moments, parts.wake),
                issuer=issuer,
                organisation=organisation,
                pack=pack,
                clock=clock,
            )
    await admin.close()
