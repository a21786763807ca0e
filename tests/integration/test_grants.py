"""No service's role may touch a neighbour's schema: every role, table and privilege, written down.

`KESU_GOLDEN=write` writes tests/integration/grants.txt anew; look at the difference then.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from shared.contracts.registry import SERVICES
from tests.support.postgres import PostgresServer

GOLDEN = Path(__file__).with_name("grants.txt")
ROLES = tuple(f"kesu_{service}_{kind}" for service in SERVICES for kind in ("app", "owner"))
SCHEMAS = (*SERVICES, "platform", "public")
WRITE_ONCE = ("journal", "operator_actions")

_TABLES = """
select n.nspname as schema, c.relname as name, c.oid as oid
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm') and not exists (
    select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
order by 1, 2
"""
_PRIVILEGES = """
select r.role, t.oid, array(
    select p.name from unnest(array['DELETE', 'INSERT', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'])
    as p(name) where has_table_privilege(r.role, t.oid, p.name) order by 1) as granted
from unnest($1::text[]) as r(role) cross join unnest($2::oid[]) as t(oid)
"""


@pytest.fixture(name="connection")
async def _connection(
    postgres: PostgresServer, kesu_database: str
) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres.dsn(kesu_database))
    yield connection
    await connection.close()


async def test_every_privilege_is_one_we_wrote_down(connection: asyncpg.Connection) -> None:
    found = [
        f"{role} {table}: {' '.join(granted)}"
        for (role, table), granted in sorted((await matrix(connection)).items())
        if granted
    ]
    text = "\n".join(found) + "\n"
    if os.environ.get("KESU_GOLDEN") == "write":
        GOLDEN.write_text(text)
    assert found == GOLDEN.read_text().splitlines()


async def test_no_role_has_anything_in_a_neighbours_schema(
    connection: asyncpg.Connection,
) -> None:
    for (role, table), granted in (await matrix(connection)).items():
        schema, service = table.split(".")[0], role.split("_")[1]
        if schema in SERVICES and schema != service:
            assert granted == [], f"{role} has {granted} on {table}"


async def test_no_role_may_even_enter_a_neighbours_schema(connection: asyncpg.Connection) -> None:
    for role in ROLES:
        for schema in SCHEMAS:
            enters = await connection.fetchval(
                "select has_schema_privilege($1, $2, 'USAGE')", role, schema
            )
            own = role.split("_")[1]
            assert enters == (schema in {own, "platform", "public"}), f"{role} in {schema}"


async def test_an_app_role_changes_no_shape_anywhere(connection: asyncpg.Connection) -> None:
    for role in [each for each in ROLES if each.endswith("_app")]:
        for schema in SCHEMAS:
            makes = await connection.fetchval(
                "select has_schema_privilege($1, $2, 'CREATE')", role, schema
            )
            assert not makes, f"{role} makes tables in {schema}"


async def test_what_is_append_only_is_so_for_the_app_role(connection: asyncpg.Connection) -> None:
    for (role, table), granted in (await matrix(connection)).items():
        if role.endswith("_app") and table.split(".")[1] in WRITE_ONCE and granted:
            assert granted == ["INSERT", "SELECT"], f"{role} on {table}"


async def test_no_role_is_another_or_above_the_rules(connection: asyncpg.Connection) -> None:
    members = await connection.fetch(
        "select m.rolname from pg_auth_members a join pg_roles m on m.oid = a.member "
        "where m.rolname = any($1)",
        list(ROLES),
    )
    assert members == []
    above = await connection.fetch(
        "select rolname from pg_roles where rolname = any($1) and "
        "(rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)",
        list(ROLES),
    )
    assert above == []


async def test_a_neighbours_table_answers_permission_denied(
    postgres: PostgresServer, kesu_database: str
) -> None:
    connection = await asyncpg.connect(postgres.app_dsn("intake", kesu_database))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select * from escalation.journal")
    finally:
        await connection.close()


async def matrix(connection: asyncpg.Connection) -> dict[tuple[str, str], list[str]]:
    """What each role may do with each table of the database."""
    tables = await connection.fetch(_TABLES, list(SCHEMAS))
    names = {row["oid"]: f"{row['schema']}.{row['name']}" for row in tables}
    rows = await connection.fetch(_PRIVILEGES, list(ROLES), list(names))
    return {(row["role"], names[row["oid"]]): row["granted"] for row in rows}
