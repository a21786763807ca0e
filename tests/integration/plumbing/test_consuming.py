"""A listener begins where it should, whatever happened to the database or the broker meanwhile."""

import asyncio
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest
from aiokafka.protocol.metadata import MetadataRequest

from kesu.embedded.kafka import EmbeddedKafka
from shared.plumbing import consuming, telemetry
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


@pytest.fixture
def ours() -> Iterator[KafkaServer]:
    """An Apache Kafka that a test may cut and wipe."""
    if kafka.ladder() != "kafka":
        pytest.skip("needs an Apache Kafka of our own")
    with apache_kafka() as server:
        yield server


@pytest.fixture(scope="module")
def shared() -> Iterator[KafkaServer]:
    """An Apache Kafka for those who leave it whole."""
    if kafka.ladder() != "kafka":
        pytest.skip("needs an Apache Kafka of our own")
    with apache_kafka() as server:
        yield server


@pytest.fixture
async def whole(shared: KafkaServer) -> KafkaServer:
    """The shared one, with an empty topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=shared.bootstrap)
    await admin.start()
    await admin.delete_topics([TOPIC])
    await _soon(lambda: _known(admin), [0])
    await admin.close()
    return shared


async def test_a_partition_that_could_not_be_assigned_is_begun_late(
    toys: Toy, broker: KafkaServer
) -> None:
    await _make_topic(broker)
    await toys.pool.execute("alter table toy.offsets rename to offsets_away")
    async with _listening(toys, broker) as consuming:
        await asyncio.wait_for(consuming.ready.wait(), SOON_SECONDS)
        await toys.pool.execute("alter table toy.offsets_away rename to offsets")
        await _tell(broker, range(1, 4))
        await _soon(lambda: _heard(toys), [1, 2, 3])


async def test_records_that_were_deleted_unread_are_spoken_of(toys: Toy, ours: KafkaServer) -> None:
    await _make_topic(ours)
    await _tell(ours, range(1, 4))
    async with _listening(toys, ours):
        await _soon(lambda: _heard(toys), [1, 2, 3])
    await _tell(ours, range(4, 9))
    admin = AIOKafkaAdminClient(bootstrap_servers=ours.bootstrap)
    await admin.start()
    await admin.delete_records({TopicPartition(TOPIC, 0): RecordsToDelete(before_offset=6)})
    await admin.close()
    gone = telemetry.CONSUMER_GONE.labels("toy", TOPIC)
    before = gone._value.get()
    async with _listening(toys, ours):
        await _soon(lambda: _parked(toys), [7, 8])
    assert gone._value.get() - before == 3


async def test_another_cluster_in_the_brokers_place_is_read_from_its_beginning(
    toys: Toy, ours: KafkaServer
) -> None:
    server = ours.embedded
    assert isinstance(server, EmbeddedKafka)
    await _make_topic(ours)
    await _tell(ours, range(1, 4))
    async with _listening(toys, ours):
        await _soon(lambda: _heard(toys), [1, 2, 3])
        known = await _incarnations(toys)
        server.kill()
        shutil.rmtree(server.home / "data")
        server.begin()
        await asyncio.to_thread(server.wait_ready)
        await _make_topic(ours)
        await _tell(ours, range(1, 6))
        await _soon(lambda: _heard(toys), [1, 2, 3, 4, 5])
        # It may first read on at the old offset, until the group asks it to join anew.
        await _soon(lambda: _incarnations_beside(toys, known), [1])


async def test_fetching_that_ended_by_an_unknown_error_is_begun_again(
    toys: Toy, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As uvloop answers a write to a connection that was just reset."""
    told, send = asyncio.Event(), AIOKafkaConnection.send

    def closed(self: AIOKafkaConnection, request: object, **more: bool) -> object:
        if isinstance(request, FetchRequest) and not told.is_set():
            told.set()
            raise RuntimeError("unable to perform operation; the handler is closed")
        return send(self, request, **more)

    await _make_topic(whole)
    await _tell(whole, range(1, 3))
    async with _listening(toys, whole):
        await _soon(lambda: _heard(toys), [1, 2])
        monkeypatch.setattr(AIOKafkaConnection, "send", closed)
        await asyncio.wait_for(told.wait(), SOON_SECONDS)
        await _tell(whole, range(3, 6))
        await _soon(lambda: _heard(toys), [1, 2, 3, 4, 5])


