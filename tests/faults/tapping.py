"""A tap on the broker's topics: reads what lies there, puts more into them, cuts them off."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from kesu.embedded.topics import PARTITIONS, topic_names
from tests.faults.lab import Lab, Spot
from tests.faults.oracle.evidence import Record

POLL_MS = 500
READ_SECONDS = 60.0
FITS_BYTES = 900_000
BIG = 12 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A record to be put into a topic; without `partition` its key decides."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None


@asynccontextmanager
async def administrator(lab: Lab) -> AsyncIterator[AIOKafkaAdminClient]:
    """The broker's administrator."""
    admin = AIOKafkaAdminClient(bootstrap_servers=lab.broker.bootstrap, request_timeout_ms=20_000)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def put(lab: Lab, records: Iterable[Put]) -> list[Spot]:
    """Puts records into their topics, one after the other; returns where they lie now."""
    producer = AIOKafkaProducer(
        bootstrap_servers=lab.broker.bootstrap, acks="all", max_request_size=BIG
    )
    await producer.start()
    try:
        told = [
            await producer.send(each.topic, each.value, key=each.key, partition=each.partition)
            for each in records
        ]
        done = [await each for each in told]
        return [(each.topic, each.partition, each.offset) for each in done]
    finally:
        await producer.stop()


@asynccontextmanager
async def enlarge(lab: Lab, topic: str) -> AsyncIterator[None]:
    """The topic takes records up to BIG for as long as the block runs."""
    name = "max.message.bytes"
    await configure(lab, topic, {name: str(BIG)})
    try:
        yield
    finally:
        await configure(lab, topic, {})


async def configure(lab: Lab, topic: str, settings: dict[str, str]) -> None:
    """Gives a topic these settings and the broker's own for all others."""
    async with administrator(lab) as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, settings)])


async def latest(lab: Lab, count: int) -> list[Record]:
    """The last `count` records of each partition of each topic. Raises TimeoutError.

    Without those that another fault made the broker take for a while: it takes them no more.
    """
    places = [
        TopicPartition(topic, number) for topic in topic_names() for number in range(PARTITIONS)
    ]
    async with _reading(lab, places) as consumer:
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
        for each in places:
            consumer.seek(each, max(begins[each], ends[each] - count))
        found: list[Record] = []
        async with asyncio.timeout(READ_SECONDS):
            while not all([await consumer.position(each) >= ends[each] for each in places]):
                polled = await consumer.getmany(timeout_ms=POLL_MS)
                found += [_record(one) for records in polled.values() for one in records]
    found = [each for each in found if len(each.value or b"") < FITS_BYTES]
    return sorted(found, key=lambda each: (each.topic, each.partition, each.offset))


def _record(read: Any) -> Record:  # noqa: ANN401 aiokafka has no types
    return Record(
        topic=read.topic,
        partition=read.partition,
        offset=read.offset,
        key=read.key,
        value=read.value,
    )


async def ends(lab: Lab, topics: Iterable[str]) -> dict[TopicPartition, int]:
    """Where each partition ends now."""
    places = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
    async with _reading(lab, places) as consumer:
        return dict(await consumer.end_offsets(places))


@asynccontextmanager
async def _reading(lab: Lab, places: list[TopicPartition]) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=lab.broker.bootstrap, enable_auto_commit=False, fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        consumer.assign(places)
        yield consumer
    finally:
        await consumer.stop()
