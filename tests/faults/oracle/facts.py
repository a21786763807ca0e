"""The facts that were committed, read from the journals: what topics and listeners must show."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

Place = tuple[str, UUID, int]
"""Source, aggregate and fact sequence: what names a fact."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One published fact as its journal has it; `digest` is the SHA-256 of its bytes."""

    event: UUID
    key: UUID
    digest: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of some services, and places that more than one journal row claims."""

    by_place: dict[Place, Fact]
    doubled: tuple[Place, ...] = ()

    def last(self) -> dict[tuple[str, UUID], int]:
        """The highest sequence of each stream."""
        heads: dict[tuple[str, UUID], int] = {}
        for source, aggregate, sequence in self.by_place:
            stream = (source, aggregate)
            heads[stream] = max(sequence, heads.get(stream, 0))
        return heads


async def facts_of(database: asyncpg.Connection, services: Iterable[str]) -> Facts:
    """Every fact of these services' journals."""
    found: dict[Place, Fact] = {}
    doubled: list[Place] = []
    for service in services:
        for row in await database.fetch(_FACTS.format(s=service)):
            place = (f"/kesu/{service}", row["aggregate"], row["fact_sequence"])
            if place in found:
                doubled.append(place)
            found[place] = Fact(row["event_id"], row["partition_key"], bytes(row["digest"]))
    return Facts(found, tuple(doubled))


_FACTS = """
select aggregate, fact_sequence, event_id, partition_key, sha256(fact) as digest
from {s}.journal where fact is not null
"""
