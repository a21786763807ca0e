"""Questions about claims, delegations and the books: from SQL to the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import asyncpg

from services.compensation_service.reading import Reader
from shared.kernel.occasion import Actor

Awaiting: TypeAlias = Literal["my-approval", "approval", "payment", "signature"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsAsked:
    """Which claims: what they await, of which case; `roles` are those the reader can fill."""

    awaiting: Awaiting | None = None
    complaint_id: UUID | None = None
    roles: tuple[str, ...] = ()


async def claims_page(
    reader: Reader, by: Actor, asked: ClaimsAsked, after: Sequence[Any] | None, limit: int
) -> list[asyncpg.Record]:
    """Claims of the units the reader sees, oldest first; what awaits the reader leaves out own."""
    at, last = _position(after)
    rows: list[asyncpg.Record] = await reader.fetch(
        _CLAIMS,
        by.organisation,
        *_sight(by),
        "approval" if asked.awaiting == "my-approval" else asked.awaiting,
        list(asked.roles) if asked.awaiting == "my-approval" else None,
        by.id,
        asked.complaint_id,
        at,
        last,
        limit,
    )
    return rows


_CLAIMS = """
select c.*, d.unit, d.handling_unit
from compensation.claims c join compensation.dossiers d on d.id = c.complaint_id
where c.organisation = $1
  and (d.unit = any($2) or d.unit like any($3)
       or d.handling_unit = any($2) or d.handling_unit like any($3))
  and ($4::text is null or c.awaits = $4)
  and ($5::text[] is null or (c.role = any($5) and c.proposer <> $6))
  and ($7::uuid is null or c.complaint_id = $7)
  and ($8::timestamptz is null or (c.proposed_at, c.claim_id) > ($8, $9::uuid))
order by c.proposed_at, c.claim_id limit $10
"""


async def ledger_page(
    reader: Reader, by: Actor, after: Sequence[Any] | None, limit: int
) -> list[asyncpg.Record]:
    """The organisation's books, oldest first, of the units the reader sees."""
    at, last = _position(after)
    rows: list[asyncpg.Record] = await reader.fetch(
        _LEDGER.format(more="and ($4::timestamptz is null or (t.at, t.id) > ($4, $5::uuid))")
        + " limit $6",
        by.organisation,
        *_sight(by),
        at,
        last,
        limit,
    )
    return rows


async def ledger_of_claim(reader: Reader, by: Actor, claim_id: UUID) -> list[asyncpg.Record]:
    """Everything the books say about one claim."""
    rows: list[asyncpg.Record] = await reader.fetch(
        _LEDGER.format(more="and t.claim_id = $4"), by.organisation, *_sight(by), claim_id
    )
    return rows


_LEDGER = """
select t.id, t.kind, t.claim_id, t.complaint_id, t.round, t.currency, t.minor, t.actor, t.at,
       max(e.account) filter (where e.debit_minor > 0) as debit,
       max(e.account) filter (where e.credit_minor > 0) as credit
from compensation.ledger_transfers t
join compensation.dossiers d on d.id = t.complaint_id
left join compensation.ledger_entries e on e.transfer = t.id
where t.organisation = $1
  and (d.unit = any($2) or d.unit like any($3)
       or d.handling_unit = any($2) or d.handling_unit like any($3))
  {more}
group by t.id order by t.at, t.id
"""


async def delegations_page(
    reader: Reader, by: Actor, after: Sequence[Any] | None, limit: int
) -> list[asyncpg.Record]:
    """Delegations given or taken by the reader, or at a unit the reader sees; newest last."""
    at, last = _position(after)
    rows: list[asyncpg.Record] = await reader.fetch(
        "select g.*, g.state->>'currency' as currency from compensation.delegations g "
        "where g.organisation = $1 and (g.unit = any($2) or g.unit like any($3) or g.taker = $4) "
        "and ($5::timestamptz is null or (g.starts_at, g.id) > ($5, $6::uuid)) "
        "order by g.starts_at, g.id limit $7",
        by.organisation,
        *_sight(by),
        by.id,
        at,
        last,
        limit,
    )
    return rows


def _sight(by: Actor) -> tuple[list[str], list[str]]:
    """The reader's units, and the patterns of all below them."""
    units = sorted(by.units)
    return units, [unit + ".%" for unit in units]


def _position(after: Sequence[Any] | None) -> tuple[datetime | None, UUID | None]:
    if after is None:
        return None, None
    return datetime.fromisoformat(str(after[0])), UUID(str(after[1]))
