"""Rows of a few kB stay whole in their pages. Only how new rows are kept; no row is written anew."""

from collections.abc import Sequence

from alembic import op

from shared.plumbing.migrating import kept_as_before, kept_whole

revision: str = "20261123"
down_revision: str | None = "20261121"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

STATES = ("dossiers", "delegations")


def upgrade() -> None:
    for statement in kept_whole("compensation", STATES):
        op.execute(statement)


def downgrade() -> None:
    for statement in kept_as_before("compensation", STATES):
        op.execute(statement)
