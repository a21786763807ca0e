"""The supervisor ends, stands still or is cut off at each of its points; Kesu comes back whole."""

import asyncio
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import chain

import pytest

from kesu.home import PROJECT
from tests.drills.drill import Drill, drilling
from tests.drills.patience import eventually
from tests.drills.recording import is_long
from tests.drills.runbook import Stopwatch
from tests.drills.supervised import READY_SECONDS, Supervised, TooSlow, supervised
from tests.e2e.running import environment
from tests.faults.mischief import KILLED, Mode

STORED, PREPARED = "supervisor.stored", "supervisor.prepared"
STARTED, READY = "supervisor.started", "supervisor.ready"
MENDING = "supervisor.mending"
LOAD = 8
HELD_SECONDS = 2.0
TRIES = 3
ALREADY_RUNNING = 1
PAGE = "supervisor-killed"
ROW = {Mode.EXIT: "F8", Mode.STOP: "F7", Mode.RESET: "F8"}
HALTS = (
    ((STORED, Mode.STOP), (PREPARED, Mode.STOP), (STARTED, Mode.STOP), (READY, Mode.STOP)),
    ((STORED, Mode.RESET), (PREPARED, Mode.STOP), (STARTED, Mode.RESET)),
    ((PREPARED, Mode.RESET), (READY, Mode.RESET)),
)
"""Points come too quickly one after the other to plan each anew, hence three starts."""

long = pytest.mark.skipif(not is_long(), reason="takes minutes: KESU_DRILLS=long")


async def test_a_supervisor_killed_while_mending_leaves_nothing_behind() -> None:
    await _killed_at("tansu", MENDING)


@long
async def test_so_does_one_with_apache_kafka() -> None:
    await _killed_at("kafka", MENDING)


@long
async def test_a_supervisor_killed_anywhere_leaves_nothing_behind() -> None:
    await _killed_at("tansu", MENDING, STORED, PREPARED, STARTED, READY)


@long
async def test_a_supervisor_that_stands_still_or_is_cut_off_goes_on() -> None:
    with supervised("tansu") as kesu:
        for each in HALTS:
            await asyncio.to_thread(_through, kesu, each)
        async with drilling(kesu.lab, "supervisor-halted", page=PAGE) as drill:
            await drill.load(LOAD)
            await _lose_broker(kesu, Mode.RESET)
            kesu.kill("broker")  # again, while it is being mended
            await drill.load(LOAD, within=READY_SECONDS)
            await _lose_broker(kesu, Mode.STOP)
            await drill.load(LOAD, within=READY_SECONDS)
            for point, mode in [*chain.from_iterable(HALTS), (MENDING, Mode.RESET)]:
                drill.suffered(ROW[mode], point, mode)
            drill.suffered(ROW[Mode.STOP], MENDING, Mode.STOP)
            drill.figures["halts"] = drill.struck.total()
            await _look_after(drill)


async def _killed_at(broker: str, *points: str) -> None:
    """The first kill comes under load; each `up` after it is killed at the next point."""
    with supervised(broker) as kesu:
        await _up(kesu)
        name = f"supervisor-killed at {len(points)} points"
        async with drilling(kesu.lab, name, page=PAGE) as drill:
            await drill.load(LOAD)
            for point in points:
                drill.problems += await asyncio.to_thread(_killed, kesu, point)
                drill.suffered(ROW[Mode.EXIT], point, Mode.EXIT)
            watch = Stopwatch()
            await _up(kesu)
            drill.figures |= {"kills": len(points), "up_again_s": watch.seconds}
            await drill.load(LOAD)
            await _look_after(drill)


async def _up(kesu: Supervised) -> None:
    """On a machine that is very busy, it may take a supervisor more than the time it gives."""
    for _ in range(TRIES - 1):
        kesu.up()
        with suppress(TooSlow):
            return await asyncio.to_thread(kesu.wait_ready)
    kesu.up()
    return await asyncio.to_thread(kesu.wait_ready)


def _killed(kesu: Supervised, point: str) -> list[str]:
    """It ends at the point as by kill -9; what is wrong afterwards."""
    plan = kesu.arm(point, Mode.EXIT)
    if point == MENDING:
        kesu.kill("broker")
    else:
        kesu.up()
    kesu.wait_fired(plan)
    status = kesu.status()
    found = [f"outlives its supervisor after {point}: {each}" for each in kesu.left_over()]
    return found if status == KILLED else [*found, f"ended with {status} at {point}"]


def _through(kesu: Supervised, halts: tuple[tuple[str, Mode], ...]) -> None:
    """One start that suffers at each of these points in turn, then an orderly end.

    The last one's Kesu is left running.
    """
    plan = kesu.arm(*halts[0])
    kesu.up()
    for place, (_, mode) in enumerate(halts):
        kesu.wait_fired(plan)
        if halts[place + 1 :]:
            plan = kesu.arm(*halts[place + 1])
        if mode is Mode.STOP:
            assert _second_up(kesu) == ALREADY_RUNNING, "one that stands still still has its lock"
            kesu.signal(signal.SIGCONT)
    kesu.wait_ready()
    if halts is not HALTS[-1]:
        kesu.signal(signal.SIGTERM)
        assert (kesu.status(), kesu.left_over()) == (0, []), kesu.said


def _second_up(kesu: Supervised) -> int:
    words = [sys.executable, "-m", "kesu", "up"]
    told = environment(kesu.home)
    return subprocess.run(words, check=False, cwd=PROJECT, env=told, capture_output=True).returncode


async def _lose_broker(kesu: Supervised, mode: Mode) -> None:
    """The broker ends, and the supervisor suffers as it is about to start it again."""
    before, plan = kesu.pid("broker"), kesu.arm(MENDING, mode)
    kesu.kill("broker")
    await asyncio.to_thread(kesu.wait_fired, plan)
    if mode is Mode.STOP:
        await asyncio.sleep(HELD_SECONDS)
        kesu.signal(signal.SIGCONT)
    what = f"another broker after {mode}"
    await eventually(lambda: kesu.pid("broker") not in {before, 0}, within=READY_SECONDS, what=what)


async def _look_after(drill: Drill) -> None:
    """What the page says to do once it is started again."""
    drill.runbook.take("kesu up")
    async with asyncio.timeout(READY_SECONDS):
        await drill.runbook.perform("kesu status")
    await drill.runbook.perform("kesu parked list")
    await drill.runbook.perform("kesu journal verify")
