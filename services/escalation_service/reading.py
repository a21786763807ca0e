"""What a command needs to know before it is decided: one function per question."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from services.escalation_service.domain.case import Case

_CASE = TypeAdapter(Case)


@dataclass(frozen=True, slots=True)
class Found:
    """A case as read: its state, the ETag's number, whose it is, and business time."""

    case: Case
    revision: int
    organisation: str
    at: datetime


async def read_case(pool: asyncpg.Pool, case_id: UUID) -> Found | None:
    """One case."""
    row = await pool.fetchrow(
        "select state, revision, organisation, platform.business_now() as at "
        "from escalation.cases where id = $1",
        case_id,
    )
    if row is None:
        return None
    case = _CASE.validate_json(row["state"])
    return Found(case, row["revision"], row["organisation"], row["at"])


async def earlier_handlers(pool: asyncpg.Pool, case_id: UUID) -> tuple[str, ...]:
    """Who handled the complaints that this case repeats."""
    rows = await pool.fetch(
        "select earlier.holder from escalation.cases this "
        "cross join jsonb_array_elements_text(this.state -> 'linked') linked(id) "
        "join escalation.cases earlier on earlier.id = linked.id::uuid "
        "and earlier.organisation = this.organisation "
        "where this.id = $1 and earlier.holder is not null",
        case_id,
    )
    return tuple(row["holder"] for row in rows)


async def recorded(pool: asyncpg.Pool, organisation: str) -> frozenset[str]:
    """The paths of units and the ids of persons that are recorded."""
    rows = await pool.fetch(
        "select path as word from escalation.units where organisation = $1 "
        "union all select person from escalation.persons where organisation = $1",
        organisation,
    )
    return frozenset(row["word"] for row in rows)
