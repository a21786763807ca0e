"""The toy's schema in a database of its own, for requests that need several counters."""

import os
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from shared.plumbing.database import BusinessTime, open_pool
from shared.plumbing.migrating import guards
from shared.plumbing.platform import STATEMENTS
from shared.plumbing.shell import Shell
from shared.plumbing.wake import Wake
from tests.integration.plumbing import toy
from tests.support.postgres import PostgresServer

_ROLE = """
do $$ begin create role kesu_toy_app nologin; exception when duplicate_object then null; end $$
"""


@pytest.fixture
async def shell(postgres: PostgresServer) -> AsyncIterator[Shell]:
    """A shell over a fresh toy schema."""
    name = f"jointly_{os.getpid()}"
    admin = await asyncpg.connect(postgres.admin_dsn)
    await admin.execute(f'create database "{name}"')
    await admin.execute(_ROLE)
    await _build(postgres.dsn(name))
    pool = await open_pool(postgres.dsn(name), size=16)
    time = BusinessTime()
    await time.sample(pool)
    yield Shell(pool=pool, time=time, wake=Wake())
    await pool.close()
    await admin.execute(f'drop database "{name}" with (force)')
    await admin.close()


async def _build(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for statement in STATEMENTS:
        await connection.execute(statement)
    await connection.execute("create schema toy")
    await connection.close()
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as begun:
        await begun.run_sync(toy.METADATA.create_all)
        for statement in guards("toy"):
            await begun.exec_driver_sql(statement)
    await engine.dispose()
