"""Rows of a few kB stay whole in their pages. Only how new rows are kept; no row is written anew."""

from collections.abc import Sequence

from alembic import op

from shared.plumbing.migrating import kept_as_before, kept_whole

revision: str = "20261123"
down_revision: str | None = "20261122"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

STATES = ("complaints", "customers", "visits", "policy_versions")


def upgrade() -> None:
    for statement in kept_whole("intake", STATES):
        op.execute(statement)
    op.execute("alter table intake.complaints set (toast_tuple_target = 8160)")


def downgrade() -> None:
    op.execute("alter table intake.complaints reset (toast_tuple_target)")
    for statement in kept_as_before("intake", STATES):
        op.execute(statement)
