"""Wires that can be hurt: a TCP proxy in a process of its own, and its remote control.

It knows Toxiproxy's toxics (latency, jitter, timeout, slicer, bandwidth, limit_data, reset_peer)
and one of our own: the answer to one certain request is dropped. Bytes are never lost inside a
connection, because TCP would send them again: a partition holds them back until it is healed.
"""

import asyncio
import json
import random
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kesu.embedded.processes import Program, spawn, stop, wait_until
from kesu.home import PROJECT
from tests.faults.kafkaese import refusal

UP, DOWN = "up", "down"
"""From the client to the server, and back."""
CHUNK = 64 * 1024
START_SECONDS = 60.0
STOP_SECONDS = 5.0
_HARD = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurt:
    """What a wire suffers; nothing by default.

    `latency_ms` ± `jitter_ms` for every chunk and way; `silent` ways pass nothing; `lost` is the
    share of chunks that come a retransmission (`again_ms`) later; `bytes_s` limits each way;
    `slice_to` cuts chunks into pieces; after `limit` bytes to the client a connection is reset;
    `refuse`: new connections are reset; `reset`: open ones are, once. A request that contains
    `unanswered` is passed on, and when its answer comes the connection is reset, `times` times.
    `refused`: as often, a batch for Kafka is answered with this error instead of being passed on.
    """

    latency_ms: int = 0
    jitter_ms: int = 0
    silent: tuple[str, ...] = ()
    lost: float = 0.0
    again_ms: int = 200
    bytes_s: int = 0
    slice_to: int = 0
    limit: int = 0
    refuse: bool = False
    reset: bool = False
    unanswered: str = ""
    refused: int = 0
    times: int = 1

    @property
    def delays(self) -> bool:
        """Whether chunks come later than they might."""
        return bool(self.latency_ms or self.jitter_ms or self.lost or self.bytes_s)


