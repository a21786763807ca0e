"""What deciding needs to read: who counts together, dossiers as they are, delegations in force."""

from collections.abc import Collection
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from services.compensation_service.domain.dossier import Dossier
from services.compensation_service.store import Dossiers
from shared.kernel.occasion import Actor
from shared.plumbing.aggregate import Current
from shared.plumbing.shell import current_of
from shared.plumbing.writing import Connection

Reader: TypeAlias = asyncpg.Pool | Connection

GROUP = """
with recursive members(id) as (
    select $1::uuid
    union
    select n.id from members m cross join lateral (
        select l.linked_id as id from compensation.links l where l.complaint_id = m.id
        union all
        select d2.id from compensation.dossiers d1
        join compensation.dossiers d2
          on d2.organisation = d1.organisation and d2.customer = d1.customer
        where $2 and d1.id = m.id and d2.id <> d1.id
    ) n
)
select id from members
"""


async def group_of(reader: Reader, complaint_id: UUID, *, by_customer: bool) -> set[UUID]:
    """The case and all that counts with it: linked, transitively, and of the same customer."""
    rows = await reader.fetch(GROUP, complaint_id, by_customer)
    return {row["id"] for row in rows}


async def read_dossiers(
    reader: Reader, aggregate: Dossiers, ids: Collection[UUID]
) -> dict[UUID, Current[Dossier]]:
    """These dossiers as they stand, unlocked; unknown ids are left out."""
    rows = await reader.fetch(
        "select id, organisation, version, facts, revision, head, state "
        "from compensation.dossiers where id = any($1)",
        list(ids),
    )
    return {row["id"]: current_of(aggregate, row["id"], row, "") for row in rows}


async def case_of_claim(reader: Reader, claim_id: UUID, organisation: str) -> UUID | None:
    """The complaint a claim belongs to; None where there is none in this organisation."""
    found: UUID | None = await reader.fetchval(
        "select complaint_id from compensation.claims where claim_id = $1 and organisation = $2",
        claim_id,
        organisation,
    )
    return found


async def evidence_known(reader: Reader, complaint_id: UUID, evidence: Collection[UUID]) -> bool:
    """Whether all this evidence has been heard of."""
    found: bool | None = await reader.fetchval(
        "select state->'evidence' ?& $2::text[] from compensation.dossiers where id = $1",
        complaint_id,
        [str(each) for each in evidence],
    )
    return bool(found)


async def delegations_for(
    reader: Reader, by: Actor, unit: str, at: datetime, *, lock: bool = False
) -> list[asyncpg.Record]:
    """Delegations in force for this person at this unit; `lock` keeps a revocation waiting."""
    rows: list[asyncpg.Record] = await reader.fetch(
        _FOR_TAKER + (" for share" if lock else ""),
        by.organisation,
        by.id,
        sorted(by.roles),
        at,
        unit,
    )
    return rows


_FOR_TAKER = """
select id, giver, giver_role, limit_minor from compensation.delegations
where organisation = $1 and taker = $2 and taker_role = any($3)
  and revoked_at is null and starts_at <= $4 and ends_at > $4
  and ($5 = unit or $5 like unit || '.%') order by limit_minor desc, id
"""


async def delegations_in_force(
    reader: Reader, ids: Collection[UUID], at: datetime
) -> frozenset[UUID]:
    """Which of these are in force, locked for the rest of the transaction."""
    rows = await reader.fetch(
        "select id from compensation.delegations where id = any($1) "
        "and revoked_at is null and starts_at <= $2 and ends_at > $2 order by id for share",
        list(ids),
        at,
    )
    return frozenset(row["id"] for row in rows)
