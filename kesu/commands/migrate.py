"""`kesu migrate`: brings every service's schema to its newest revision, and the platform's."""

import argparse
import asyncio
import os
import time
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from kesu.commands._databases import admin_dsn
from shared.contracts.registry import SERVICES
from shared.plumbing.platform import STATEMENTS, grants

NAME = "migrate"
HELP = "bring all schemas to their newest revision"
ROOT = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("services", nargs="*", help="only these services")


def run(args: argparse.Namespace) -> int:
    """On the database that KESU_ADMIN_DATABASE_URL or the running Kesu names."""
    migrate(admin_dsn(), services=tuple(args.services) or SERVICES)
    return 0


def migrate(dsn: str, *, services: tuple[str, ...] = SERVICES) -> None:
    """Platform first, then each service that is behind. Safe to repeat; prints what it did."""
    os.environ["KESU_ADMIN_DATABASE_URL"] = dsn
    present = asyncio.run(_platform(dsn))
    for service in services:
        config = config_of(service)
        head = ScriptDirectory.from_config(config).get_current_head()
        if present.get(service) == head:
            continue
        started = time.monotonic()
        command.upgrade(config, "head")
        print(f"  {service}: migrated to {head} in {time.monotonic() - started:.1f} s")


def config_of(service: str) -> Config:
    """Alembic's configuration of one service's history."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / f"services/{service}_service/migrations"))
    config.set_main_option("path_separator", "os")
    return config


async def _platform(dsn: str) -> dict[str, str | None]:
    """Makes the platform schema; returns each service's present revision."""
    connection = await asyncpg.connect(dsn)
    try:
        for statement in (*STATEMENTS, *grants(SERVICES)):
            await connection.execute(statement)
        return {service: await _revision(connection, service) for service in SERVICES}
    finally:
        await connection.close()


async def _revision(connection: asyncpg.Connection, service: str) -> str | None:
    if not await connection.fetchval("select to_regclass($1)", f"{service}.alembic_version"):
        return None
    found: str | None = await connection.fetchval(
        f"select version_num from {service}.alembic_version"  # noqa: S608 our own schema
    )
    return found
