"""A consumer on an Apache Kafka, what it is told, and what it heard."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.plumbing.applying import Applying
from shared.plumbing.broker import Broker
from shared.plumbing.consuming import Consuming
from shared.plumbing.wake import Wake
from tests.integration.plumbing.conftest import Toy
from tests.integration.plumbing.test_applying import Heard, fact
from tests.support import kafka
from tests.support.kafka import KafkaServer, apache_kafka

TOPIC = "kesu.neighbour.events"
SOON_SECONDS = 90.0
LOOK_SECONDS = 0.1
STREAM = UUID(int=70)


@contextmanager
def own_kafka() -> Iterator[KafkaServer]:
    """One that nobody else uses; the test is skipped where the ladder has another broker."""
    if kafka.ladder() != "kafka":
        pytest.skip("needs an Apache Kafka of our own")
    with apache_kafka() as server:
        yield server


@asynccontextmanager
async def listening(toys: Toy, server: KafkaServer) -> AsyncIterator[Consuming]:
    """A consumer of the toy's, running."""
    there = Broker(
        bootstrap=server.bootstrap, flavour=server.flavour, incarnation=server.incarnation or None
    )
    applying = Applying(schema="toy", pool=toys.pool, apply=Heard())
    consuming = Consuming("toy", ["neighbour"], there, applying, Wake())
    running = asyncio.create_task(consuming.run())
    try:
        yield consuming
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def make_topic(server: KafkaServer) -> None:
    """The neighbour's topic, of one partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()


async def tell(server: KafkaServer, sequences: range) -> None:
    """Facts of these sequences, one after the other."""
    producer = AIOKafkaProducer(bootstrap_servers=server.bootstrap)
    await producer.start()
    for each in sequences:
        await producer.send_and_wait(TOPIC, fact(each, stream=STREAM))
    await producer.stop()


async def heard(toys: Toy) -> list[int]:
    """What had its effect."""
    rows = await toys.pool.fetch(
        "select value from toy.steps where counter = $1 order by value", STREAM
    )
    return [row["value"] for row in rows]


async def soon(ask: Callable[[], Awaitable[list[int]]], wanted: list[int]) -> None:
    """Asks until it is so."""
    found: list[int] = []
    for _ in range(round(SOON_SECONDS / LOOK_SECONDS)):
        found = await ask()
        if found == wanted:
            break
        await asyncio.sleep(LOOK_SECONDS)
    assert found == wanted
