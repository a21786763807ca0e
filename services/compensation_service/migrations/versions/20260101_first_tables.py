"""The first tables of compensation: dossiers, delegations, claims, approvals, payments, books."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.plumbing.migrating import append_only, guards

revision: str = "20260101"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = (
    "ledger_entries",
    "payments",
    "ledger_transfers",
    "approvals",
    "unreadable",
    "timers",
    "texts",
    "relay_leases",
    "parked",
    "outbox",
    "operator_actions",
    "offsets",
    "links",
    "journal",
    "inbox",
    "idempotency",
    "dossiers",
    "delegations",
    "clock_steps",
    "claims",
)

APPEND_ONLY = ("approvals", "payments", "clock_steps", "ledger_transfers", "ledger_entries")

BALANCED = """
create function compensation.require_balance() returns trigger language plpgsql
set search_path = compensation as $$
declare moved uuid;
begin
    if tg_table_name = 'ledger_transfers' then moved := new.id; else moved := new.transfer; end if;
    if exists (
        select from ledger_transfers t left join ledger_entries e on e.transfer = t.id
        where t.id = moved
        group by t.currency, t.minor
        having coalesce(sum(e.debit_minor), 0) <> t.minor
            or coalesce(sum(e.credit_minor), 0) <> t.minor
            or bool_or(e.currency <> t.currency)
    ) then
        raise exception 'the two sides of a transfer are not equal' using errcode = '23514';
    end if;
    return null;
end $$
"""

ANOTHER_PAYER = """
create function compensation.require_another_payer() returns trigger language plpgsql
set search_path = compensation as $$
begin
    if exists (
        select from approvals a
        where a.claim_id = new.claim_id and a.approver = new.payer and a.duty <> 'review'
    ) then
        raise exception 'who proposed or approved does not pay' using errcode = '23514';
    end if;
    return new;
