"""What a migration may do to a table that is in use: build an index, fill a column, step by step.

Both end the migration's transaction, so that no lock outlives a step; a migration that was killed
begins again and finishes what is left. First expand, then fill, a release later contract
(reliability 8.4).
"""

from alembic import op
from sqlalchemy import text

from shared.plumbing.migrating import LOCK_WAIT_MS

INDEX_WAIT_SECONDS = 60
"""Building waits for transactions that began before it, and holds up nobody meanwhile."""

BATCH = 2000


def build_index(name: str, schema: str, table: str, definition: str) -> None:
    """An index beside readers and writers; `definition` is `(column, …) where …`."""
    with op.get_context().autocommit_block():
        op.execute(f"set lock_timeout = '{INDEX_WAIT_SECONDS}s'")
        if op.get_bind().execute(text(_HALF_MADE), {"name": f"{schema}.{name}"}).scalar():
            op.execute(f"drop index concurrently {schema}.{name}")
        op.execute(
            f"create index concurrently if not exists {name} on {schema}.{table} {definition}"
        )
        op.execute(f"set lock_timeout = '{LOCK_WAIT_MS}ms'")


def fill(statement: str, *, batch: int = BATCH) -> int:
    """Repeats an update of at most `:batch` rows, each a transaction, until none is left.

    Returns how many rows it changed. The statement leaves out what is filled already.
    """
    total = 0
    with op.get_context().autocommit_block():
        while changed := op.get_bind().execute(text(statement), {"batch": batch}).rowcount:
            total += changed
    return total


_HALF_MADE = "select not indisvalid from pg_index where indexrelid = to_regclass(:name)"
