"""How complaints stand moves beside their records (docs/decisions/0015). Expand only.

The states keep what they had, for processes of the release before. Those note in the state, so
the old workers end before this runs; facts wait in Kafka meanwhile.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "20261122"
down_revision: str | None = "20261121"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

BACKFILL = """
insert into intake.standings
select c.id, c.organisation, s.status, s.tier, s.unit, s.person, s.offered_to, s.told_at,
       s.replied_at, s.promises, coalesce(
           (select jsonb_object_agg(due->>'name', due->'at') from jsonb_array_elements(s.dues) due),
           '{}'), false
from intake.complaints c, jsonb_to_record(c.state->'standing') as s(
    status text, tier text, unit text, person text, offered_to text, told_at timestamptz,
    replied_at timestamptz, promises int, dues jsonb)
where s.status is not null or s.told_at is not null or s.replied_at is not null
   or s.promises > 0 or s.dues <> '[]'
"""


def upgrade() -> None:
    op.create_table(
        "standings",
        sa.Column("complaint", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        *(
            sa.Column(word, sa.Text(), nullable=True)
            for word in ("status", "tier", "unit", "person", "offered_to")
        ),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promises", sa.Integer(), nullable=False),
        sa.Column("dues", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stirred", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("complaint", name=op.f("pk_standings")),
        schema="intake",
    )
    op.execute(BACKFILL)


def downgrade() -> None:
    op.drop_table("standings", schema="intake")
