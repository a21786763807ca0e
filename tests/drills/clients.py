"""Clients of a drill that know one address; behind it a balancer chooses."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from kesu.playing.stage import ANSWER_SECONDS, Stage
from tests.drills.balancing import Balancer
from tests.drills.drill import Drill
from tests.faults.clients import Clients

SEED = 1


class Balanced(Clients):
    """Clients that know one address; behind it a balancer chooses."""

    __slots__ = ()

    def _origin(self, service: str) -> str:
        return f"http://{service}.test"


@asynccontextmanager
async def asking_through(
    balancer: Balancer, drill: Drill, *, at_once: int, pause: float
) -> AsyncIterator[tuple[Stage, asyncio.Event]]:
    """Complaints and tickets while the block runs; they keep the drill's books.

    Yields the stage behind the balancer, and the event that says that they end.
    """
    async with httpx.AsyncClient(
        transport=balancer, base_url="http://kesu.test", timeout=ANSWER_SECONDS
    ) as client:
        here = replace(drill.here, player=replace(drill.here.player, client=client))
        clients = Balanced(
            here=here, home=drill.lab.home, rng=random.Random(SEED), books=drill.clients.books
        )
        running = asyncio.create_task(clients.run(at_once=at_once, pause=pause))
        try:
            yield here, clients.ended
        finally:
            clients.ended.set()
            await running