end $$
"""

TRIGGERS = (
    BALANCED,
    ANOTHER_PAYER,
    "create constraint trigger balanced after insert on compensation.ledger_transfers "
    "deferrable initially deferred for each row execute function compensation.require_balance()",
    "create constraint trigger balanced after insert on compensation.ledger_entries "
    "deferrable initially deferred for each row execute function compensation.require_balance()",
    "create trigger another_payer before insert on compensation.payments "
    "for each row execute function compensation.require_another_payer()",
)


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("exposure_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("awaits", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("proposer", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status in ('proposed', 'authorised', 'paid', 'signed', 'refused', 'cancelled', 'lapsed', 'reversed')",
            name=op.f("ck_claims_status"),
        ),
        sa.CheckConstraint("cost_minor between 0 and 1000000000000", name=op.f("ck_claims_cost")),
        sa.CheckConstraint("exposure_minor >= 0", name=op.f("ck_claims_exposure")),
        sa.CheckConstraint("face_minor between 1 and 1000000000000", name=op.f("ck_claims_face")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_claims")),
        schema="compensation",
    )
    op.create_index(
        "ix_claims_all",
        "claims",
        ["organisation", "proposed_at", "claim_id"],
        unique=False,
        schema="compensation",
    )
    op.create_index(
        "ix_claims_complaint", "claims", ["complaint_id"], unique=False, schema="compensation"
    )
    op.create_index(
        "ix_claims_queue",
        "claims",
        ["organisation", "awaits", "proposed_at", "claim_id"],
        unique=False,
        schema="compensation",
    )
    op.create_table(
        "clock_steps",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("claim_id", "clock", "round", "step", name=op.f("pk_clock_steps")),
        schema="compensation",
    )
    op.create_table(
        "delegations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("giver", sa.Text(), nullable=False),
        sa.Column("giver_role", sa.Text(), nullable=False),
        sa.Column("taker", sa.Text(), nullable=False),
        sa.Column("taker_role", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_delegations_period")),
        sa.CheckConstraint("giver <> taker", name=op.f("ck_delegations_two_persons")),
        sa.CheckConstraint("limit_minor > 0", name=op.f("ck_delegations_limit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
        schema="compensation",
    )
    op.create_index(
        "ix_delegations_taker",
        "delegations",
        ["organisation", "taker"],
        unique=False,
        schema="compensation",
    )
    op.create_table(
        "dossiers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("handling_unit", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("exposure_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("exposure_minor >= 0", name=op.f("ck_dossiers_exposure")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossiers")),
        schema="compensation",
    )
    op.create_index(
        "ix_dossiers_customer",
        "dossiers",
        ["organisation", "customer"],
        unique=False,
        schema="compensation",
    )
    op.create_table(
        "idempotency",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "organisation", "actor", "route", "key", name=op.f("pk_idempotency")
        ),
        schema="compensation",
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Uuid(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("last_event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("source", "aggregate", name=op.f("pk_inbox")),
        schema="compensation",
    )
    op.create_table(
        "journal",
        sa.Column("aggregate", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlation", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Uuid(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("partition_key", sa.Uuid(), nullable=False),
        sa.Column("fact_sequence", sa.Integer(), nullable=True),
        sa.Column("fact", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("aggregate", "seq", name=op.f("pk_journal")),
        schema="compensation",
    )
    op.create_table(
        "links",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("linked_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "linked_id", name=op.f("pk_links")),
        schema="compensation",
    )
    op.create_table(
        "offsets",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "incarnation", name=op.f("pk_offsets")),
        schema="compensation",
    )
    op.create_table(
        "operator_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "done_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_actions")),
        schema="compensation",
    )
    op.create_table(
        "outbox",
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("aggregate", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "posted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("bucket", "id", name=op.f("pk_outbox")),
        schema="compensation",
    )
    op.create_table(
        "parked",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column(
            "parked_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("source", "aggregate", "sequence", name=op.f("pk_parked")),
        schema="compensation",
    )
    op.create_table(
        "relay_leases",
        sa.Column("bucket", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("'-infinity'"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_relay_leases")),
        schema="compensation",
    )
    op.create_table(
        "texts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("aggregate", "id", name=op.f("pk_texts")),
        schema="compensation",
    )
    op.create_table(
        "timers",
        sa.Column("aggregate", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("aggregate", "name", name=op.f("pk_timers")),
        schema="compensation",
    )
    op.create_index(
        "ix_timers_due",
        "timers",
        ["kind", "due_at"],
        unique=False,
        schema="compensation",
        postgresql_where=sa.text("problem is null"),
    )
    op.create_table(
        "unreadable",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("incarnation", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint(
            "topic", "partition", "incarnation", "offset", name=op.f("pk_unreadable")
        ),
        schema="compensation",
    )
    op.create_table(
        "approvals",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("duty", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("proposer", sa.Text(), nullable=False),
        sa.Column("endorser", sa.Text(), nullable=True),
        sa.Column("delegation", sa.Uuid(), nullable=True),
        sa.Column("exposure_minor", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("approver <> endorser", name=op.f("ck_approvals_not_the_endorser")),
        sa.CheckConstraint("approver <> proposer", name=op.f("ck_approvals_not_the_proposer")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["compensation.claims.claim_id"],
            name=op.f("fk_approvals_claim_id_claims"),
        ),
        sa.PrimaryKeyConstraint("claim_id", "round", "step", name=op.f("pk_approvals")),
        sa.UniqueConstraint(
            "claim_id", "round", "approver", name=op.f("uq_approvals_claim_id_round_approver")
        ),
        schema="compensation",
    )
    op.create_table(
        "ledger_transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('reserve', 'approve', 'reconsider', 'pay', 'void', 'sign', 'reverse')",
            name=op.f("ck_ledger_transfers_kind"),
        ),
        sa.CheckConstraint("minor >= 0", name=op.f("ck_ledger_transfers_minor")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["compensation.claims.claim_id"],
            name=op.f("fk_ledger_transfers_claim_id_claims"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transfers")),
        sa.UniqueConstraint(
            "claim_id", "round", "kind", name=op.f("uq_ledger_transfers_claim_id_round_kind")
        ),
        schema="compensation",
    )
    op.create_index(
        "ix_ledger_transfers_read",
        "ledger_transfers",
        ["organisation", "at", "id"],
        unique=False,
        schema="compensation",
    )
    op.create_index(
        "uq_ledger_transfers_reservation",
        "ledger_transfers",
        ["claim_id"],
        unique=True,
        schema="compensation",
        postgresql_where=sa.text("kind = 'reserve'"),
    )
    op.create_index(
        "uq_ledger_transfers_resolution",
        "ledger_transfers",
        ["claim_id"],
        unique=True,
        schema="compensation",
        postgresql_where=sa.text("kind in ('pay', 'void')"),
    )
    op.create_index(
        "uq_ledger_transfers_reversal",
        "ledger_transfers",
        ["claim_id"],
        unique=True,
        schema="compensation",
        postgresql_where=sa.text("kind = 'reverse'"),
    )
    op.create_index(
        "uq_ledger_transfers_signature",
        "ledger_transfers",
        ["claim_id"],
        unique=True,
        schema="compensation",
        postgresql_where=sa.text("kind = 'sign'"),
    )
    op.create_table(
        "payments",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("proposer", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("proof <> ''", name=op.f("ck_payments_proof")),
        sa.CheckConstraint("payer <> approver", name=op.f("ck_payments_not_the_approver")),
        sa.CheckConstraint("payer <> proposer", name=op.f("ck_payments_not_the_proposer")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["compensation.claims.claim_id"], name=op.f("fk_payments_claim_id_claims")
        ),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_payments")),
        schema="compensation",
    )
    op.create_table(
        "ledger_entries",
        sa.Column("transfer", sa.Uuid(), nullable=False),
        sa.Column("line", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account in ('available', 'reserved', 'approved', 'paid', 'signed')",
            name=op.f("ck_ledger_entries_account"),
        ),
        sa.CheckConstraint(
            "(debit_minor > 0) <> (credit_minor > 0)", name=op.f("ck_ledger_entries_one_side")
        ),
        sa.CheckConstraint(
            "debit_minor >= 0 and credit_minor >= 0", name=op.f("ck_ledger_entries_signs")
        ),
        sa.ForeignKeyConstraint(
            ["transfer"],
            ["compensation.ledger_transfers.id"],
            name=op.f("fk_ledger_entries_transfer_ledger_transfers"),
        ),
        sa.PrimaryKeyConstraint("transfer", "line", name=op.f("pk_ledger_entries")),
        schema="compensation",
    )
    for statement in guards("compensation"):
        op.execute(statement)
    for name in APPEND_ONLY:
        for statement in append_only("compensation", name):
            op.execute(statement)
    for statement in TRIGGERS:
        op.execute(statement)


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name, schema="compensation")
    for function in ("refuse_change", "require_balance", "require_another_payer"):
        op.execute(f"drop function compensation.{function}()")
