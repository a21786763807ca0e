"""Every version of a policy that escalation has known (decision 21)."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from shared.plumbing.migrating import append_only

revision: str = "20261121"
down_revision: str | None = "20260101"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "policy_packs",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("activated", sa.Boolean(), nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "hash", "activated", name=op.f("pk_policy_packs")),
        schema="escalation",
    )
    for statement in append_only("escalation", "policy_packs"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("policy_packs", schema="escalation")
