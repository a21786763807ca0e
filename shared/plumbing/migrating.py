"""One way to migrate, for every service: its own schema, version table and owner, short locks.

Each migration is a transaction of its own. A lock that does not come at once is given up and
asked for again, because whoever waits for a table holds up everybody who comes after.
"""

import asyncio
import os
import random
import time
from collections.abc import Sequence

import structlog
from alembic import context
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from shared.plumbing.tables import BUCKETS

log = structlog.get_logger("migrating")
LOCK_WAIT_MS = 500
PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = (0.2, 1.0)
_IN_THE_WAY = {"55P03", "40P01"}
"""lock_not_available and deadlock_detected: somebody works, it passes."""


def run(metadata: MetaData) -> None:
    """Called by each service's `env.py`; KESU_ADMIN_DATABASE_URL may take on the owner's role.

    Raises sqlalchemy's DBAPIError, also when a lock does not come within PATIENCE_SECONDS.
    """
    url = os.environ["KESU_ADMIN_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1)
    asyncio.run(_migrate(metadata, url))


async def _migrate(metadata: MetaData, url: str) -> None:
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_patiently, metadata)
            await connection.commit()
    finally:
        await engine.dispose()


def _patiently(connection: Connection, metadata: MetaData) -> None:
    """What was committed stays; the migration that had to wait begins again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            _upgrade(connection, metadata)
        except DBAPIError as error:
            connection.rollback()
            state = getattr(error.orig, "sqlstate", None)
            if state not in _IN_THE_WAY or time.monotonic() > deadline:
                raise
            log.warning("somebody holds a lock; trying again", schema=metadata.schema)
            time.sleep(random.uniform(*PAUSE_SECONDS))  # noqa: S311 - jitter, not a secret
        else:
            return


def _upgrade(connection: Connection, metadata: MetaData) -> None:
    schema = str(metadata.schema)
    connection.execute(text(f'set role "kesu_{schema}_owner"'))
    connection.execute(text(f"set lock_timeout = '{LOCK_WAIT_MS}ms'"))
    # One at a time, also after a killed one whose last statement still runs.
    connection.execute(text("select pg_advisory_lock(hashtext(:name))"), {"name": f"kesu {schema}"})
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=schema,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == schema,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def guards(schema: str) -> list[str]:
    """What SQLAlchemy's tables cannot say: leases, append-only journal, its rights."""
    return [
        f"insert into {schema}.relay_leases (bucket) select generate_series(0, {BUCKETS - 1})",
        append_only_function(schema),
        *append_only(schema, "journal"),
        *append_only(schema, "operator_actions"),
    ]


def append_only_function(schema: str) -> str:
    """A trigger function that refuses, whoever asks (42501)."""
    return (
        f"create function {schema}.refuse_change() returns trigger language plpgsql "
        f"set search_path = {schema} as $$ begin "
        "raise exception '% is append-only', tg_table_name using errcode = '42501'; end $$"
    )


def append_only(schema: str, table: str) -> list[str]:
    """The app role may only insert; triggers deter the owner as well."""
    return [
        f"revoke update, delete, truncate on {schema}.{table} from kesu_{schema}_app",
        (
            f"create trigger append_only before update or delete on {schema}.{table} "
            f"for each row execute function {schema}.refuse_change()"
        ),
        (
            f"create trigger keep_all before truncate on {schema}.{table} "
            f"for each statement execute function {schema}.refuse_change()"
        ),
    ]


WIDE = {"journal": ("entry", "fact", "hash"), "texts": ("body", "salt")}
"""Columns that are read with their row and never searched."""


def kept_whole(schema: str, states: Sequence[str]) -> list[str]:
    """Rows of a few kB stay in their page, and nobody counts what is in their wide columns.

    Compressing a journal row and putting it apart cost a registration 8 % of PostgreSQL's CPU,
    statistics of the wide columns up to a tenth while tables grow (docs/speed.md).
    """
    wide = WIDE | dict.fromkeys(states, ("state", "head"))
    return [
        f"alter table {schema}.journal set (toast_tuple_target = 8160)",
        *(
            f"alter table {schema}.{table} "
            + ", ".join(f"alter column {column} set statistics 0" for column in columns)
            for table, columns in wide.items()
        ),
    ]


def kept_as_before(schema: str, states: Sequence[str]) -> list[str]:
    """Takes `kept_whole` back; rows that are there stay as they are."""
    forward = kept_whole(schema, states)
    return [
        each.replace("set (toast_tuple_target = 8160)", "reset (toast_tuple_target)").replace(
            "set statistics 0", "set statistics -1"
        )
        for each in forward
    ]
