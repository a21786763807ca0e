"""Followup's schema: the followups, and beside them what queues and reports ask for."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)

from shared.plumbing.tables import aggregate_table, schema_of

METADATA = schema_of("followup")

FOLLOWUPS = aggregate_table(
    "followups",
    METADATA,
    Column("unit", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("visit", Boolean, nullable=False),
)

CALLBACKS = Table(
    "callbacks",
    METADATA,
    Column("callback_id", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("followup", Uuid, nullable=False),
    Column("visit", Boolean, nullable=False),
    Column("reference", Text, nullable=False),
    Column("customer", Text),
    Column("member", Boolean, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("triggered_at", DateTime(timezone=True), nullable=False),
    Column("call_from", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reached", Boolean, nullable=False),
    Column("settled_at", DateTime(timezone=True)),
    CheckConstraint(
        "status in ('due', 'completed', 'excluded', 'exhausted', 'refused')", name="status"
    ),
    CheckConstraint("(status = 'due') = (settled_at is null)", name="settled"),
    CheckConstraint("status <> 'excluded' or reason is not null", name="reason"),
    Index(
        "ix_callbacks_queue",
        "organisation",
        "due_at",
        "callback_id",
        postgresql_where=text("status = 'due'"),
    ),
    Index("ix_callbacks_coverage", "organisation", "triggered_at"),
)
"""One row a callback, a copy of the state for queues and coverage."""

CLOCK_STEPS = Table(
    "clock_steps",
    METADATA,
    Column("followup", Uuid, nullable=False),
    Column("clock", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    PrimaryKeyConstraint("followup", "clock", "round", "step"),
)
"""Once per step is a constraint (decision 5)."""
