"""Every process of every service is restarted under load, and nobody who asks notices."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from kesu.home import SERVICES
from kesu.playing.player import NotAsExpected
from kesu.playing.stage import Stage
from tests.drills.balancing import Balancer, balanced
from tests.drills.clients import asking_through
from tests.drills.drill import Drill, drilling
from tests.drills.recording import is_long
from tests.drills.rolling import READY_SECONDS, Restart, restart, twins
from tests.faults.lab import Lab
from tests.faults.stories import standing

GRACE_SECONDS = 3.0
DRAIN_SECONDS = 28.0
ROUNDS_LONG = 3
AT_ONCE, PAUSE = 4, 0.1
SOON_SECONDS = 240.0


async def test_nobody_notices_that_every_process_is_restarted(laboratory: Lab) -> None:
    page = "rolling-restart"
    async with drilling(laboratory, page, page=page, loaded=False) as drill:
        with twins(laboratory) as places:
            async with balanced(places, READY_SECONDS) as balancer, _asking(drill, balancer):
                await drill.load(1)
                restarts = await _rounds(laboratory, balancer)
                await drill.load(10)
        await drill.runbook.perform("kesu parked list")
        drill.problems += [*balancer.failures, *_improper(restarts)]
        drill.figures |= _figures(restarts, balancer)


async def _rounds(lab: Lab, balancer: Balancer) -> list[Restart]:
    """Long: one process after the other, three times. Else one of each service, then the other."""
    if not is_long():
        return [each for suffix in ("", "-b") for each in await _wave(lab, balancer, suffix)]
    members = [name for service in SERVICES for name in (service, f"{service}-b")]
    return [
        await restart(lab, lab.members[name], balancer)
        for _ in range(ROUNDS_LONG)
        for name in members
    ]


async def _wave(lab: Lab, balancer: Balancer, suffix: str) -> list[Restart]:
    chosen = [lab.members[f"{service}{suffix}"] for service in SERVICES]
    return list(await asyncio.gather(*(restart(lab, each, balancer) for each in chosen)))


@asynccontextmanager
async def _asking(drill: Drill, balancer: Balancer) -> AsyncIterator[None]:
    """Complaints, tickets and whole stories; the last one is told to its end."""
    async with asking_through(balancer, drill, at_once=AT_ONCE, pause=PAUSE) as (here, ended):
        telling = asyncio.create_task(_tell(here, drill, ended))
        yield
        ended.set()
        await telling


async def _tell(here: Stage, drill: Drill, ended: asyncio.Event) -> None:
    """Stories of several persons over all services, without any patience for silence."""
    player, rng = replace(here.player, soon_seconds=SOON_SECONDS), random.Random(2)
    stories = await asyncio.to_thread(standing)
    while not ended.is_set():
        try:
            await player.play(rng.choice(stories))
        except (NotAsExpected, httpx.TransportError) as wrong:
            drill.problems.append(str(wrong) or type(wrong).__name__)
            await asyncio.sleep(1)
        drill.figures["stories"] = drill.figures.get("stories", 0) + 1


def _improper(restarts: list[Restart]) -> list[str]:
    """Who closed the door too early, ended badly or too late."""
    return [
        f"improper: {each}"
        for each in restarts
        if each.status != 0
        or each.told_s < GRACE_SECONDS - each.blind_s
        or each.ended_s > DRAIN_SECONDS
    ]


def _figures(restarts: list[Restart], balancer: Balancer) -> dict[str, object]:
    return {
        "restarts": len(restarts),
        "unsafe requests": sum(balancer.asked.values()),
        "failed requests": len(balancer.failures),
        "not_ready_before_close_s": min(each.told_s for each in restarts),
        "slowest_end_s": max(each.ended_s for each in restarts),
    }