async def test_a_session_begins_without_the_positions_of_the_one_before(
    toys: Toy, toy_dsn: str, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away while partitions are assigned anew: then the client library begins where
    it likes, and its records are not those behind the positions of the last session.
    """
    ended, again, send = asyncio.Event(), asyncio.Event(), AIOKafkaConnection.send

    def closed(self: AIOKafkaConnection, request: object, **more: bool) -> object:
        if isinstance(request, FetchRequest) and not ended.is_set():
            ended.set()
            raise RuntimeError("unable to perform operation; the handler is closed")
        if isinstance(request, FetchRequest):
            again.set()
        return send(self, request, **more)

    await toys.pool.execute(f'alter database "{toy_dsn.rpartition("/")[2]}" set lock_timeout = 500')
    await toys.pool.expire_connections()
    await _make_topic(whole)
    await _tell(whole, range(1, 4))
    seen = telemetry.INBOX_VERDICT.labels("toy", "/kesu/neighbour", "duplicate")
    async with _listening(toys, whole), toys.pool.acquire() as hand:
        await _soon(lambda: _heard(toys), [1, 2, 3])
        before = seen._value.get()
        async with hand.transaction():
            await hand.execute("lock table toy.offsets in access exclusive mode")
            monkeypatch.setattr(AIOKafkaConnection, "send", closed)
            await asyncio.wait_for(again.wait(), SOON_SECONDS)
        await _tell(whole, range(4, 6))
        await _soon(lambda: _heard(toys), [1, 2, 3, 4, 5])
    assert seen._value.get() == before


async def test_a_client_that_looks_for_the_cluster_no_more_is_begun_again(
    toys: Toy, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same error there: whoever asks for the cluster afterwards, as a member that must join its
    group anew, waits for ever.
    """
    armed, told, send = asyncio.Event(), asyncio.Event(), AIOKafkaConnection.send
    wires: list[AIOKafkaConnection] = []

    def closed(self: AIOKafkaConnection, request: object, **more: bool) -> object:
        if isinstance(request, FetchRequest):
            wires.append(self)
        elif isinstance(request, MetadataRequest) and armed.is_set() and not told.is_set():
            told.set()
            raise RuntimeError("unable to perform operation; the handler is closed")
        return send(self, request, **more)

    await _make_topic(whole)
    await _tell(whole, range(1, 3))
    async with _listening(toys, whole):
        await _soon(lambda: _heard(toys), [1, 2])
        monkeypatch.setattr(AIOKafkaConnection, "send", closed)
        await _tell(whole, range(3, 4))
        await _soon(lambda: _heard(toys), [1, 2, 3])
        armed.set()
        wires[-1].close(reason=CloseReason.CONNECTION_BROKEN)
        await asyncio.wait_for(told.wait(), SOON_SECONDS)
        async with _listening(toys, whole) as other:
            await asyncio.wait_for(other.ready.wait(), SOON_SECONDS)
        await _tell(whole, range(4, 6))
        await _soon(lambda: _heard(toys), [1, 2, 3, 4, 5])


async def test_a_client_that_waits_for_its_assignment_for_ever_is_begun_again(
    toys: Toy, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same error while the member joins its group anew: then even to poll is to wait."""
    armed, told, send = asyncio.Event(), asyncio.Event(), AIOKafkaConnection.send
    first: set[AIOKafkaConnection] = set()

    def closed(self: AIOKafkaConnection, request: object, **more: bool) -> object:
        if not armed.is_set():
            first.add(self)
        elif self in first and not told.is_set():
            if isinstance(request, JoinGroupRequest | FindCoordinatorRequest):
                return _lost_soon()
            if isinstance(request, MetadataRequest):
                told.set()
                raise RuntimeError("unable to perform operation; the handler is closed")
        return send(self, request, **more)

    await _make_topic(whole)
    monkeypatch.setattr(AIOKafkaConnection, "send", closed)
    async with _listening(toys, whole) as member:
        await asyncio.wait_for(member.ready.wait(), SOON_SECONDS)
        await asyncio.sleep(2)
        armed.set()
        async with _listening(toys, whole):
            await asyncio.wait_for(told.wait(), SOON_SECONDS)
        await _tell(whole, range(1, 4))
        await _soon(lambda: _heard(toys), [1, 2, 3])


async def test_connections_that_never_say_they_are_lost_hold_up_nobody(
    toys: Toy, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As some that were reset: the client library waits for them whenever it closes."""
    close, ended = AIOKafkaConnection.close, asyncio.Event()

    def silent(self: AIOKafkaConnection, **more: object) -> asyncio.Future[None]:
        close(self, **more)
        return asyncio.get_running_loop().create_future()

    def closed(_self: AIOKafkaConnection, request: object, **more: bool) -> object:
        if isinstance(request, FetchRequest) and not ended.is_set():
            ended.set()
            raise RuntimeError("unable to perform operation; the handler is closed")
        return send(_self, request, **more)

    send = AIOKafkaConnection.send
    await _make_topic(whole)
    async with _listening(toys, whole) as member:
        await asyncio.wait_for(member.ready.wait(), SOON_SECONDS)
        monkeypatch.setattr(AIOKafkaConnection, "close", silent)
        monkeypatch.setattr(AIOKafkaConnection, "send", closed)
        await asyncio.wait_for(ended.wait(), SOON_SECONDS)
        monkeypatch.setattr(AIOKafkaConnection, "send", send)
        there = Broker(bootstrap=whole.bootstrap, flavour=whole.flavour)
        assert await asyncio.wait_for(there.find_incarnation(), SOON_SECONDS)
        await _soon(lambda: _ready(member), [1])
        monkeypatch.setattr(AIOKafkaConnection, "close", close)


async def test_a_consumer_that_stands_still_ends_its_process(
    toys: Toy, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a task of the client library never ends, not even when it is cancelled."""
    told, over = asyncio.Event(), asyncio.Event()

    async def hang(_self: AIOKafkaConsumer, **_more: object) -> dict[object, object]:
        await over.wait()
        return {}

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    monkeypatch.setattr(consuming, "STILL_SECONDS", 3)
    await _make_topic(whole)
    async with _listening(toys, whole) as member:
        await asyncio.wait_for(member.ready.wait(), SOON_SECONDS)
        watching = asyncio.create_task(member.watch())
        await asyncio.sleep(5)
        assert not told.is_set()
        monkeypatch.setattr(AIOKafkaConsumer, "getmany", hang)
        await asyncio.wait_for(told.wait(), SOON_SECONDS)
        watching.cancel()
        over.set()


async def _known(admin: AIOKafkaAdminClient) -> list[int]:
    return [int(TOPIC in await admin.list_topics())]


async def _ready(member: Consuming) -> list[int]:
    return [int(member.ready.is_set())]


async def _lost_soon() -> None:
    await asyncio.sleep(1)
    raise KafkaConnectionError


@asynccontextmanager
async def _listening(toys: Toy, server: KafkaServer) -> AsyncIterator[Consuming]:
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


async def _make_topic(server: KafkaServer) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1)])
    await admin.close()


async def _tell(server: KafkaServer, sequences: range) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=server.bootstrap)
    await producer.start()
    for each in sequences:
        await producer.send_and_wait(TOPIC, fact(each, stream=STREAM))
    await producer.stop()


async def _heard(toys: Toy) -> list[int]:
    rows = await toys.pool.fetch(
        "select value from toy.steps where counter = $1 order by value", STREAM
    )
    return [row["value"] for row in rows]


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


async def _soon(ask: Callable[[], Awaitable[list[int]]], wanted: list[int]) -> None:
    found: list[int] = []
    for _ in range(round(SOON_SECONDS / LOOK_SECONDS)):
        found = await ask()
        if found == wanted:
            break
        await asyncio.sleep(LOOK_SECONDS)
    assert found == wanted
