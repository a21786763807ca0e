"""Histories to be tampered with by the owner of the tables, and taken back afterwards."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import pytest

from shared.kernel.occasion import Occasion
from shared.plumbing import aggregate as plain
from shared.plumbing.aggregate import Current, Given
from shared.plumbing.changes import GENESIS, Change, Origin
from shared.plumbing.verifying import Finding, verify
from shared.plumbing.writing import Connection, write
from tests.laws.asking import NOON
from tests.laws.ground import Ground
from tests.laws.slate import ANNE, SLATES, Do, Slate, Told, aggregate

AGGREGATE = aggregate()


class Histories:
    """Some slates with their journals, in a transaction that is rolled back."""

    def __init__(self, connection: Connection, lengths: Sequence[int]) -> None:
        self.connection, self.lengths = connection, lengths

    async def write(self) -> None:
        for number, length in enumerate(self.lengths, start=1):
            change = _change(UUID(int=number), length)
            await write(self.connection, SLATES, [change])
        await self.connection.execute("alter table laws.journal disable trigger user")

    def pick(self, slate: int, place: int) -> tuple[UUID, int]:
        """One of the slates, and one of its entries."""
        number = slate % len(self.lengths)
        return UUID(int=number + 1), place % (self.lengths[number] + 1) + 1

    async def found(self) -> set[UUID]:
        return {finding.aggregate for finding in await self.findings()}

    async def findings(self) -> list[Finding]:
        return [found async for found in verify(self.connection, "laws", ["slates"])]

    async def does(self, sql: str, *values: object) -> None:
        await self.connection.execute(sql, *values)

    async def rows(self, slate: UUID) -> list[Any]:
        query = "select * from laws.journal where aggregate = $1 order by seq"
        return list(await self.connection.fetch(query, slate))

    async def chained_anew(self, slate: UUID, first: int) -> bytes:
        """Every hash from this entry on as it would be, had the entries always been so."""
        head = GENESIS
        for row in await self.rows(slate):
            if row["seq"] < first:
                head = bytes(row["hash"])
                continue
            head = hashlib.sha256(head + bytes(row["entry"])).digest()
            query = "update laws.journal set hash = $3 where aggregate = $1 and seq = $2"
            await self.does(query, slate, row["seq"], head)
        return head


def _change(slate: UUID, length: int) -> Change:
    occasion = Occasion(at=NOON, by=ANNE)
    given_ = Given(occasion=occasion, origin=Origin(correlation=UUID(int=1)))
    nothing: Current[Slate] = Current(id=slate, organisation="org")
    events = tuple(Told(aloud=number % 2 == 0) for number in range(length))
    change = plain.decide(
        AGGREGATE, nothing, Do(id=slate, events=events, opens=True), given_
    ).change
    assert change is not None
    return change


class Back(Exception):
    """The transaction is not to stay."""


def tampering(ground: Ground, lengths: Sequence[int], tamper: Any) -> None:  # noqa: ANN401 coroutine function
    """Lets the owner tamper with freshly written histories."""
    ground.empty()

    async def runs() -> None:
        async with ground.transaction() as connection:
            histories = Histories(connection, lengths)
            await histories.write()
            await tamper(histories)
            raise Back

    with pytest.raises(Back):
        ground.run(runs())


async def copy_entry(histories: Histories, victim: UUID, source: int, target: int) -> None:
    """The same entry once more, at another place."""
    await histories.does(_COPY, victim, source, target)


async def rewritten(histories: Histories, victim: UUID, seq: int) -> bytes:
    """Another actor, in the entry as beside it and in its fact, and the chain made anew."""
    for row in await histories.rows(victim):
        if row["seq"] >= seq:
            entry = orjson.dumps(orjson.loads(row["entry"]) | {"actor": "p-mallory"})
            told = row["fact"] and orjson.dumps(orjson.loads(row["fact"]) | {"actor": "p-mallory"})
            await histories.does(_REWRITE, victim, row["seq"], entry, told)
    return await histories.chained_anew(victim, seq)


_REWRITE = """
update laws.journal set entry = $3, fact = $4, actor = 'p-mallory' where aggregate = $1 and seq = $2
"""
_COPY = """
insert into laws.journal select aggregate, $3, event_id, organisation, type, actor, at, correlation,
  cause, policy, entry, hash, bucket, partition_key, fact_sequence, fact
from laws.journal where aggregate = $1 and seq = $2
"""
