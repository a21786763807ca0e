"""Facts have their effect once, in the order of their aggregate; nothing is skipped silently."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import pytest

from shared.plumbing.applying import Applying, Batch, Fenced
from shared.plumbing.inbox import Premature, Received
from shared.plumbing.writing import Connection
from tests.integration.plumbing.conftest import Toy

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
STREAM = UUID(int=7)


class Poison(Exception):
    """A bug, on purpose."""


def fact(sequence: int, *, event: int | None = None, stream: UUID = STREAM) -> bytes:
    """A record of the toy's topic; `event` names another fact under the same sequence."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": UUID(int=(event or sequence) * 1000 + stream.int),
            "source": "/kesu/neighbour",
            "type": "kesu.neighbour.said.v1",
            "subject": stream,
            "time": NOON,
            "datacontenttype": "application/json",
            "organisation": "org",
            "sequence": str(sequence),
            "sequencetype": "Integer",
            "partitionkey": stream,
            "correlationid": uuid4(),
            "actor": "p-1",
            "data": {},
        }
    )


class Heard:
    """An `Apply` that notes what it was given in the same transaction, and fails when told to."""

    def __init__(self) -> None:
        self.broken: set[int] = set()
        self.early: set[int] = set()

    async def __call__(self, connection: Connection, facts: Sequence[Received]) -> None:
        for each in facts:
            sequence = each.envelope.sequence
            if sequence in self.broken:
                raise Poison
            if sequence in self.early:
                raise Premature
            await connection.execute(
                "insert into toy.steps values ($1, $2, 'heard')", each.envelope.subject, sequence
            )


class Partition:
    """One partition of one topic, read by one consumer."""

    def __init__(self, toys: Toy) -> None:
        self.toys, self.position, self.heard = toys, 0, Heard()
        self.applying = Applying(schema="toy", pool=toys.pool, apply=self.heard)

    async def open(self) -> "Partition":
        await self.toys.pool.execute("insert into toy.offsets values ('t', 0, 'one', 0)")
        return self

    def batch(self, *records: bytes | None) -> Batch:
        return Batch(
            topic="t",
            partition=0,
            incarnation="one",
            position=self.position,
            next_offset=self.position + len(records),
            records=[(self.position + i, record) for i, record in enumerate(records)],
        )

    async def take(self, *records: bytes | None) -> None:
        batch = self.batch(*records)
        try:
            await self.applying.batch(batch)
        except (Poison, Premature):
            await self.applying.batch(batch, one_by_one=True)
        self.position = batch.next_offset

    async def applied(self) -> list[int]:
        rows = await self.toys.pool.fetch("select value from toy.steps order by value")
        return [row["value"] for row in rows]

    async def parked(self) -> list[tuple[int, str]]:
        rows = await self.toys.pool.fetch("select sequence, kind from toy.parked order by 1")
        return [(row["sequence"], row["kind"]) for row in rows]


async def _partition(toys: Toy) -> Partition:
    return await Partition(toys).open()


async def test_facts_in_order_are_applied_once_however_often_they_come(toys: Toy) -> None:
    partition = await _partition(toys)
    await partition.take(fact(1), fact(2), fact(1))
    await partition.take(fact(2), fact(3), fact(3))
    assert await partition.applied() == [1, 2, 3]
    assert await partition.parked() == []


async def test_a_gap_parks_what_follows_and_the_missing_one_drains_it(toys: Toy) -> None:
    partition = await _partition(toys)
    await partition.take(fact(1), fact(3), fact(4))
    assert (await partition.applied(), await partition.parked()) == ([1], [(3, "gap"), (4, "gap")])
    await partition.take(fact(2))
    assert (await partition.applied(), await partition.parked()) == ([1, 2, 3, 4], [])


async def test_another_fact_under_a_known_sequence_stops_the_aggregate(toys: Toy) -> None:
    partition = await _partition(toys)
    await partition.take(fact(1), fact(2))
    await partition.take(fact(2, event=99), fact(3))
    assert await partition.applied() == [1, 2]
    assert await partition.parked() == [(2, "diverged"), (3, "gap")]


async def test_poison_parks_its_aggregate_and_the_partition_flows_on(toys: Toy) -> None:
    partition = await _partition(toys)
    partition.heard.broken = {2}
    other = UUID(int=8)
    await partition.take(fact(1), fact(2), fact(3), fact(1, stream=other))
    assert await partition.applied() == [1, 1]
    assert await partition.parked() == [(2, "failure"), (3, "gap")]
    partition.heard.broken = set()
    async with toys.pool.acquire() as connection, connection.transaction():
        assert await partition.applying.drain(connection, ("/kesu/neighbour", STREAM)) == 2
    assert await partition.applied() == [1, 1, 2, 3]
    assert await partition.parked() == []


async def test_a_premature_fact_waits_and_comes_in_when_its_time_has_come(toys: Toy) -> None:
    partition = await _partition(toys)
    partition.heard.early = {1}
    await partition.take(fact(1), fact(2))
    assert await partition.parked() == [(1, "premature"), (2, "gap")]
    partition.heard.early = set()
    async with toys.pool.acquire() as connection, connection.transaction():
        await partition.applying.drain(connection, ("/kesu/neighbour", STREAM))
    assert await partition.applied() == [1, 2]


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff\xfe", b"[]", b'{"id": 1}', None])
async def test_what_is_no_envelope_is_noted_by_its_hash_and_flows_by(
    toys: Toy, garbage: bytes | None
) -> None:
    partition = await _partition(toys)
    await partition.take(garbage, fact(1))
    assert await partition.applied() == [1]
    assert await toys.pool.fetchval("select count(*) from toy.unreadable") == 1


async def test_two_consumers_on_one_partition_are_fenced_by_the_offset(toys: Toy) -> None:
    mine, theirs = await _partition(toys), Partition(toys)
    await mine.take(fact(1))
    with pytest.raises(Fenced):
        await theirs.take(fact(1), fact(2))
    assert await mine.applied() == [1]


async def test_partitions_polled_together_have_their_effects_together_or_not_at_all(
    toys: Toy,
) -> None:
    partition = await _partition(toys)
    await toys.pool.execute("insert into toy.offsets values ('t', 1, 'one', 5)")
    mine = partition.batch(fact(1))
    theirs = replace(mine, partition=1, records=[(0, fact(1, stream=UUID(int=8)))])
    with pytest.raises(Fenced):
        await partition.applying.batch(mine, theirs)
    assert (await partition.applied(), await offsets(toys)) == ([], [0, 5])
    moved = replace(theirs, position=5, next_offset=6)
    assert await partition.applying.batch(mine, moved) == 2
    assert (await partition.applied(), await offsets(toys)) == ([1, 1], [1, 6])


async def offsets(toys: Toy) -> list[int]:
    rows = await toys.pool.fetch("select next_offset from toy.offsets order by partition")
    return [row["next_offset"] for row in rows]
