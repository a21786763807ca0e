"""Both brokers carry a fact; the one that keeps, keeps, and the one that forgets says so."""

import asyncio
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from kesu.embedded import kafka
from kesu.embedded.topics import create_topics
from tests.support.kafka import KafkaServer, apache_kafka, tansu

TOPIC = "kesu.intake.events"
JOIN_SECONDS = 30.0


async def tell(bootstrap: str, *words: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=False)
    await producer.start()
    try:
        for word in words:
            await producer.send_and_wait(TOPIC, word, key=b"one complaint")
    finally:
        await producer.stop()


async def heard(bootstrap: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap,
        group_id=f"test-{uuid4()}",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=5,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(JOIN_SECONDS):
            return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_a_fact_is_carried(broker: KafkaServer) -> None:
    await create_topics(broker.bootstrap)
    await tell(broker.bootstrap, b"registered", b"confirmed")
    assert (await heard(broker.bootstrap, 2))[:2] == [b"registered", b"confirmed"]


async def test_making_the_topics_twice_is_fine(broker: KafkaServer) -> None:
    await create_topics(broker.bootstrap)
    await create_topics(broker.bootstrap)


async def test_tansu_comes_back_as_another_broker() -> None:
    with tansu() as server:
        await create_topics(server.bootstrap)
        await tell(server.bootstrap, b"before")
        assert server.embedded
        server.embedded.stop()
        server.embedded.begin()
        server.embedded.wait_ready()
        assert server.embedded.incarnation not in {"", server.incarnation}
        await create_topics(server.bootstrap)
        await tell(server.bootstrap, b"after")
        assert await heard(server.bootstrap, 1) == [b"after"]


@pytest.mark.skipif(not kafka.available(), reason="needs Java, and Maven or its jars")
async def test_apache_kafka_keeps_its_facts_through_a_crash() -> None:
    with apache_kafka() as server:
        await create_topics(server.bootstrap)
        await tell(server.bootstrap, b"before")
        assert isinstance(server.embedded, kafka.EmbeddedKafka)
        server.embedded.kill()
        server.embedded.start()
        await tell(server.bootstrap, b"after")
        assert await heard(server.bootstrap, 2) == [b"before", b"after"]
