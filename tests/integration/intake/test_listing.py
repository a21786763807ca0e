"""What a page of the list costs, however many complaints there are."""

from typing import cast

import asyncpg
import httpx

from services.intake_service.queries import Question, page_of
from shared.plumbing.running import Parts
from tests.integration.intake.conftest import People, a_complaint
from tests.support.postgres import PostgresServer
from tests.support.services import once

MANY, PAGE = 3_000, 51
COPIES = """
insert into intake.complaints
select (jsonb_populate_record(c, jsonb_build_object(
    'id', gen_random_uuid(), 'reference', 'KS-2026-' || 500000 + n))).*
from intake.complaints c, generate_series(1, $1::int) n
"""


class Explaining:
    """A pool that also asks PostgreSQL how it went about the question."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool, self.plan = pool, ""

    async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        explained = await self.pool.fetch(f"explain analyze {query}", *values)
        self.plan = "\n".join(row[0] for row in explained)
        return await self.pool.fetch(query, *values)


async def test_a_status_that_nothing_has_costs_no_look_at_every_complaint(
    client: httpx.AsyncClient,
    auto: People,
    parts: Parts,
    postgres: PostgresServer,
    kesu_database: str,
) -> None:
    answer = await client.post("/complaints", json=a_complaint(), headers=auto("clerk") | once())
    assert answer.status_code == 201, answer.text
    await parts.pool.execute(COPIES, MANY)
    await _analyze(postgres.dsn(kesu_database))
    asked = Explaining(parts.pool)
    unit = answer.json()["unit"]
    question = Question(organisation="auto-demo", units=[unit], all_units=False)
    page = await page_of(cast("asyncpg.Pool", asked), question, after=None, limit=PAGE)
    assert len(page) == PAGE
    assert "Removed by Filter" not in asked.plan, asked.plan


async def _analyze(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("vacuum analyze intake.complaints")
    finally:
        await connection.close()
