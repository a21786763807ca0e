"""What was committed reaches the topic: all of it, in order, acknowledged by its owner only."""

import asyncio
from collections import defaultdict

import orjson
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.plumbing.broker import Broker
from shared.plumbing.relay import Relay
from shared.plumbing.tables import BUCKETS
from shared.plumbing.wake import Wake
from tests.integration.plumbing.conftest import Toy
from tests.integration.plumbing.toy import Add
from tests.support.kafka import KafkaServer

TOPIC = "kesu.toy.events"


def _broker(server: KafkaServer) -> Broker:
    return Broker(bootstrap=server.bootstrap, flavour=server.flavour)


async def _make_topic(server: KafkaServer) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 3, 1)])
    await admin.close()


async def _heard(server: KafkaServer, group: str, count: int) -> list[tuple[str, int]]:
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=server.bootstrap,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=5,
    )
    await consumer.start()
    found: list[tuple[str, int]] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    said = [orjson.loads(record.value) for record in records]
                    found += [(each["subject"], int(each["sequence"])) for each in said]
    finally:
        await consumer.stop()
    return found


async def _drain(relay: Relay) -> None:
    async with asyncio.timeout(20):
        while await relay.turn() or await relay.pool.fetchval("select count(*) from toy.outbox"):
            pass


async def test_the_outbox_is_emptied_in_the_order_of_each_aggregate(
    toys: Toy, broker: KafkaServer
) -> None:
    await _make_topic(broker)
    counters = [await toys.started() for _ in range(4)]
    for _ in range(5):
        await asyncio.gather(*(toys.ask(counter, Add(times=2)) for counter in counters))
    relay = Relay("toy", toys.pool, _broker(broker), Wake())
    await _drain(relay)
    heard = await _heard(broker, "order", 40)
    sequences = defaultdict(list)
    for subject, sequence in heard:
        sequences[subject].append(sequence)
    assert all(each == list(range(1, 11)) for each in sequences.values())
    assert len(sequences) == 4
    await relay._close()


async def test_a_relay_that_lost_its_lease_cannot_acknowledge(
    toys: Toy, broker: KafkaServer
) -> None:
    await toys.ask(await toys.started(), Add())
    sleeper = Relay("toy", toys.pool, _broker(broker), Wake())
    await sleeper._renew()
    rows = await toys.pool.fetch(
        "select o.*, j.fact, j.partition_key "
        "from toy.outbox o join toy.journal j using (aggregate, seq)"
    )
    await toys.pool.execute("update toy.relay_leases set expires_at = '-infinity'")
    heir = Relay("toy", toys.pool, _broker(broker), Wake())
    await heir._renew()
    await sleeper._acknowledge(rows)
    assert sleeper.epochs == {}
    assert await toys.pool.fetchval("select count(*) from toy.outbox") == 1
    await _drain(heir)
    await heir._close()


async def test_a_clock_that_was_set_back_does_not_make_a_dead_owner_last(toys: Toy) -> None:
    await toys.pool.execute(
        "update toy.relay_leases set owner = 'dead', "
        "expires_at = clock_timestamp() + interval '90 min'"
    )
    heir = Relay("toy", toys.pool, Broker(bootstrap="127.0.0.1:1", flavour="kafka"), Wake())
    await heir._renew()
    assert set(heir.epochs) == set(range(BUCKETS))


async def test_while_the_broker_is_away_everything_is_accepted_and_kept(toys: Toy) -> None:
    nowhere = Relay("toy", toys.pool, Broker(bootstrap="127.0.0.1:1", flavour="kafka"), Wake())
    running = asyncio.create_task(nowhere.run())
    counter = await toys.started()
    for _ in range(3):
        await toys.ask(counter, Add())
    await asyncio.sleep(0.2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await toys.pool.fetchval("select count(*) from toy.outbox") == 3
