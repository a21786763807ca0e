"""The database as services find it: a schema, an owner and an app role each, nothing shared."""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from kesu.home import DATABASE, SERVICES

MAINTENANCE = "postgres"
EXTENSIONS = ("btree_gist", "pg_trgm")
ROLE_SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",
}
_ONE_AT_A_TIME = 0x6B657375
"""An advisory lock: roles belong to the whole server, and two preparations may meet."""


async def prepare_database(
    admin_dsn: str, passwords: Mapping[str, str], *, database: str = DATABASE
) -> None:
    """Make the database, roles, schemas and grants; harmless when they are there.

    `admin_dsn` is a superuser's, on any database of the server; `passwords` maps each service to
    the password of its app role. Migrations run as `kesu_<service>_owner` (SET ROLE), so that the
    default privileges here reach every table: the app role gets rows, never the shape and never
    TRUNCATE.
    """
    server = await asyncpg.connect(on_database(admin_dsn, MAINTENANCE))
    try:
        await server.execute("SELECT pg_advisory_lock($1)", _ONE_AT_A_TIME)
        await _make_database(server, database)
        for service in SERVICES:
            await _make_roles(server, database, service, passwords[service])
    finally:
        await server.close()
    inside = await asyncpg.connect(on_database(admin_dsn, database))
    try:
        await inside.execute("SELECT pg_advisory_lock($1)", _ONE_AT_A_TIME)
        await _make_schemas(inside)
    finally:
        await inside.close()


def on_database(dsn: str, database: str) -> str:
    """The same DSN, on another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


async def _make_database(server: asyncpg.Connection, database: str) -> None:
    known = await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database)
    if not known:
        await server.execute(f'CREATE DATABASE "{database}"')
    await server.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')


async def _make_roles(
    server: asyncpg.Connection, database: str, service: str, password: str
) -> None:
    owner, app = f"kesu_{service}_owner", f"kesu_{service}_app"
    await _make_role(server, owner, "NOLOGIN")
    await _make_role(server, app, "LOGIN")
    word = await server.fetchval("SELECT quote_literal($1)", password)
    await server.execute(f"ALTER ROLE {app} PASSWORD {word}")
    for name, value in ROLE_SETTINGS.items():
        await server.execute(f"ALTER ROLE {app} SET {name} = '{value}'")
    await server.execute(f"ALTER ROLE {app} SET search_path = {service}, public")
    await server.execute(f"ALTER ROLE {owner} SET search_path = {service}, public")
    await server.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {owner}, {app}')


async def _make_role(server: asyncpg.Connection, role: str, login: str) -> None:
    known = await server.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    restricted = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    await server.execute(f"{verb} ROLE {role} {login} {restricted}")


async def _make_schemas(inside: asyncpg.Connection) -> None:
    await inside.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for extension in EXTENSIONS:
        await inside.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
    for service in SERVICES:
        await inside.execute(_schema_of(service))
    await inside.execute("CREATE SCHEMA IF NOT EXISTS platform")
    readers = ", ".join(f"kesu_{service}_{kind}" for service in SERVICES for kind in _KINDS)
    await inside.execute(
        f"GRANT USAGE ON SCHEMA platform TO {readers};"
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA platform GRANT SELECT ON TABLES TO {readers}"
    )


_KINDS = ("owner", "app")


def _schema_of(service: str) -> str:
    owner, app = f"kesu_{service}_owner", f"kesu_{service}_app"
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {service}"
    return f"""
        CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {owner};
        REVOKE ALL ON SCHEMA {service} FROM PUBLIC;
        GRANT USAGE ON SCHEMA {service} TO {app};
        {defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
        {defaults} GRANT USAGE ON SEQUENCES TO {app};
    """
