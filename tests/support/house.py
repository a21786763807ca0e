"""All five services at once, in one process on one database, without a broker.

Each service has its own app role, its own doors and its own worker; what one of them tells is
handed to its listeners in the order of its outbox, at once and by the real door 2.
"""

import importlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

from kesu.playing.catalogue import Operation, operations
from shared.contracts.registry import SERVICES
from shared.kernel.policy.organisation import Organisation
from shared.kernel.roles import Role
from shared.plumbing.applying import Applying
from shared.plumbing.running import Parts, Worker
from shared.plumbing.timers import Timers
from shared.plumbing.web.app import ServiceApp
from tests.support.neighbours import Neighbours
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, once, parts_of

Headers = dict[str, str]
ROUNDS_MAX = 50
CLOSING_MS = "300"
"""How long a closing is waited for at the door: nobody answers before it returns."""


class Origin(httpx.AsyncBaseTransport):
    """One origin for all services, as the gateway is: the first part of the path decides."""

    def __init__(self, apps: Mapping[str, ServiceApp]) -> None:
        self._services = {name: httpx.ASGITransport(app) for name, app in apps.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hands the request to its service."""
        service = request.url.path.split("/")[1]
        return await self._services[service].handle_async_request(request)


@dataclass(slots=True, kw_only=True)
class House:
    """Five services that hear each other, and persons at their doors."""

    parts: dict[str, Parts]
    apps: dict[str, ServiceApp]
    workers: dict[str, Worker]
    client: httpx.AsyncClient
    issuer: Issuer
    admin: asyncpg.Connection
    operations: dict[str, Operation] = field(default_factory=dict)
    hearing: dict[str, Neighbours] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for service, app in self.apps.items():
            self.operations |= operations(service, app.document)
            self.hearing[service] = Neighbours(self.workers[service], "any")

    def organisation(self, name: str) -> Organisation:
        """An organisation that is served here."""
        return self.parts["intake"].packs.organisation(name)

    def as_(self, persona: str, organisation: str = "auto-demo") -> Headers:
        """Headers of a persona; of a person where no persona has this name."""
        served = self.organisation(organisation)
        person = served.persona(persona) or served.person(persona)
        assert person is not None, persona
        name = person.id.replace("machine:", "machine-")
        return self.issuer.as_(name, organisation, sorted(person.roles), sorted(person.units))

    def bearing(
        self,
        roles: Sequence[str] = tuple(Role),
        *,
        organisation: str = "auto-demo",
        units: Sequence[str] = ("hq",),
        person: str = "p-anybody",
    ) -> Headers:
        """Headers of whoever one likes to be: all roles at the top unless told otherwise."""
        return self.issuer.as_(person, organisation, [str(role) for role in roles], list(units))

    async def ask(
        self,
        name: str,
        who: Headers,
        of: Mapping[str, object] | None = None,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
        match: int | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        """One request to `<service>.<operation id>`; reads the ETag unless `match` is told."""
        operation, on = self.operations[name], {k: str(v) for k, v in (of or {}).items()}
        headers = dict(who)
        if operation.needs_key:
            headers |= once(key)
        if operation.needs_match:
            headers["If-Match"] = f'"{await self._revision(operation, on, who, match)}"'
        if name == "escalation.close_case":
            headers["Kesu-Deadline-Ms"] = CLOSING_MS
        return await self.client.request(
            operation.method, operation.url(on), headers=headers, json=body, params=query
        )

    async def did(
        self,
        name: str,
        who: Headers,
        of: Mapping[str, object] | None = None,
        body: object = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 JSON
        """As `ask`, for what must succeed; everybody has heard of it afterwards."""
        answer = await self.ask(name, who, of, body, query=query)
        assert answer.is_success, (name, answer.status_code, answer.text)
        if self.operations[name].method != "GET":
            await self.settle()
        return answer.json()

    async def _revision(
        self, operation: Operation, on: dict[str, str], who: Headers, match: int | None
    ) -> int:
        place = operation.read_url(on)
        if match is not None or place is None:
            return match or 0
        shown = await self.client.get(place, headers=who)
        return int(shown.headers.get("etag", '"0"').strip('"'))

    async def settle(self) -> None:
        """Until nobody has anything left to tell. Fails when they never stop talking."""
        for _ in range(ROUNDS_MAX):
            told = [await self._tell(service) for service in SERVICES]
            if not any(told):
                await self._sweep()
                told = [await self._tell(service) for service in SERVICES]
            if not any(told):
                return
        raise AssertionError("the services never stop telling each other")

    async def _tell(self, service: str) -> int:
        pool = self.parts[service].pool
        rows = await pool.fetch(_PENDING.format(s=service))
        if rows:
            for listener, worker in self.workers.items():
                if service in worker.neighbours:
                    await self.hearing[listener].deliver(*(bytes(row["fact"]) for row in rows))
            done = [row["id"] for row in rows]
            await pool.execute(f"delete from {service}.outbox where id = any($1)", done)  # noqa: S608
        return len(rows)

    async def _sweep(self) -> None:
        """What came before what it speaks of is tried again."""
        for service, worker in self.workers.items():
            pool = self.parts[service].pool
            applying = Applying(schema=service, pool=pool, apply=worker.apply)
            for row in await pool.fetch(
                f"select source, aggregate from {service}.parked where kind = 'premature'"  # noqa: S608
            ):
                async with pool.acquire() as connection, connection.transaction():
                    await applying.drain(connection, (row["source"], row["aggregate"]))

    async def advance(self, interval: str) -> None:
        """Business time moves on; due moments fire and are told."""
        await self.admin.execute(
            "update platform.business_time set ahead = ahead + $1::text::interval", interval
        )
        for service, parts in self.parts.items():
            await parts.time.sample(parts.pool)
            moments = self.workers[service].moments
            timers = Timers(service, parts.pool, moments, parts.wake)
            while moments and await timers.turn():
                pass
        await self.settle()

    async def tables(self, service: str) -> list[str]:
        """The tables of a service's schema, but for the migrations' own."""
        rows = await self.admin.fetch(
            "select tablename from pg_tables where schemaname = $1 "
            "and tablename <> 'alembic_version' order by 1",
            service,
        )
        return [row["tablename"] for row in rows]

    async def rows(self) -> dict[str, int]:
        """How many rows every table of every service has."""
        return {
            f"{service}.{table}": await self.admin.fetchval(
                f'select count(*) from {service}."{table}"'  # noqa: S608 our own tables
            )
            for service in SERVICES
            for table in await self.tables(service)
        }

    async def parked(self) -> list[str]:
        """Facts that somebody could not take."""
        found = []
        for service in SERVICES:
            rows = await self.admin.fetch(f"select * from {service}.parked")  # noqa: S608
            found += [f"{service}: {dict(row)}" for row in rows]
        return found


_PENDING = """
select o.id, j.fact from {s}.outbox o
join {s}.journal j on j.aggregate = o.aggregate and j.seq = o.seq order by o.id
"""


@asynccontextmanager
async def open_house(
    postgres: PostgresServer, database: str, issuer: Issuer, **more: object
) -> AsyncIterator[House]:
    """All services on their emptied schemas; `more` are settings of all of them."""
    async with AsyncExitStack() as stack:
        parts: dict[str, Parts] = {}
        apps: dict[str, ServiceApp] = {}
        for service in SERVICES:
            opened = parts_of(service, postgres, database, issuer, **more)
            parts[service] = await stack.enter_async_context(opened)
            main = importlib.import_module(f"services.{service}_service.main")
            apps[service] = main.create_app(parts[service])
            await stack.enter_async_context(apps[service].router.lifespan_context(apps[service]))
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=Origin(apps), base_url="http://kesu")
        )
        admin = await asyncpg.connect(postgres.dsn(database))
        stack.push_async_callback(admin.close)
        yield House(
            parts=parts,
            apps=apps,
            workers={name: _worker(each) for name, each in parts.items()},
            client=client,
            issuer=issuer,
            admin=admin,
        )


def _worker(parts: Parts) -> Worker:
    module = importlib.import_module(f"services.{parts.service}_service.worker")
    worker: Worker = module.create_worker(parts)
    return worker
