"""Compensation's schema: dossiers and delegations, and rows whose constraints guard them again."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from shared.plumbing.tables import aggregate_table, schema_of

METADATA = schema_of("compensation")

DOSSIERS = aggregate_table(
    "dossiers",
    METADATA,
    Column("unit", Text, nullable=False),
    Column("handling_unit", Text, nullable=False),
    Column("customer", Text),
    Column("status", Text, nullable=False),
    Column("exposure_minor", BigInteger, nullable=False),
    CheckConstraint("exposure_minor >= 0", name="exposure"),
    Index("ix_dossiers_customer", "organisation", "customer"),
)

DELEGATIONS = aggregate_table(
    "delegations",
    METADATA,
    Column("giver", Text, nullable=False),
    Column("giver_role", Text, nullable=False),
    Column("taker", Text, nullable=False),
    Column("taker_role", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("limit_minor", BigInteger, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    CheckConstraint("giver <> taker", name="two_persons"),
    CheckConstraint("limit_minor > 0", name="limit"),
    CheckConstraint("ends_at > starts_at", name="period"),
    Index("ix_delegations_taker", "organisation", "taker"),
)


def _claim_id(*, primary: bool = False) -> Column[Any]:
    return Column("claim_id", Uuid, ForeignKey("compensation.claims.claim_id"), primary_key=primary)


LINKS = Table(
    "links",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("linked_id", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("relation", Text, nullable=False),
)
"""Which complaints belong together, in both directions (N3)."""

CLAIMS = Table(
    "claims",
    METADATA,
    Column("claim_id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("face_minor", BigInteger, nullable=False),
    Column("cost_minor", BigInteger, nullable=False),
    Column("exposure_minor", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("awaits", Text, nullable=False),
    Column("role", Text),
    Column("row", Text, nullable=False),
    Column("proposer", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("review", Text),
    CheckConstraint("cost_minor between 0 and 1000000000000", name="cost"),
    CheckConstraint("face_minor between 1 and 1000000000000", name="face"),
    CheckConstraint("exposure_minor >= 0", name="exposure"),
    CheckConstraint(
        "status in ('proposed', 'authorised', 'paid', 'signed', "
        "'refused', 'cancelled', 'lapsed', 'reversed')",
        name="status",
    ),
    Index("ix_claims_complaint", "complaint_id"),
    Index("ix_claims_queue", "organisation", "awaits", "proposed_at", "claim_id"),
    Index("ix_claims_all", "organisation", "proposed_at", "claim_id"),
)
"""The newest standing of every claim, for queues; the truth is in its dossier."""

APPROVALS = Table(
    "approvals",
    METADATA,
    _claim_id(),
    Column("round", Integer, nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("approver", Text, nullable=False),
    Column("proposer", Text, nullable=False),
    Column("endorser", Text),
    Column("delegation", Uuid),
    Column("exposure_minor", BigInteger, nullable=False),
    Column("row", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("claim_id", "round", "step"),
    UniqueConstraint("claim_id", "round", "approver"),
    CheckConstraint("approver <> proposer", name="not_the_proposer"),
    CheckConstraint("approver <> endorser", name="not_the_endorser"),
)
"""Every step anybody took, for good. Nobody decides what they proposed (MALL-38, AUTO-45)."""

PAYMENTS = Table(
    "payments",
    METADATA,
    _claim_id(primary=True),
    Column("complaint_id", Uuid, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("payer", Text, nullable=False),
    Column("proposer", Text, nullable=False),
    Column("approver", Text),
    Column("currency", Text, nullable=False),
    Column("cost_minor", BigInteger, nullable=False),
    Column("proof", Text, nullable=False),
    Column("paid_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("payer <> proposer", name="not_the_proposer"),
    CheckConstraint("payer <> approver", name="not_the_approver"),
    CheckConstraint("proof <> ''", name="proof"),
)
"""One payment a claim, with its proof (MALL-29)."""

CLOCK_STEPS = Table(
    "clock_steps",
    METADATA,
    Column("claim_id", Uuid, primary_key=True),
    Column("clock", Text, primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Once per step is a constraint (decision 5)."""

LEDGER_TRANSFERS = Table(
    "ledger_transfers",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("kind", Text, nullable=False),
    _claim_id(),
    Column("complaint_id", Uuid, nullable=False),
    Column("round", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    CheckConstraint("minor >= 0", name="minor"),
    CheckConstraint(
        "kind in ('reserve', 'approve', 'reconsider', 'pay', 'void', 'sign', 'reverse')",
        name="kind",
    ),
    UniqueConstraint("claim_id", "round", "kind"),
    Index(
        "uq_ledger_transfers_reservation",
        "claim_id",
        unique=True,
        postgresql_where=text("kind = 'reserve'"),
    ),
    Index(
        "uq_ledger_transfers_resolution",
        "claim_id",
        unique=True,
        postgresql_where=text("kind in ('pay', 'void')"),
    ),
    Index(
        "uq_ledger_transfers_signature",
        "claim_id",
        unique=True,
        postgresql_where=text("kind = 'sign'"),
    ),
    Index(
        "uq_ledger_transfers_reversal",
        "claim_id",
        unique=True,
        postgresql_where=text("kind = 'reverse'"),
    ),
    Index("ix_ledger_transfers_read", "organisation", "at", "id"),
)
"""What moved in the books. One reservation, one resolution, one reversal a claim, for good."""

LEDGER_ENTRIES = Table(
    "ledger_entries",
    METADATA,
    Column("transfer", Uuid, ForeignKey("compensation.ledger_transfers.id"), primary_key=True),
    Column("line", SmallInteger, primary_key=True, autoincrement=False),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("debit_minor", BigInteger, nullable=False),
    Column("credit_minor", BigInteger, nullable=False),
    CheckConstraint("debit_minor >= 0 and credit_minor >= 0", name="signs"),
    CheckConstraint("(debit_minor > 0) <> (credit_minor > 0)", name="one_side"),
    CheckConstraint(
        "account in ('available', 'reserved', 'approved', 'paid', 'signed')", name="account"
    ),
)
"""The two sides of every transfer; a deferred trigger refuses books that do not balance."""

APPEND_ONLY = ("approvals", "payments", "clock_steps", "ledger_transfers", "ledger_entries")
