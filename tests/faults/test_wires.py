"""A wire does what it is told, and nothing else: else a round would prove nothing."""

import asyncio
import io
import struct
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiokafka.protocol.produce import ProduceRequest_v7, ProduceResponse_v7
from aiokafka.protocol.types import String

from kesu.embedded.processes import free_port
from tests.faults.kafkaese import refusal
from tests.faults.wires import DOWN, UP, Hurt, Wires

SOON_SECONDS = 20.0
HELD_SECONDS = 0.4
ENDED = (ConnectionError, asyncio.IncompleteReadError)


class Echo:
    """A server that remembers what it got and says it again."""

    def __init__(self) -> None:
        self.got = b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(1024):
                self.got += chunk
                writer.write(chunk)
        writer.close()


class Client:
    """One connection through the wire."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, word: bytes, within: float = SOON_SECONDS) -> bytes:
        self.writer.write(word)
        return await asyncio.wait_for(self.reader.readexactly(len(word)), within)


@dataclass(slots=True)
class Ground:
    """The echo at one end, clients at the other, a wire between them."""

    echo: Echo
    wires: Wires
    clients: list[Client] = field(default_factory=list)

    async def client(self) -> Client:
        found = Client(*await asyncio.open_connection("127.0.0.1", self.wires.ports["a"]))
        self.clients.append(found)
        return found


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    echo, there = Echo(), free_port()
    server = await asyncio.start_server(echo, "127.0.0.1", there)
    wires = Wires(folder=tmp_path, ports={"a": free_port()}, targets={"a": there})
    wires.start()
    found = Ground(echo, wires)
    try:
        yield found
    finally:
        for client in found.clients:
            client.writer.close()
            with suppress(OSError):
                await client.writer.wait_closed()
        wires.stop()
        server.close()
        await server.wait_closed()


async def test_a_sound_wire_passes_everything(ground: Ground) -> None:
    client = await ground.client()
    assert await client.ask(b"x" * 300_000) == b"x" * 300_000
    assert await ground.wires.change("a", Hurt()) == 0


async def test_latency_is_felt_both_ways(ground: Ground) -> None:
    client = await ground.client()
    async with ground.wires.hurting(Hurt(latency_ms=150), "a") as felt:
        began = time.monotonic()
        await client.ask(b"hello")
        assert time.monotonic() - began >= 0.3
    assert felt["a"] == 2


@pytest.mark.parametrize(("way", "arrived"), [(UP, b""), (DOWN, b"hello")])
async def test_a_partition_holds_back_one_way_until_it_is_healed(
    ground: Ground, way: str, arrived: bytes
) -> None:
    client = await ground.client()
    async with ground.wires.hurting(Hurt(silent=(way,)), "a"):
        with pytest.raises(TimeoutError):
            await client.ask(b"hello", within=HELD_SECONDS)
        assert ground.echo.got == arrived
    assert await asyncio.wait_for(client.reader.readexactly(5), SOON_SECONDS) == b"hello"


async def test_an_answer_is_lost_after_the_server_got_the_request(ground: Ground) -> None:
    client = await ground.client()
    async with ground.wires.hurting(Hurt(unanswered="commit"), "a") as felt:
        assert await client.ask(b"begin") == b"begin"
        with pytest.raises(ENDED):
            await client.ask(b"commit")
        assert ground.echo.got == b"begincommit"
        assert await (await ground.client()).ask(b"commit") == b"commit"
    assert felt["a"] == 1


async def test_connections_are_reset_and_refused(ground: Ground) -> None:
    client = await ground.client()
    await client.ask(b"hello")
    async with ground.wires.hurting(Hurt(reset=True, refuse=True), "a"):
        with pytest.raises(ENDED):
            await client.ask(b"hello")
        refused = await ground.client()
        with pytest.raises(ENDED):
            await refused.ask(b"hello")
    assert await (await ground.client()).ask(b"hello") == b"hello"


async def test_an_answer_is_cut_off_in_the_middle(ground: Ground) -> None:
    client = await ground.client()
    async with ground.wires.hurting(Hurt(limit=100), "a"):
        assert await client.ask(b"x" * 60) == b"x" * 60
        with pytest.raises(ENDED):
            await client.ask(b"x" * 60)


def test_a_batch_is_refused_in_the_brokers_words() -> None:
    topics = [("kesu.intake.events", [(2, b"records")])]
    body = String("utf-8").encode("me") + ProduceRequest_v7.SCHEMA.encode((None, -1, 1000, topics))
    chunk = struct.pack(">ihhi", len(body) + 8, 0, 7, 41) + body
    answer = refusal(chunk, 45)
    assert answer
    length, number = struct.unpack(">ii", answer[:8])
    told, _ = ProduceResponse_v7.SCHEMA.decode(io.BytesIO(answer[8:]))
    assert (length, number) == (len(answer) - 4, 41)
    assert told == [("kesu.intake.events", [(2, 45, -1, -1, -1)])]


@pytest.mark.parametrize("chunk", [b"", b"\x00" * 9, struct.pack(">ihhi", 8, 3, 1, 1)])
def test_nothing_else_is_refused(chunk: bytes) -> None:
    assert refusal(chunk, 45) is None
