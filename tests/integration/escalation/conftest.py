"""An escalation service on a real database, its neighbours, and persons at its doors."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.escalation_service.worker import create_worker
from shared.contracts import compensation, followup, intake
from shared.contracts.envelope import Contract
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.plumbing.identifiers import new_id
from shared.plumbing.running import Parts, Worker
from shared.plumbing.timers import Timers
from tests.support.neighbours import Neighbours
from tests.support.packs import AUTO, AUTO_DEMO, MALL, MALL_DEMO
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, client_of, once, parts_of, seen

DESK = "hq.store-001.service-desk"
INSTALLATION = "hq.store-001.installation"
SALES = "hq.store-001.sales"
EXCHANGE = ["reference", "holder", "unit_contact"]


@dataclass
class House:
    """Everything a story needs; `organisation` is whose people come to the doors."""

    parts: Parts
    http: httpx.AsyncClient
    worker: Worker
    timers: Timers
    issuer: Issuer
    clock: Callable[[str], Awaitable[None]]
    organisation: Organisation = AUTO_DEMO
    pack: Pack = AUTO
    told: dict[str, Neighbours] = field(default_factory=dict)

    @property
    def neighbours(self) -> Neighbours:
        """Who tells facts of this organisation."""
        name = self.organisation.id
        return self.told.setdefault(name, Neighbours(self.worker, name))

    def mall(self) -> None:
        """From now on it is the mall's day."""
        position = self.neighbours.position
        self.organisation, self.pack = MALL_DEMO, MALL
        self.neighbours.position = position

    def as_(self, persona: str) -> dict[str, str]:
        """Headers of one of the demonstration's personas."""
        person = self.organisation.persona(persona) or self.organisation.person(persona)
        assert person is not None
        roles, units = sorted(person.roles), sorted(person.units)
        return self.issuer.as_(person.id, self.organisation.id, roles, units)

    async def get(
        self,
        path: str,
        persona: str = "clerk",
        *,
        headers: dict[str, str] | None = None,
        params: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """Read something."""
        own = self.as_(persona) | (headers or {})
        return await self.http.get(path, headers=own, params=params)

    async def post(
        self,
        path: str,
        body: object = None,
        persona: str = "clerk",
        *,
        revision: int | None = None,
        key: str | None = None,
        within_ms: int | None = None,
    ) -> httpx.Response:
        """Do something to a case as it stands, or as it stood at `revision`."""
        if revision is None:
            revision = await self.revision(path)
        headers = self.as_(persona) | once(key) | seen(revision)
        if within_ms is not None:
            headers |= {"Kesu-Deadline-Ms": str(within_ms)}
        return await self.http.post(path, json=body, headers=headers)

    async def revision(self, path: str) -> int:
        """The ETag of the case in this path."""
        found = await self.parts.pool.fetchval(
            "select revision from escalation.cases where id = $1", UUID(path.split("/")[1])
        )
        return int(found or 0)

    async def tell(self, complaint: UUID, *facts: Contract) -> None:
        """Neighbours' facts about a complaint."""
        await self.neighbours.tell(*facts, subject=complaint)

    async def register(self, **changes: object) -> UUID:
        """A complaint is taken down at the first store's desk."""
        complaint = new_id()
        await self.tell(complaint, self.registration(complaint, **changes))
        return complaint

    def registration(self, complaint: UUID, **changes: object) -> Contract:
        """What intake says of a new complaint."""
        ref = self.pack.ref
        values: dict[str, Any] = {
            "complaint_id": complaint,
            "reference": f"KS-2026-{complaint.int % 1_000_000:06}",
            "kind": "complaint",
            "channel": "in_store",
            "complainant_type": "customer",
            "recording_unit": DESK,
            "classification": {"category": "goods_quality"},
            "awaits_confirmation": True,
            "registered_by": "p-clerk-1a",
            "received_at": self.parts.time.now(),
            "policy": intake.Policy(pack=ref.pack, version=ref.version, hash=ref.hash),
        }
        return intake.ComplaintRegisteredV1(**(values | changes))

    async def confirmed(self, **changes: object) -> UUID:
        """… and confirmed by the head."""
        complaint = await self.register(**changes)
        await self.tell(
            complaint,
            intake.ComplaintConfirmedV1(
                complaint_id=complaint,
                confirmed_by="p-cs-manager-1",
                confirmed_at=self.parts.time.now(),
                row="confirmation.head",
            ),
        )
        return complaint

    async def offer_of(self, complaint: UUID) -> str:
        """The open offer of a case."""
        found = await self.parts.pool.fetchval(
            "select state -> 'offer' ->> 'id' from escalation.cases where id = $1", complaint
        )
        assert found, "nothing is offered"
        return str(found)

    async def accept(
        self, complaint: UUID, persona: str = "clerk", exchange: list[str] | None = None
    ) -> httpx.Response:
        """Accept the open offer."""
        path = f"cases/{complaint}/handovers/{await self.offer_of(complaint)}/acceptance"
        return await self.post(path, {"exchange": exchange or []}, persona)

    async def handled(self, **changes: object) -> UUID:
        """… and accepted by a clerk."""
        complaint = await self.confirmed(**changes)
        assert (await self.accept(complaint)).status_code == 200
        return complaint

    async def resolved(self, **changes: object) -> UUID:
        """… and resolved: proposed, accepted, carried out."""
        complaint = await self.handled(**changes)
        made = await self.post(f"cases/{complaint}/resolutions", {"text": "更換行車記錄儀"})
        path = f"cases/{complaint}/resolutions/{made.json()['resolution_id']}"
        assert (await self.post(f"{path}/acceptance", {"evidence": "spoken"})).status_code == 200
        assert (await self.post(f"{path}/execution", {})).status_code == 200
        return complaint

    async def ask_closing(self, complaint: UUID, body: object) -> httpx.Response:
        """Ask to close without waiting for the neighbours."""
        return await self.post(f"cases/{complaint}/closure", body, within_ms=400)

    async def settle(self, complaint: UUID, round_: int = 1) -> None:
        """Nothing is open at any neighbour."""
        for module in (intake, compensation, followup):
            settled = module.ClosingSettledV1(complaint_id=complaint, round=round_)
            await self.tell(complaint, settled)

    async def advance(self, interval: str) -> None:
        """Business time moves on, and due moments fire."""
        await self.clock(interval)
        await self.parts.time.sample(self.parts.pool)
        while await self.timers.turn():
            pass

    async def facts(self, complaint: UUID) -> list[str]:
        """The types of the facts published about a case, in order."""
        rows = await self.parts.pool.fetch(
            "select convert_from(fact, 'utf8')::jsonb ->> 'type' as type from escalation.journal "
            "where aggregate = $1 and fact is not null order by seq",
            complaint,
        )
        return [row["type"].split(".")[2] for row in rows]

    async def now(self) -> datetime:
        """Business time."""
        found: datetime = await self.parts.pool.fetchval("select platform.business_now()")
        return found


@pytest.fixture
async def house(
    postgres: PostgresServer, kesu_database: str, issuer: Issuer
) -> AsyncIterator[House]:
    admin = await asyncpg.connect(postgres.dsn(kesu_database))

    async def clock(interval: str) -> None:
        await admin.execute(
            "update platform.business_time set ahead = ahead + $1::text::interval", interval
        )

    async with parts_of("escalation", postgres, kesu_database, issuer) as parts:
        worker = create_worker(parts)
        async with client_of(parts) as http:
            timers = Timers("escalation", parts.pool, worker.moments, parts.wake)
            yield House(parts, http, worker, timers, issuer, clock)
    await admin.close()
