"""One service on the session's PostgreSQL: its roles, its migrated schema, its open parts."""

import asyncio
import importlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from kesu.commands.migrate import migrate
from shared.plumbing.running import Parts, open_parts
from shared.plumbing.settings import AUDIENCE, ISSUER, load_settings
from tests.support.postgres import PostgresServer, folder

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Issuer:
    """A development issuer of the tests' own: its public keys in `jwks`, tokens by `token`."""

    jwks: Path
    key: ECKey

    def token(self, person: str, organisation: str, roles: list[str], units: list[str]) -> str:
        """A bearer token for an hour, as `kesu token` makes them."""
        now = datetime.now(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": person,
            "org": organisation,
            "roles": roles,
            "units": units,
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(hours=12),
        }
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    def as_(
        self, person: str, organisation: str, roles: list[str], units: list[str]
    ) -> dict[str, str]:
        """Headers with such a token."""
        token = self.token(person, organisation, roles, units)
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="session")
def issuer() -> Iterator[Issuer]:
    key = ECKey.generate_key("P-256", parameters={"kid": "test", "use": "sig", "alg": "ES256"})
    with folder() as home:
        jwks = home / "jwks.json"
        jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
        yield Issuer(jwks, key)


@pytest.fixture(scope="session")
async def kesu_database(postgres: PostgresServer) -> AsyncIterator[str]:
    """A database with every service's roles and newest schema; its name."""
    name = f"kesu_test_{os.getpid()}"
    await postgres.prepare(name)
    await asyncio.to_thread(migrate, postgres.dsn(name), services=_migratable())
    yield name
    await _drop(postgres, name)


def _migratable() -> tuple[str, ...]:
    """Services whose migrations exist."""
    found = sorted(ROOT.glob("services/*_service/migrations/env.py"))
    return tuple(path.parts[-3].removesuffix("_service") for path in found)


async def _drop(postgres: PostgresServer, name: str) -> None:
    connection = await asyncpg.connect(postgres.admin_dsn)
    await connection.execute(f'drop database if exists "{name}" with (force)')
    await connection.close()


@asynccontextmanager
async def parts_of(
    service: str, postgres: PostgresServer, database: str, issuer: Issuer, **more: object
) -> AsyncIterator[Parts]:
    """A service's parts as its own app role, its tables empty."""
    await empty(postgres, database, service)
    main = importlib.import_module(f"services.{service}_service.main")
    settings = load_settings(service, main.SETTINGS).model_copy(
        update={
            "database_url": postgres.app_dsn(service, database),
            "jwks": str(issuer.jwks),
            "policies": ROOT / "policies",
            "organisations": ROOT / "organisations",
            **more,
        }
    )
    parts = await open_parts(service, settings)
    try:
        yield parts
    finally:
        await parts.close()


@asynccontextmanager
async def client_of(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    """The service's doors without a socket. Give each request a persona's headers."""
    main = importlib.import_module(f"services.{parts.service}_service.main")
    app = main.create_app(parts)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=f"http://kesu/{parts.service}/v1",
        ) as client,
    ):
        yield client


async def empty(postgres: PostgresServer, database: str, schema: str) -> None:
    """Empties a schema's tables, as the administrator; leases begin anew."""
    connection = await asyncpg.connect(postgres.dsn(database))
    try:
        await connection.execute("set session_replication_role = replica")
        tables = await connection.fetch(
            "select tablename from pg_tables where schemaname = $1 "
            "and tablename not in ('alembic_version', 'relay_leases')",
            schema,
        )
        names = ", ".join(f'"{schema}"."{row["tablename"]}"' for row in tables)
        if names:
            await connection.execute(f"truncate {names}")
        await connection.execute(
            f"update {schema}.relay_leases "  # noqa: S608 our own schema
            "set owner = null, epoch = 0, expires_at = '-infinity'"
        )
    finally:
        await connection.close()


def once(word: str | None = None) -> dict[str, str]:
    """Headers with an `Idempotency-Key`; a fresh one unless named."""
    return {"Idempotency-Key": word or uuid4().hex}


def seen(revision: int) -> dict[str, str]:
    """Headers with an `If-Match` for this revision."""
    return {"If-Match": f'"{revision}"'}
