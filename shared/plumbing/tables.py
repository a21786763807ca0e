"""The tables every service's schema has beside its own (decisions 1-8).

All writing goes through `statement.py`; the app role may only insert into `journal`.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

BUCKETS = 16

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def schema_of(service: str) -> MetaData:
    """The metadata of one service's schema with the shared tables in it."""
    metadata = MetaData(schema=service, naming_convention=NAMING)
    for build in (_journal, _outbox, _inbox, _parked, _unreadable, _offsets, _timers, _texts):
        build(metadata)
    for build in (_idempotency, _relay_leases, _operator_actions, _policy_packs):
        build(metadata)
    return metadata


def aggregate_table(name: str, metadata: MetaData, *more: Any) -> Table:
    """A state table: the columns every aggregate has, then the service's own, indexed ones.

    `version` is the journal's last `seq`; `facts` counts the facts published; `revision`
    is the ETag; `head` ends the hash chain; `state` is the aggregate as the domain folds it.
    """
    return Table(
        name,
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("organisation", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("facts", Integer, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("head", LargeBinary, nullable=False),
        Column("state", JSONB, nullable=False),
        *more,
    )


def _at(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _journal(metadata: MetaData) -> Table:
    return Table(
        "journal",
        metadata,
        Column("aggregate", Uuid, primary_key=True),
        Column("seq", Integer, primary_key=True),
        Column("event_id", Uuid, nullable=False),
        Column("organisation", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("actor", Text, nullable=False),
        _at("at"),
        Column("correlation", Uuid, nullable=False),
        Column("cause", Uuid),
        Column("policy", Text),
        Column("entry", LargeBinary, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        Column("bucket", SmallInteger, nullable=False),
        Column("partition_key", Uuid, nullable=False),
        Column("fact_sequence", Integer),
        Column("fact", LargeBinary),
    )


def _outbox(metadata: MetaData) -> Table:
    return Table(
        "outbox",
        metadata,
        Column("bucket", SmallInteger, nullable=False),
        Column("id", BigInteger, Identity(always=True), nullable=False),
        Column("aggregate", Uuid, nullable=False),
        Column("seq", Integer, nullable=False),
        Column(
            "posted_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.clock_timestamp(),
        ),
        PrimaryKeyConstraint("bucket", "id"),
    )


def _inbox(metadata: MetaData) -> Table:
    return Table(
        "inbox",
        metadata,
        Column("source", Text, primary_key=True),
        Column("aggregate", Uuid, primary_key=True),
        Column("last_sequence", Integer, nullable=False),
        Column("last_event_id", Uuid, nullable=False),
    )


def _parked(metadata: MetaData) -> Table:
    return Table(
        "parked",
        metadata,
        Column("source", Text, primary_key=True),
        Column("aggregate", Uuid, primary_key=True),
        Column("sequence", Integer, primary_key=True),
        Column("event_id", Uuid, nullable=False),
        Column("type", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("problem", Text, nullable=False),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("record", LargeBinary, nullable=False),
        Column(
            "parked_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.clock_timestamp(),
        ),
    )


def _unreadable(metadata: MetaData) -> Table:
    return Table(
        "unreadable",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("partition", Integer, primary_key=True),
        Column("incarnation", Text, primary_key=True),
        Column("offset", BigInteger, primary_key=True),
        Column("problem", Text, nullable=False),
        Column("length", Integer, nullable=False),
        Column("sha256", LargeBinary, nullable=False),
        Column(
            "seen_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.clock_timestamp(),
        ),
    )


def _offsets(metadata: MetaData) -> Table:
    return Table(
        "offsets",
        metadata,
        Column("topic", Text, primary_key=True),
        Column("partition", Integer, primary_key=True),
        Column("incarnation", Text, primary_key=True),
        Column("next_offset", BigInteger, nullable=False),
    )


def _timers(metadata: MetaData) -> Table:
    return Table(
        "timers",
        metadata,
        Column("aggregate", Uuid, primary_key=True),
        Column("name", Text, primary_key=True),
        Column("kind", Text, nullable=False),
        _at("due_at"),
        Column("attempts", Integer, nullable=False, server_default=text("0")),
        Column("problem", Text),
        Index("ix_timers_due", "kind", "due_at", postgresql_where=text("problem is null")),
    )


def _texts(metadata: MetaData) -> Table:
    return Table(
        "texts",
        metadata,
        Column("aggregate", Uuid, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("organisation", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("salt", LargeBinary, nullable=False),
    )


def _idempotency(metadata: MetaData) -> Table:
    return Table(
        "idempotency",
        metadata,
        Column("organisation", Text, primary_key=True),
        Column("actor", Text, primary_key=True),
        Column("route", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("location", Text),
        Column("body", LargeBinary, nullable=False),
        _at("created_at"),
    )


def _relay_leases(metadata: MetaData) -> Table:
    return Table(
        "relay_leases",
        metadata,
        Column("bucket", SmallInteger, primary_key=True, autoincrement=False),
        Column("owner", Text),
        Column("epoch", BigInteger, nullable=False, server_default=text("0")),
        Column(
            "expires_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=text("'-infinity'"),
        ),
    )


def _policy_packs(metadata: MetaData) -> Table:
    """Every version of a policy this service has known (decision 21). Append-only."""
    return Table(
        "policy_packs",
        metadata,
        Column("organisation", Text, primary_key=True),
        Column("hash", Text, primary_key=True),
        Column("activated", Boolean, primary_key=True),
        Column("pack", Text, nullable=False),
        Column("version", Text, nullable=False),
        _at("in_force_from"),
        Column("content", Text, nullable=False),
    )


def _operator_actions(metadata: MetaData) -> Table:
    return Table(
        "operator_actions",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("action", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("operator", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column(
            "done_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.clock_timestamp(),
        ),
    )
