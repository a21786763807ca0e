"""Insights' schema: read models kept by its consumer, and corrective actions of its own."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.insights_service.counting import MEASURES
from shared.plumbing.tables import aggregate_table, schema_of

METADATA = schema_of("insights")

QUEUE = Table(
    "queue",
    METADATA,
    Column("complaint", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("reference", Text, nullable=False, server_default=""),
    Column("unit", Text, nullable=False, server_default=""),
    Column("kind", Text, nullable=False, server_default=""),
    Column("content", Text, nullable=False, server_default=""),
    Column("channel", Text, nullable=False, server_default=""),
    Column("severity", Text, nullable=False, server_default=""),
    Column("tier", Text, nullable=False, server_default=""),
    Column("status", Text, nullable=False, server_default=""),
    Column("holder_unit", Text, nullable=False, server_default=""),
    Column("holder_person", Text, nullable=False, server_default=""),
    Column("next_clock", Text),
    Column("next_due_at", DateTime(timezone=True)),
    Column("warned", Boolean, nullable=False, server_default=text("false")),
    Column("breached", Boolean, nullable=False, server_default=text("false")),
    Column("waiting", JSONB, nullable=False, server_default=text("'[]'")),
    Column("opened_at", DateTime(timezone=True)),
    Column("state", JSONB),
)
"""One row a complaint. `state` is the folded entry; the columns are what a page shows."""

LINES = Table(
    "lines",
    METADATA,
    Column("organisation", Text, nullable=False),
    Column("seer", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("complaint", Uuid, nullable=False),
    PrimaryKeyConstraint("organisation", "seer", "lane", "due_at", "complaint"),
)
"""Where each complaint stands, by unit that sees it and by lane: a page is one range of the key."""

TIMELINE = Table(
    "timeline",
    METADATA,
    Column("complaint", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("codes", JSONB, nullable=False),
    PrimaryKeyConstraint("complaint", "at", "event_id"),
)
"""One row a fact of a complaint; facts hold ids, codes and moments only, and so does this."""

COUNTS = Table(
    "counts",
    METADATA,
    Column("organisation", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("unit", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("content", Text, nullable=False),
    *(Column(name, BigInteger, nullable=False, server_default=text("0")) for name in MEASURES),
    PrimaryKeyConstraint("organisation", "day", "unit", "kind", "content"),
)
"""Roll-ups by local day, recording unit, kind and category."""

CALLS = Table(
    "calls",
    METADATA,
    Column("callback", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("complaint", Uuid),
    Column("unit", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("open", Boolean, nullable=False),
    Index("ix_calls_due", "organisation", "due_at", postgresql_where=text("open")),
)
"""Callbacks by unit, also those after a visit without a complaint."""

ACTIONS = aggregate_table(
    "corrective_actions",
    METADATA,
    Column("unit", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("complaint", Uuid),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Index("ix_corrective_actions_due", "organisation", "due_at", "id"),
)
