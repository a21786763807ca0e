"""The client library falls silent in several ways; a consumer notices and begins again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest
from aiokafka.protocol.metadata import MetadataRequest

from shared.plumbing import telemetry
from shared.plumbing.broker import Broker
from shared.plumbing.consuming import Consuming
from tests.integration.plumbing.conftest import Toy
from tests.integration.plumbing.listening import (
    SOON_SECONDS,
    TOPIC,
    heard,
    listening,
    make_topic,
    own_kafka,
    soon,
    tell,
)
from tests.support.kafka import KafkaServer

Hook = Callable[[AIOKafkaConnection, object], Awaitable[object] | None]


@pytest.fixture(scope="module")
def shared() -> Iterator[KafkaServer]:
    """An Apache Kafka that all tests here leave whole."""
    with own_kafka() as server:
        yield server


@pytest.fixture
async def whole(shared: KafkaServer) -> KafkaServer:
    """The shared one, with a topic that is empty."""
    admin = AIOKafkaAdminClient(bootstrap_servers=shared.bootstrap)
    await admin.start()
    await admin.delete_topics([TOPIC])
    await soon(lambda: _known(admin), [0])
    await admin.close()
    await make_topic(shared)
    return shared


def intercept(monkeypatch: pytest.MonkeyPatch, hook: Hook) -> None:
    """Asks the hook before every request; what it returns is the answer, unless it is None."""
    send = AIOKafkaConnection.send

    def sending(self: AIOKafkaConnection, request: object, **more: bool) -> object:
        instead = hook(self, request)
        return send(self, request, **more) if instead is None else instead

    monkeypatch.setattr(AIOKafkaConnection, "send", sending)


def fails_once(monkeypatch: pytest.MonkeyPatch, kind: type[object]) -> asyncio.Event:
    """The next request of this kind fails as uvloop lets it on a connection that was just reset."""
    told = asyncio.Event()

    def hook(_wire: AIOKafkaConnection, request: object) -> None:
        if isinstance(request, kind) and not told.is_set():
            told.set()
            raise _closed()

    intercept(monkeypatch, hook)
    return told


async def test_fetching_that_ended_by_an_unknown_error_is_begun_again(
    toys: Toy, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(whole, range(1, 3))
    async with listening(toys, whole):
        await soon(lambda: heard(toys), [1, 2])
        told = fails_once(monkeypatch, FetchRequest)
        await asyncio.wait_for(told.wait(), SOON_SECONDS)
        await tell(whole, range(3, 6))
        await soon(lambda: heard(toys), [1, 2, 3, 4, 5])


async def test_a_session_begins_without_the_positions_of_the_one_before(
    toys: Toy, toy_dsn: str, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away while partitions are assigned anew: then the client library begins where
    it likes, and its records are not those behind the positions of the last session.
    """
    again, database = asyncio.Event(), toy_dsn.rpartition("/")[2]

    def hook(_wire: AIOKafkaConnection, request: object) -> None:
        if isinstance(request, FetchRequest):
            again.set()

    await toys.pool.execute(f'alter database "{database}" set lock_timeout = 500')
    await toys.pool.expire_connections()
    await tell(whole, range(1, 4))
    seen = telemetry.INBOX_VERDICT.labels("toy", "/kesu/neighbour", "duplicate")
    async with listening(toys, whole), toys.pool.acquire() as hand:
        await soon(lambda: heard(toys), [1, 2, 3])
        before = seen._value.get()
        async with hand.transaction():
            await hand.execute("lock table toy.offsets in access exclusive mode")
            told = fails_once(monkeypatch, FetchRequest)
            await asyncio.wait_for(told.wait(), SOON_SECONDS)
            intercept(monkeypatch, hook)
            await asyncio.wait_for(again.wait(), SOON_SECONDS)
        await tell(whole, range(4, 6))
        await soon(lambda: heard(toys), [1, 2, 3, 4, 5])
    assert seen._value.get() == before


async def test_a_client_that_looks_for_the_cluster_no_more_is_begun_again(
    toys: Toy, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for the cluster afterwards, as a member that must join its group anew, waits for
    ever.
    """
    wires: list[AIOKafkaConnection] = []

    def hook(wire: AIOKafkaConnection, request: object) -> None:
        if isinstance(request, FetchRequest):
            wires.append(wire)

    async with listening(toys, whole):
        intercept(monkeypatch, hook)
        await tell(whole, range(1, 4))
        await soon(lambda: heard(toys), [1, 2, 3])
        told = fails_once(monkeypatch, MetadataRequest)
        wires[-1].close(reason=CloseReason.CONNECTION_BROKEN)
        await asyncio.wait_for(told.wait(), SOON_SECONDS)
        async with listening(toys, whole) as other:
            await asyncio.wait_for(other.ready.wait(), SOON_SECONDS)
        await tell(whole, range(4, 6))
        await soon(lambda: heard(toys), [1, 2, 3, 4, 5])


async def test_a_client_that_waits_for_its_assignment_for_ever_is_begun_again(
    toys: Toy, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same while the member joins its group anew: then even to poll is to wait."""
    armed, told = asyncio.Event(), asyncio.Event()
    first: set[AIOKafkaConnection] = set()

    def hook(wire: AIOKafkaConnection, request: object) -> Awaitable[object] | None:
        if not armed.is_set():
            first.add(wire)
        elif wire in first and not told.is_set():
            if isinstance(request, JoinGroupRequest | FindCoordinatorRequest):
                return _lost_soon()
            if isinstance(request, MetadataRequest):
                told.set()
                raise _closed()
        return None

    intercept(monkeypatch, hook)
    async with listening(toys, whole) as member:
        await asyncio.wait_for(member.ready.wait(), SOON_SECONDS)
        await asyncio.sleep(2)
        armed.set()
        async with listening(toys, whole):
            await asyncio.wait_for(told.wait(), SOON_SECONDS)
        await tell(whole, range(1, 4))
        await soon(lambda: heard(toys), [1, 2, 3])


async def test_connections_that_never_say_they_are_lost_hold_up_nobody(
    toys: Toy, whole: KafkaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As some that were reset: the client library waits for them whenever it closes."""
    close = AIOKafkaConnection.close

    def silent(self: AIOKafkaConnection, **more: object) -> asyncio.Future[None]:
        close(self, **more)
        return asyncio.get_running_loop().create_future()

    async with listening(toys, whole) as member:
        await asyncio.wait_for(member.ready.wait(), SOON_SECONDS)
        monkeypatch.setattr(AIOKafkaConnection, "close", silent)
        told = fails_once(monkeypatch, FetchRequest)
        await asyncio.wait_for(told.wait(), SOON_SECONDS)
        there = Broker(bootstrap=whole.bootstrap, flavour=whole.flavour)
        assert await asyncio.wait_for(there.find_incarnation(), SOON_SECONDS)
        await soon(lambda: _ready(member), [1])
        monkeypatch.setattr(AIOKafkaConnection, "close", close)


def _closed() -> RuntimeError:
    return RuntimeError("unable to perform operation; the handler is closed")


async def _lost_soon() -> None:
    await asyncio.sleep(1)
    raise KafkaConnectionError


async def _known(admin: AIOKafkaAdminClient) -> list[int]:
    return [int(TOPIC in await admin.list_topics())]


async def _ready(member: Consuming) -> list[int]:
    return [int(member.ready.is_set())]
