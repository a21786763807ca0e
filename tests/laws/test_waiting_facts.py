"""What the law of the inbox found, told one by one: facts that wait while others come."""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from uuid import UUID

import pytest

from kesu.commands import parked as operator
from shared.plumbing.applying import Applying
from shared.plumbing.broker import Broker
from shared.plumbing.consuming import Consuming
from shared.plumbing.inbox import Premature, Received
from shared.plumbing.wake import Wake
from shared.plumbing.writing import Connection
from tests.laws.ground import Ground
from tests.laws.stream import SOURCE, Sent
from tests.laws.topic import TOPIC, batch

STREAM = UUID(int=7)


class Reader:
    """A consumer whose applying can be told to fail, or to take its time."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.position, self.life, self.early = ground, 0, 0, False
        self.gate, self.busy = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.applying = Applying(schema="laws", pool=ground.pool, apply=self.apply)
        self.reborn()

    def reborn(self) -> None:
        """The broker's log begins anew."""
        self.life, self.position = self.life + 1, 0
        query = "insert into laws.offsets values ($1, 0, $2, 0)"
        self.ground.execute(query, TOPIC, f"life-{self.life}")

    async def apply(self, connection: Connection, facts: Sequence[Received]) -> None:
        self.busy.set()
        await self.gate.wait()
        for fact in facts:
            if self.early:
                raise Premature
            await connection.execute(
                "insert into laws.applied (stream, sequence, event) values ($1, $2, $3)",
                STREAM,
                fact.envelope.sequence,
                fact.envelope.id,
            )

    def takes(self, *sent: Sent) -> None:
        self.ground.run(self.take(*sent))

    async def take(self, *sent: Sent) -> None:
        taken = batch(sent, self.position, self.life)
        try:
            await self.applying.batch(taken)
        except Premature:
            await self.applying.batch(taken, one_by_one=True)
        self.position = taken.next_offset

    async def sweep(self) -> None:
        broker = Broker(bootstrap="", flavour="none")
        await Consuming("laws", (), broker, self.applying, Wake())._sweep_once()

    def discards(self) -> None:
        self.ground.run(self._discard())

    async def _discard(self) -> None:
        asked = Namespace(service="laws", source=SOURCE, aggregate=STREAM)
        async with self.ground.transaction() as connection:
            await operator._discard(connection, asked)
            await self.applying.drain(connection, (SOURCE, STREAM))

    @property
    def applied(self) -> list[int]:
        query = "select sequence from laws.applied order by at"
        return [row["sequence"] for row in self.ground.fetch(query)]

    @property
    def parked(self) -> list[tuple[int, str]]:
        query = "select sequence, kind from laws.parked order by 1"
        return [tuple(row) for row in self.ground.fetch(query)]


@pytest.fixture
def reader(ground: Ground) -> Reader:
    return Reader(ground)


def facts(*numbers: int) -> list[Sent]:
    return [Sent(STREAM, number) for number in numbers]


def test_a_fact_that_waited_and_came_again_in_its_order_waits_no_longer(reader: Reader) -> None:
    reader.takes(*facts(1, 3))
    reader.reborn()
    reader.takes(*facts(1, 2, 3, 4))
    assert (reader.applied, reader.parked) == ([1, 2, 3, 4], [])


def test_another_history_stays_noticed_when_the_first_is_told_again(reader: Reader) -> None:
    reader.takes(*facts(1, 2))
    reader.takes(Sent(STREAM, 2, edition=1), *facts(1, 2, 3))
    assert (reader.applied, reader.parked) == ([1, 2], [(2, "diverged"), (3, "gap")])


def test_discarding_another_history_goes_on_with_the_first(reader: Reader) -> None:
    reader.takes(*facts(1, 2), Sent(STREAM, 2, edition=1), *facts(1, 3))
    reader.discards()
    assert (reader.applied, reader.parked) == ([1, 2, 3], [])


def test_discarding_what_never_came_keeps_what_did(reader: Reader) -> None:
    reader.takes(*facts(1, 4, 5))
    reader.discards()
    assert (reader.applied, reader.parked) == ([1, 4, 5], [])


def test_a_sweep_and_a_batch_do_not_miss_each_other(reader: Reader) -> None:
    """The batch would see fact 1 unapplied, park fact 2 behind it, and nobody would come back."""
    reader.early = True
    reader.takes(*facts(1))
    reader.early = False
    reader.ground.run(_meanwhile(reader, *facts(2)))
    assert (reader.applied, reader.parked) == ([1, 2], [])


def test_a_sweep_and_a_batch_do_not_both_apply_a_fact(reader: Reader) -> None:
    reader.early = True
    reader.takes(*facts(1))
    reader.early = False
    reader.reborn()
    reader.ground.run(_at_once(reader, *facts(1)))
    assert (reader.applied, reader.parked) == ([1], [])


async def _at_once(reader: Reader, *sent: Sent) -> None:
    """A batch comes while the sweep is in the middle of applying."""
    reader.gate.clear()
    reader.busy.clear()
    sweeping = asyncio.create_task(reader.sweep())
    await reader.busy.wait()
    taking = asyncio.create_task(reader.take(*sent))
    await asyncio.sleep(0.2)
    reader.gate.set()
    await asyncio.gather(sweeping, taking)


async def _meanwhile(reader: Reader, *sent: Sent) -> None:
    """A batch comes when a sweep has drained what it saw and has not committed yet."""
    async with reader.ground.transaction() as connection:
        await reader.applying.hold(connection, SOURCE)
        assert await reader.applying.drain(connection, (SOURCE, STREAM)) == 1
        taking = asyncio.create_task(reader.take(*sent))
        await asyncio.sleep(0.2)
    await taking
