"""Versions of policies: drafts, who decided on them, all that intake has known (decision 21)."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

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
        schema="intake",
    )
    op.create_table(
        "policy_drafts",
        sa.Column("version", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("documents", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_drafts")),
        schema="intake",
    )
    _policy_versions()
    for table in ("policy_packs", "policy_drafts"):
        for statement in append_only("intake", table):
            op.execute(statement)


def _policy_versions() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "decided_by is null or decided_by <> proposed_by",
            name=op.f("ck_policy_versions_two_persons"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_versions")),
        schema="intake",
    )
    op.create_index(
        "ix_policy_versions_newest",
        "policy_versions",
        ["organisation", sa.literal_column("id desc")],
        unique=False,
        schema="intake",
    )
    for name, column in (("uq_moment_in_force", "in_force_from"), ("uq_content_in_force", "hash")):
        op.create_index(
            name,
            "policy_versions",
            ["organisation", column],
            unique=True,
            schema="intake",
            postgresql_where=sa.text("status = 'activated'"),
        )


def downgrade() -> None:
    for table in ("policy_versions", "policy_drafts", "policy_packs"):
        op.drop_table(table, schema="intake")
