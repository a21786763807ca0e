"""Who calls again: what intake knows of a customer when a complaint is taken down (F08, F35).

Known by the blind reference only. What is found is shown, never merged. Most callers are new:
a registration takes that for granted, and its own statement makes sure (`premises`). Only when
it is not so, or when the caller was here lately, is anything read.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.intake_service.tables import COMPLAINTS, CUSTOMERS
from shared.kernel.occasion import Actor
from shared.plumbing.changes import Premise

REPEATS_MAX = 20
LATELY_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier complaint of the same customer."""

    id: UUID
    reference: str
    unit: str
    status: str
    received_at: datetime
    classification: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCustomer:
    """What intake knows of a customer by reference."""

    member: bool = False
    key_customer: bool = False
    earlier: tuple[Earlier, ...] = ()


NOBODY = KnownCustomer()


class Lately:
    """Who called at this process lately. A hint to read first: being wrong costs a statement."""

    def __init__(self) -> None:
        self._callers: OrderedDict[str, None] = OrderedDict()

    def saw(self, customer: str) -> bool:
        """Whether the customer called lately; from now on they have."""
        seen = customer in self._callers
        self._callers[customer] = None
        self._callers.move_to_end(customer)
        if len(self._callers) > LATELY_MAX:
            self._callers.popitem(last=False)
        return seen


def unknown(organisation: str, customer: str, since: datetime) -> Sequence[Premise]:
    """That nobody knows the customer: no file, and no complaint since a moment."""
    who = {"organisation": organisation, "customer": customer}
    return (
        Premise(table=COMPLAINTS, values=who, since=("received_at", since)),
        Premise(table=CUSTOMERS, values=who),
    )


async def known_customer(
    pool: asyncpg.Pool, organisation: str, customer: str, since: datetime
) -> KnownCustomer:
    """The customer's standing and complaints since a moment, newest first, in one question."""
    rows = await pool.fetch(_KNOWN, organisation, customer, since, REPEATS_MAX)
    return KnownCustomer(
        member=rows[0]["member"],
        key_customer=rows[0]["key_customer"],
        earlier=tuple(_earlier(row) for row in rows if row["id"] is not None),
    )


def _earlier(row: asyncpg.Record) -> Earlier:
    return Earlier(
        id=row["id"],
        reference=row["reference"],
        unit=row["unit"],
        status=row["status"],
        received_at=row["received_at"],
        classification=row["classification"],
    )


_KNOWN = """
select f.member, f.key_customer,
       r.id, r.reference, r.unit, r.status, r.received_at, r.classification
from (
    select coalesce(bool_or(member), false) as member,
           coalesce(bool_or(key_customer), false) as key_customer
    from intake.customers where organisation = $1 and customer = $2) f
left join lateral (
    select id, reference, unit, status, received_at, state->'classification' as classification
    from intake.complaints
    where organisation = $1 and customer = $2 and received_at >= $3
    order by received_at desc limit $4) r on true
"""


def possible_repeats(
    known: KnownCustomer, *, by: Actor, classification: Mapping[str, str], same: frozenset[str]
) -> list[dict[str, Any]]:
    """Earlier complaints that may be about the same, those the actor may see.

    An axis that one of the two leaves open keeps nobody from looking.
    """
    return [
        {
            "id": each.id,
            "reference": each.reference,
            "status": each.status,
            "received_at": each.received_at,
        }
        for each in known.earlier
        if by.sees(each.unit) and _alike(each, classification, same)
    ]


def _alike(earlier: Earlier, classification: Mapping[str, str], same: frozenset[str]) -> bool:
    then = orjson.loads(earlier.classification)
    return all(
        then[axis] == classification[axis] for axis in same & then.keys() & classification.keys()
    )
