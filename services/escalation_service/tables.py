"""The tables of escalation: cases, units, persons, and what lies beside them."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from shared.plumbing.tables import aggregate_table, schema_of

METADATA = schema_of("escalation")

CASES = aggregate_table(
    "cases",
    METADATA,
    Column("reference", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("tier", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("holder", Text),
    Column("offered_unit", Text),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("reach", Text, nullable=False),
    Index("ix_cases_holder", "organisation", "holder", "id", postgresql_where=text("open")),
)
"""`reach`: the units that may see it and all units above them, separated by spaces."""

CASE_UNITS = Table(
    "case_units",
    METADATA,
    Column("organisation", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("organisation", "unit", "case_id"),
    Index("ix_case_units_open", "organisation", "unit", "case_id", postgresql_where=text("open")),
    Index(
        "ix_case_units_due",
        "organisation",
        "unit",
        "due_at",
        "case_id",
        postgresql_where=text("open and due_at is not null"),
    ),
)
"""Who sees which case: an index over `cases.reach`, kept by a trigger of the database."""

CLOCK_STEPS = Table(
    "clock_steps",
    METADATA,
    Column("case_id", Uuid, nullable=False),
    Column("clock", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("case_id", "clock", "round", "step"),
)
"""Once per step, as a constraint (decision 5)."""

UNITS = aggregate_table(
    "units",
    METADATA,
    Column("path", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("organisation", "path"),
)

PERSONS = aggregate_table(
    "persons",
    METADATA,
    Column("person", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("organisation", "person"),
)