@dataclass(slots=True)
class Line:
    """One connection through a wire: both sockets, and what happened on it since the hurt."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    down: int = 0
    doomed: bool = False

    def reset(self) -> None:
        """Ends it with a reset on both sides."""
        for writer in self.writers:
            plug = writer.get_extra_info("socket")
            if plug is not None:  # else it has just been closed
                with suppress(OSError):
                    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD)
            writer.transport.abort()


@dataclass(slots=True)
class Wire:
    """One listening port and where it leads. `struck` counts what the present hurt has done."""

    target: int
    hurt: Hurt = field(default_factory=Hurt)
    struck: int = 0
    left: int = 0
    healed: asyncio.Event = field(default_factory=asyncio.Event)
    lines: list[Line] = field(default_factory=list)

    def change(self, hurt: Hurt) -> None:
        """From now on it suffers this; whatever was held back goes on its way."""
        self.hurt, self.struck, self.left = hurt, 0, hurt.times
        self.healed.set()
        self.healed = asyncio.Event()
        for line in list(self.lines):
            line.down, line.doomed = 0, False
            if hurt.reset:
                line.reset()
                self.struck += 1

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client came: leads it to the target until either side ends."""
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            Line((writer, writer)).reset()
            return
        line = Line((writer, back))
        if self.hurt.refuse:
            self.struck += 1
            line.reset()
            return
        self.lines.append(line)
        try:
            await asyncio.gather(self._up(line, reader, back), self._down(line, there, writer))
        except (OSError, asyncio.IncompleteReadError):
            line.reset()
        finally:
            self.lines.remove(line)
            for each in line.writers:
                each.close()

    async def _up(
        self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while chunk := await reader.read(CHUNK):
            answer = refusal(chunk, self.hurt.refused) if self.hurt.refused and self.left else None
            if answer:
                self.left, self.struck = self.left - 1, self.struck + 1
                line.writers[0].write(answer)
                continue
            await self._pass(UP, chunk, writer)
            wanted = self.hurt.unanswered.encode()
            if wanted and self.left and wanted in chunk:
                self.left -= 1
                line.doomed = True
        writer.write_eof()

    async def _down(
        self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while chunk := await reader.read(CHUNK):
            line.down += len(chunk)
            if line.doomed or 0 < self.hurt.limit < line.down:
                self.struck += 1
                line.reset()
                return
            await self._pass(DOWN, chunk, writer)
        writer.write_eof()

    async def _pass(self, way: str, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        hurt, healed = self.hurt, self.healed
        if way in hurt.silent:
            self.struck += 1
            await healed.wait()
            return await self._pass(way, chunk, writer)
        size = hurt.slice_to or len(chunk)
        for start in range(0, len(chunk), size):
            piece = chunk[start : start + size]
            if hurt.delays or hurt.slice_to:
                self.struck += 1
                await _wait(hurt, len(piece), healed)
            writer.write(piece)
            await writer.drain()
        return None


async def _wait(hurt: Hurt, size: int, healed: asyncio.Event) -> None:
    milliseconds = hurt.latency_ms + random.uniform(-1, 1) * hurt.jitter_ms
    if random.random() < hurt.lost:
        milliseconds += hurt.again_ms
    if hurt.bytes_s:
        milliseconds += size * 1000 / hurt.bytes_s
    with suppress(TimeoutError):
        await asyncio.wait_for(healed.wait(), max(milliseconds, 0) / 1000)


@dataclass(slots=True, kw_only=True)
class Wires:
    """The remote control. `ports` are the wires' own by name, `targets` where they lead."""

    folder: Path
    ports: Mapping[str, int]
    targets: Mapping[str, int]
    child: subprocess.Popen[bytes] | None = None

    @property
    def _place(self) -> Path:
        return self.folder / "wires"

    def start(self) -> None:
        """Raises StartFailed."""
        routes = [f"{name}={port}:{self.targets[name]}" for name, port in self.ports.items()]
        self.child = spawn(
            Program(
                name="wires",
                argv=[sys.executable, "-m", "tests.faults.wires", str(self._place), *routes],
                log=self.folder / "wires.log",
                env={"PYTHONPATH": str(PROJECT)},
                cwd=PROJECT,
                orphaned=signal.SIGKILL,
            )
        )
        wait_until(self._place.exists, within=START_SECONDS, what="wires", child=self.child)

    def stop(self) -> None:
        """Every connection ends with it."""
        if self.child is not None:
            stop(self.child, sign=signal.SIGKILL, within=STOP_SECONDS)
            self.child = None

    async def change(self, wire: str, hurt: Hurt) -> int:
        """Lets a wire suffer this instead; returns how often it suffered what it had before."""
        return int((await self._told({"wire": wire, "hurt": asdict(hurt)}))["struck"])

    async def struck(self, wire: str) -> int:
        """How often its present hurt was felt."""
        return int((await self._told({"wire": wire}))["struck"])

    @asynccontextmanager
    async def hurting(self, hurt: Hurt, *wires: str) -> AsyncIterator[dict[str, int]]:
        """These wires suffer as long as the block runs; then the dictionary says how often."""
        felt: dict[str, int] = {}
        try:
            for wire in wires:
                await self.change(wire, hurt)
            yield felt
        finally:
            for wire in wires:
                felt[wire] = await self.change(wire, Hurt())

    async def _told(self, what: dict[str, object]) -> dict[str, int]:
        reader, writer = await asyncio.open_unix_connection(self._place)
        try:
            writer.write(json.dumps(what).encode() + b"\n")
            answer: dict[str, int] = json.loads(await reader.readline())
            return answer
        finally:
            writer.close()


async def _serve(place: Path, routes: list[str]) -> None:
    wires: dict[str, Wire] = {}
    for route in routes:
        name, _, ports = route.partition("=")
        here, _, there = ports.partition(":")
        wires[name] = Wire(int(there))
        await asyncio.start_server(wires[name].accept, "127.0.0.1", int(here), backlog=512)

    async def told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = json.loads(await reader.readline())
        wire = wires[said["wire"]]
        struck = wire.struck
        if "hurt" in said:
            wire.change(Hurt(**said["hurt"]))
        writer.write(json.dumps({"struck": struck}).encode() + b"\n")
        writer.close()

    async with await asyncio.start_unix_server(told, place) as control:
        await control.serve_forever()


if __name__ == "__main__":
    try:
        import uvloop

        uvloop.run(_serve(Path(sys.argv[1]), sys.argv[2:]))
    except KeyboardInterrupt:
        pass
