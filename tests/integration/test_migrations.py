"""Every service's migrations make exactly its tables, and going back is refused or really works."""

import asyncio
import importlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Column, Integer, Table

from kesu.commands.migrate import config_of, migrate
from shared.contracts.registry import SERVICES
from tests.support.postgres import PostgresServer

each_service = pytest.mark.parametrize("service", SERVICES)
_OBJECTS = """
select count(*) from (
    select c.oid from pg_class c where c.relnamespace = $1::regnamespace
        and c.relkind in ('r', 'S') and c.relname <> 'alembic_version'
    union all select p.oid from pg_proc p where p.pronamespace = $1::regnamespace) as found
"""


@pytest.fixture(scope="module", name="dsn")
async def _dsn(postgres: PostgresServer) -> AsyncIterator[str]:
    """A database of this module's own with every service's newest schema."""
    name = f"kesu_migrations_{os.getpid()}"
    await postgres.prepare(name)
    await asyncio.to_thread(migrate, postgres.dsn(name))
    yield postgres.dsn(name)
    connection = await asyncpg.connect(postgres.admin_dsn)
    await connection.execute(f'drop database if exists "{name}" with (force)')
    await connection.close()


@each_service
async def test_migrations_make_the_tables_the_code_speaks_of(dsn: str, service: str) -> None:
    try:
        await asyncio.to_thread(command.check, config_of(service))
    except CommandError as drift:
        pytest.fail(f"{service}: {drift}")


async def test_a_table_without_a_migration_would_be_seen(dsn: str) -> None:
    metadata = importlib.import_module("services.intake_service.tables").METADATA
    ghost = Table("ghosts", metadata, Column("id", Integer, primary_key=True))
    try:
        with pytest.raises(CommandError, match="ghosts"):
            await asyncio.to_thread(command.check, config_of("intake"))
    finally:
        metadata.remove(ghost)


@each_service
async def test_a_history_has_one_head(service: str) -> None:
    assert len(ScriptDirectory.from_config(config_of(service)).get_heads()) == 1


@each_service
async def test_a_service_makes_nothing_outside_its_schema(service: str) -> None:
    tables = importlib.import_module(f"services.{service}_service.tables")
    assert {table.schema for table in tables.METADATA.tables.values()} == {service}
    assert {"journal", "outbox", "inbox", "timers", "texts"} <= {
        table.name for table in tables.METADATA.tables.values()
    }


@each_service
async def test_migrating_twice_changes_nothing(
    dsn: str, service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(migrate, dsn, services=(service,))
    assert capsys.readouterr().out == ""


@each_service
async def test_going_back_is_refused_with_a_reason_or_leaves_nothing(
    dsn: str, service: str
) -> None:
    try:
        await asyncio.to_thread(command.downgrade, config_of(service), "base")
    except NotImplementedError as refused:
        if not str(refused):
            pytest.fail("a refusal says why")
        assert await objects(dsn, service) > 0
        return
    assert await objects(dsn, service) == 0
    await asyncio.to_thread(migrate, dsn, services=(service,))
    assert await objects(dsn, service) > 0


async def objects(dsn: str, schema: str) -> int:
    """How many tables, sequences and functions a schema holds."""
    connection = await asyncpg.connect(dsn)
    try:
        found: int = await connection.fetchval(_OBJECTS, schema)
    finally:
        await connection.close()
    return found


def test_every_service_has_a_history() -> None:
    here = Path(__file__).resolve().parents[2]
    found = {path.parts[-3] for path in here.glob("services/*/migrations/versions")}
    assert found == {f"{service}_service" for service in SERVICES}


@pytest.fixture(name="fresh")
async def _fresh(postgres: PostgresServer) -> AsyncIterator[str]:
    """A database without a schema."""
    name = f"kesu_fresh_{os.getpid()}"
    await postgres.prepare(name)
    yield postgres.dsn(name)
    connection = await asyncpg.connect(postgres.admin_dsn)
    await connection.execute(f'drop database if exists "{name}" with (force)')
    await connection.close()


async def test_how_complaints_stood_moves_beside_their_records(fresh: str) -> None:
    await asyncio.to_thread(migrate, fresh, services=())
    await asyncio.to_thread(command.upgrade, config_of("intake"), "20261121")
    connection = await asyncpg.connect(fresh)
    try:
        for number, standing in enumerate((HEARD, UNHEARD)):
            await connection.execute(_RECORD, UUID(int=number), orjson.dumps(standing).decode())
        await asyncio.to_thread(migrate, fresh, services=("intake",))
        rows = await connection.fetch("select * from intake.standings")
    finally:
        await connection.close()
    kept = dict(rows[0]) | {"dues": orjson.loads(rows[0]["dues"])}
    assert len(rows) == 1, "where nothing was heard, nothing is kept"
    assert kept["complaint"] == UUID(int=0)
    assert (kept["status"], kept["unit"], kept["promises"]) == ("accepted", "hq.store-001", 2)
    assert kept["told_at"] == datetime(2026, 11, 20, 4, tzinfo=UTC)
    assert kept["dues"] == {"resolve": "2026-11-25T09:00:00+00:00"}


UNHEARD: dict[str, Any] = {
    "status": None,
    "tier": None,
    "unit": None,
    "person": None,
    "offered_to": None,
    "promises": 0,
    "told_at": None,
    "replied_at": None,
    "dues": [],
}
HEARD = UNHEARD | {
    "status": "accepted",
    "unit": "hq.store-001",
    "promises": 2,
    "told_at": "2026-11-20T04:00:00+00:00",
    "dues": [{"name": "resolve", "at": "2026-11-25T09:00:00+00:00"}],
}
_RECORD = """
insert into intake.complaints (id, organisation, version, facts, revision, head, state, reference,
    unit, status, kind, channel, received_at)
values ($1::uuid, 'auto-demo', 1, 1, 1, '', jsonb_build_object('standing', $2::jsonb),
    $1::uuid::text, 'hq', 'open', 'complaint', 'desk', now())
"""
