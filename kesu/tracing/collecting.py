"""Gathers what every service's journal and state say of one complaint."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from shared.contracts.registry import SERVICES


@dataclass(frozen=True, slots=True)
class Line:
    """One journal row: when, where, what, by whom, under which rows, and whether it was told."""

    at: datetime
    service: str
    seq: int
    type: str
    actor: str
    policy: str | None
    fact_sequence: int | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Traced:
    """Everything known of one complaint; states are None where a service has none."""

    complaint: UUID
    reference: str
    lines: list[Line]
    case: dict[str, Any] | None
    dossier: dict[str, Any] | None
    followup: dict[str, Any] | None
    ledger: list[dict[str, Any]]


async def complaint_of(connection: asyncpg.Connection, word: str) -> tuple[UUID, str] | None:
    """The complaint a reference or an id names, with its reference."""
    row = await connection.fetchrow(
        "select id, reference from intake.complaints where reference = $1 or id::text = $1", word
    )
    return (row["id"], row["reference"]) if row else None


async def collect(connection: asyncpg.Connection, complaint: UUID, reference: str) -> Traced:
    """Reads all services' journals and the states that clocks, custody and money stand in."""
    lines: list[Line] = []
    for service in SERVICES:
        rows = await connection.fetch(_JOURNAL.format(s=service), complaint)
        lines += [_line(service, row) for row in rows]
    lines.sort(key=lambda line: (line.at, SERVICES.index(line.service), line.seq))
    return Traced(
        complaint=complaint,
        reference=reference,
        lines=lines,
        case=await _state(connection, "escalation.cases", complaint),
        dossier=await _state(connection, "compensation.dossiers", complaint),
        followup=await _state(connection, "followup.followups", complaint),
        ledger=[dict(row) for row in await connection.fetch(_LEDGER, complaint)],
    )


def _line(service: str, row: Any) -> Line:
    return Line(
        at=row["at"],
        service=service,
        seq=row["seq"],
        type=row["type"],
        actor=row["actor"],
        policy=row["policy"],
        fact_sequence=row["fact_sequence"],
        data=orjson.loads(row["entry"])["data"],
    )


async def _state(
    connection: asyncpg.Connection, table: str, complaint: UUID
) -> dict[str, Any] | None:
    found = await connection.fetchval(
        f"select state::text from {table} where id = $1",  # noqa: S608 one of our own tables
        complaint,
    )
    return orjson.loads(found) if found else None


_JOURNAL = """
select at, seq, type, actor, policy, fact_sequence, entry from {s}.journal
where partition_key = $1 order by at, seq
"""
_LEDGER = """
select t.kind, t.claim_id, e.account, e.currency, e.debit_minor, e.credit_minor
from compensation.ledger_transfers t
join compensation.ledger_entries e on e.transfer = t.id
where t.complaint_id = $1 order by t.at, t.id, e.line
"""
