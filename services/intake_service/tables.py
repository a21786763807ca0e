"""Intake's tables. Who the complainant is stands apart from the first day: the vault."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import Sequence

from shared.plumbing.tables import aggregate_table, schema_of

METADATA = schema_of("intake")

NUMBERS_BLOCK = 100
NUMBERS = Sequence(
    "reference_numbers", metadata=METADATA, schema="intake", start=1, increment=NUMBERS_BLOCK
)
"""Each value is the first of a block of numbers for references (decision 12)."""


def _at(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False)


COMPLAINTS = aggregate_table(
    "complaints",
    METADATA,
    Column("reference", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("severity", Text),
    Column("customer", Text),
    _at("received_at"),
    UniqueConstraint("organisation", "reference"),
    Index("ix_complaints_newest", "organisation", text("received_at desc"), text("id desc")),
    Index(
        "ix_complaints_of_unit",
        "organisation",
        "unit",
        "status",
        text("received_at desc"),
        text("id desc"),
    ),
    Index(
        "ix_complaints_of_customer",
        "organisation",
        "customer",
        text("received_at desc"),
        postgresql_where=text("customer is not null"),
    ),
)

CONFIRMATIONS = Table(
    "confirmations",
    METADATA,
    Column("complaint", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("confirmed_by", Text, nullable=False),
    Column("apart", Boolean, nullable=False),
    Column("row", Text, nullable=False),
    _at("confirmed_at"),
    CheckConstraint("not apart or confirmed_by <> registered_by", name="two_persons"),
)
"""MALL-33 guarded a second time: confirmed once, and not by who took the record down."""

STANDINGS = Table(
    "standings",
    METADATA,
    Column("complaint", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    *(Column(word, Text) for word in ("status", "tier", "unit", "person", "offered_to")),
    *(Column(moment, DateTime(timezone=True)) for moment in ("told_at", "replied_at")),
    Column("promises", Integer, nullable=False),
    Column("dues", JSONB, nullable=False),
    Column("stirred", Boolean, nullable=False),
)
"""How the work on a complaint stands, as its neighbours told it: a copy, no history of ours.

An empty word was emptied. `dues`: moment by clock, null when settled. `stirred`: the last news
changed status, tier, unit or person, and so raised the record's ETag (decision 10).
"""

PARTICULARS = Table(
    "particulars",
    METADATA,
    Column("complaint", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("values", JSONB, nullable=False),
)
"""The vault: names, phones, addresses. Nothing else in the schema knows them."""

CUSTOMERS = aggregate_table(
    "customers",
    METADATA,
    Column("customer", Text, nullable=False),
    Column("member", Boolean, nullable=False),
    Column("key_customer", Boolean, nullable=False),
    Index("ix_customers_customer", "organisation", "customer"),
)

CUSTOMER_PARTICULARS = Table(
    "customer_particulars",
    METADATA,
    Column("customer", Uuid, ForeignKey(CUSTOMERS.c.id), primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("values", JSONB, nullable=False),
)

VISITS = aggregate_table(
    "visits",
    METADATA,
    Column("customer", Text, nullable=False),
    Column("unit", Text, nullable=False),
    _at("completed_at"),
)

CONTACT_ACCESSES = Table(
    "contact_accesses",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("complaint", Uuid, nullable=False),
    Column("actor", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    _at("at"),
    Index("ix_contact_accesses_complaint", "complaint"),
)
"""Who opened the vault, when and what for. Append-only."""

HOTLINE_TICKETS = Table(
    "hotline_tickets",
    METADATA,
    Column("provider", Text, primary_key=True),
    Column("ticket", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("complaint", Uuid, nullable=False),
    Column("answer", LargeBinary, nullable=False),
)
"""One ticket of a provider is one complaint, with the answer it was given."""

WEBHOOK_IN = Table(
    "webhook_in",
    METADATA,
    Column("provider", Text, primary_key=True),
    Column("message", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column(
        "arrived_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.clock_timestamp(),
    ),
)
"""Messages that were carried out, by hash and length only (decision 15)."""

POLICY_VERSIONS = aggregate_table(
    "policy_versions",
    METADATA,
    Column("pack", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("status", Text, nullable=False),
    _at("in_force_from"),
    Column("proposed_by", Text, nullable=False),
    Column("decided_by", Text),
    CheckConstraint("decided_by is null or decided_by <> proposed_by", name="two_persons"),
    Index("ix_policy_versions_newest", "organisation", text("id desc")),
    Index(
        "uq_moment_in_force",
        "organisation",
        "in_force_from",
        unique=True,
        postgresql_where=text("status = 'activated'"),
    ),
    Index(
        "uq_content_in_force",
        "organisation",
        "hash",
        unique=True,
        postgresql_where=text("status = 'activated'"),
    ),
)
"""Decision 21 guarded a second time: two persons, and one version from one moment on."""

POLICY_DRAFTS = Table(
    "policy_drafts",
    METADATA,
    Column("version", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("documents", Text, nullable=False),
)
"""The five documents of a proposed version as they were sent, JSON by section. Append-only."""

POLICY_PACKS = METADATA.tables["intake.policy_packs"]
