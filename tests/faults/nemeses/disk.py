"""F14: the disk is full under the log, the tables, or a service's own log.

The place that fills up is a tmpfs of the run's own, laid over the folder for as long as the fault
lasts; that needs the right to mount.
"""

import asyncio
import random
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import asyncpg

from kesu.home import SERVICES
from tests.faults.fault import Fault, NotStruck, happened, insist
from tests.faults.hands import administrator, everybody_back, member_back, server_back
from tests.faults.lab import Lab
from tests.faults.watching import AWAY

Striking = Callable[[Lab, random.Random], Awaitable[int]]

FULL_SECONDS = 8.0
ITSELF_SECONDS = 15.0
ROOM = 48 * 1024 * 1024
"""What is left on the small disk before it is filled up."""
LOG_DISK = 1024 * 1024
CHUNK = bytes(65536)
BALLAST = "ballast"
SEGMENTS = 30
_SEGMENT = "select pg_logical_emit_message(false, 'fault', ''), pg_switch_wal()"
NO_SPACE = b"No space left on device"


def faults() -> list[Fault]:
    """Write-ahead log, tables, and the log of each service."""
    parts = [
        _fault("wal-full", fill_database("pg_wal")),
        _fault("tables-full", fill_database("base")),
    ]
    return [*parts, *(_fault(f"log-full:{name}", fill_log(name)) for name in SERVICES)]


def _fault(name: str, strike: Striking) -> Fault:
    return Fault(name=name, row="F14", victims=frozenset({"postgres"}), strike=strike, alone=True)


def fill_database(part: str) -> Striking:
    """No byte more for a part of PostgreSQL's folder: it refuses or stops, and comes back.

    Nobody repairs anything by hand: once there is room again, starting it is all.
    """

    async def strike(lab: Lab, _rng: random.Random) -> int:
        place = lab.postgres.data / part
        async with _moved_to_small_disk(lab, place):
            before = _refusals(lab)
            with _filled(place):
                await _keep_writing(lab)
            await _accepting(lab)
            await everybody_back(lab)
            refused = _refusals(lab) - before
        if not refused:
            raise NotStruck("nothing needed room meanwhile")
        return 1

    return strike


def fill_log(name: str) -> Striking:
    """A service whose log has no room serves on: a line may be lost, work never."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        member, small = lab.members[name], lab.home.folder / f"full-{name}"
        usual = member.program
        with _mounted(small, LOG_DISK):
            member.program = replace(usual, log=small / f"{name}.log")
            try:
                await _again(lab, name)
                starts = member.starts
                with _filled(small):
                    await _lose_sessions(lab, name)
                    await asyncio.sleep(FULL_SECONDS)
                    insist(member.starts == starts, f"{name} ended when its log was full")
                    insist(await happened(member.ready, within=30), f"{name} was not ready again")
            finally:
                member.program = usual
                await _again(lab, name)
                shutil.copy(small / f"{name}.log", lab.home.log(f"{name}-full"))
        return 1

    return strike


async def _keep_writing(lab: Lab) -> None:
    """Uses up segment after segment of the log, also those that lie ready to be used again."""
    until = time.monotonic() + FULL_SECONDS
    while time.monotonic() < until:
        with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            hand = await asyncpg.connect(lab.admin_dsn, timeout=3)
            try:
                for _ in range(SEGMENTS):
                    await hand.execute(_SEGMENT, timeout=3)
            finally:
                hand.terminate()
        await asyncio.sleep(1)


async def _accepting(lab: Lab) -> None:
    """With room again it comes back by itself, or by being started anew: nothing else is done."""
    for _ in range(int(ITSELF_SECONDS)):
        with suppress(*AWAY):
            await (await lab.connect()).close()
            return
        await asyncio.sleep(1)
    await asyncio.to_thread(lab.postgres.stop, "immediate")
    await server_back(lab)


async def _again(lab: Lab, name: str) -> None:
    """Killed, started by the keeper, ready."""
    member = lab.members[name]
    starts = member.starts
    member.signal(signal.SIGKILL)
    await happened(lambda: member.starts > starts, within=30)
    await member_back(member)


async def _lose_sessions(lab: Lab, name: str) -> None:
    """Something to complain about."""
    async with administrator(lab) as hand:
        await hand.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1",
            f"kesu_{name}_app",
        )


@asynccontextmanager
async def _moved_to_small_disk(lab: Lab, place: Path) -> AsyncIterator[None]:
    """The folder lies on a tmpfs with little room while the block runs."""
    side = lab.postgres.data.parent / f"small-{place.name}"
    await asyncio.to_thread(lab.postgres.stop, "fast")
    try:
        with _mounted(side, _size(place) + ROOM, like=place):
            _copy(place, side)
            _mount("--bind", str(side), str(place))
            try:
                await server_back(lab)
                await everybody_back(lab)
                yield
            finally:
                await asyncio.to_thread(lab.postgres.stop, "fast")
                _run("umount", str(place))
                _copy(side, place)
    finally:
        await server_back(lab)
        await everybody_back(lab)


@contextmanager
def _mounted(place: Path, size: int, *, like: Path | None = None) -> Iterator[None]:
    """A tmpfs of so many bytes. Raises NotStruck without the right to mount."""
    place.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "kesu-faults", str(place))
    try:
        if like:
            shutil.copystat(like, place)
            shutil.chown(place, like.stat().st_uid, like.stat().st_gid)
        yield
    finally:
        _run("umount", str(place))


@contextmanager
def _filled(place: Path) -> Iterator[None]:
    """Not a byte of room below the folder until the block ends."""
    ballast = place / BALLAST
    try:
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(CHUNK):
                pass
        yield
    finally:
        ballast.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    for each in target.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    _run("cp", "-a", f"{source}/.", str(target))


def _mount(*words: str) -> None:
    try:
        _run("mount", *words)
    except (OSError, subprocess.CalledProcessError) as refused:
        raise NotStruck("this account may not mount a tmpfs") from refused


def _run(*words: str) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _size(place: Path) -> int:
    return sum(each.stat().st_size for each in place.rglob("*") if each.is_file())


def _refusals(lab: Lab) -> int:
    """How often PostgreSQL had no room."""
    return lab.home.log("postgres").read_bytes().count(NO_SPACE)
