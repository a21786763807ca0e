"""A listener begins where it should, whatever happened to the database or the broker meanwhile."""

import asyncio
import shutil
import signal
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from kesu.embedded.kafka import EmbeddedKafka
from shared.plumbing import consuming, telemetry
from tests.integration.plumbing.conftest import Toy
from tests.integration.plumbing.listening import (
    SOON_SECONDS,
    STREAM,
    TOPIC,
    heard,
    listening,
    make_topic,
    own_kafka,
    soon,
    tell,
)
from tests.support.kafka import KafkaServer


@pytest.fixture
def ours() -> Iterator[KafkaServer]:
    """An Apache Kafka that a test may cut and wipe."""
    with own_kafka() as server:
        yield server


async def test_a_partition_that_could_not_be_assigned_is_begun_late(
    toys: Toy, broker: KafkaServer
) -> None:
    await make_topic(broker)
    await toys.pool.execute("alter table toy.offsets rename to offsets_away")
    async with listening(toys, broker) as consuming:
        await asyncio.wait_for(consuming.ready.wait(), SOON_SECONDS)
        await toys.pool.execute("alter table toy.offsets_away rename to offsets")
        await tell(broker, range(1, 4))
        await soon(lambda: heard(toys), [1, 2, 3])


async def test_records_that_were_deleted_unread_are_spoken_of(toys: Toy, ours: KafkaServer) -> None:
    await make_topic(ours)
    await tell(ours, range(1, 4))
    async with listening(toys, ours):
        await soon(lambda: heard(toys), [1, 2, 3])
    await tell(ours, range(4, 9))
    admin = AIOKafkaAdminClient(bootstrap_servers=ours.bootstrap)
    await admin.start()
    await admin.delete_records({TopicPartition(TOPIC, 0): RecordsToDelete(before_offset=6)})
    await admin.close()
    gone = telemetry.CONSUMER_GONE.labels("toy", TOPIC)
    before = gone._value.get()
    async with listening(toys, ours):
        await soon(lambda: _parked(toys), [7, 8])
    assert gone._value.get() - before == 3


async def test_another_cluster_in_the_brokers_place_is_read_from_its_beginning(
    toys: Toy, ours: KafkaServer
) -> None:
    server = ours.embedded
    assert isinstance(server, EmbeddedKafka)
    await make_topic(ours)
    await tell(ours, range(1, 4))
    async with listening(toys, ours):
        await soon(lambda: heard(toys), [1, 2, 3])
        known = await _incarnations(toys)
        server.kill()
        shutil.rmtree(server.home / "data")
        server.begin()
        await asyncio.to_thread(server.wait_ready)
        await make_topic(ours)
        await tell(ours, range(1, 6))
        await soon(lambda: heard(toys), [1, 2, 3, 4, 5])
        # It may first read on at the old offset, until the group asks it to join anew.
        await soon(lambda: _incarnations_beside(toys, known), [1])


async def test_a_consumer_that_stands_still_ends_its_process(
    toys: Toy, ours: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a task of the client library never ends, not even when it is cancelled."""
    told, over = asyncio.Event(), asyncio.Event()

    async def hang(_self: AIOKafkaConsumer, **_more: object) -> dict[object, object]:
        await over.wait()
        return {}

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    monkeypatch.setattr(consuming, "STILL_SECONDS", 3)
    await make_topic(ours)
    async with listening(toys, ours) as member:
        await asyncio.wait_for(member.ready.wait(), SOON_SECONDS)
        watching = asyncio.create_task(member.watch())
        await asyncio.sleep(5)
        assert not told.is_set()
        monkeypatch.setattr(AIOKafkaConsumer, "getmany", hang)
        await asyncio.wait_for(told.wait(), SOON_SECONDS)
        watching.cancel()
        over.set()


async def _parked(toys: Toy) -> list[int]:
    rows = await toys.pool.fetch(
        "select sequence from toy.parked where aggregate = $1 order by sequence", STREAM
    )
    return [row["sequence"] for row in rows]


async def _incarnations(toys: Toy) -> set[str]:
    rows = await toys.pool.fetch("select distinct incarnation from toy.offsets")
    return {row["incarnation"] for row in rows}


async def _incarnations_beside(toys: Toy, known: set[str]) -> list[int]:
    return [len(await _incarnations(toys) - known)]
