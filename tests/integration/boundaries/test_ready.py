"""Ready is whose database answers and is as new as the code; each service says which it misses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from shared.contracts.registry import SERVICES
from tests.support.house import House

BEFORE, AFTER = "20200101", "20991231"
"""Versions older and newer than any migration."""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_whose_schema_is_older_than_its_code_is_not_ready(
    house: House, service: str
) -> None:
    assert await _checks(house, service) == {"database": True, "migrations": True}
    async with _at(house, service, BEFORE):
        assert await _checks(house, service) == {"database": True, "migrations": False}
    assert await _checks(house, service) == {"database": True, "migrations": True}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_newer_schema_serves_the_code_before_it(house: House, service: str) -> None:
    async with _at(house, service, AFTER):
        assert (await _checks(house, service))["migrations"]


async def _checks(house: House, service: str) -> dict[str, bool]:
    """What it looked into; that nobody started it here is another matter."""
    transport = httpx.ASGITransport(house.apps[service])
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        found: dict[str, bool] = (await client.get("/readyz")).json()["checks"]
    return {name: found[name] for name in ("database", "migrations")}


@asynccontextmanager
async def _at(house: House, service: str, version: str) -> AsyncIterator[None]:
    change = f"update {service}.alembic_version set version_num = $1"  # noqa: S608 our own schema
    before = await house.admin.fetchval(f"select version_num from {service}.alembic_version")  # noqa: S608
    await house.admin.execute(change, version)
    try:
        yield
    finally:
        await house.admin.execute(change, before)
