"""What nemeses have in common: a hand on the database, on a door, on a server that must return."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

import asyncpg
import httpx

from kesu.playing.stage import Stage, stage
from tests.faults.fault import NotStruck, happened
from tests.faults.lab import Lab, Member
from tests.faults.stories import Stories
from tests.faults.watching import AWAY

BACK_SECONDS = 180.0
AGAIN_SECONDS = 0.5
FIRST_SECONDS = 30.0
"""For so long an empty Kesu may take to its first case."""
APP_ROLES = "usename ~ '^kesu_[a-z]+_app$'"
"""The sessions of services, in pg_stat_activity: nobody else is struck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knocked:
    """How a door answered: 0 for no answer."""

    status: int
    seconds: float
    headers: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def administrator(lab: Lab) -> AsyncIterator[asyncpg.Connection]:
    """A session of the administrator; waits for a server that is away. Raises NotStruck."""
    hand = await _connected(lab)
    try:
        yield hand
    finally:
        with suppress(*AWAY):
            await hand.close(timeout=5)


async def surely(lab: Lab, *statements: str) -> None:
    """Carries them out, however often the server goes away meanwhile: for healing."""
    for statement in statements:
        while True:
            try:
                async with administrator(lab) as hand:
                    await hand.execute(statement)
                break
            except (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError):
                await asyncio.sleep(AGAIN_SECONDS)


async def knock(
    client: httpx.AsyncClient, url: str, headers: dict[str, str] | None = None, within: float = 30.0
) -> Knocked:
    """GETs it. The client is the caller's: making one takes longer than most answers."""
    began = time.monotonic()
    try:
        answer = await client.get(url, headers=headers, timeout=within)
    except httpx.TransportError:
        return Knocked(status=0, seconds=time.monotonic() - began)
    return Knocked(
        status=answer.status_code,
        seconds=time.monotonic() - began,
        headers=dict(answer.headers),
    )


async def server_back(lab: Lab) -> None:
    """Starts PostgreSQL until it stays: what a killed one left behind may still be ending.

    From the main thread, because a child ends with the thread that started it.
    """
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        lab.postgres.begin()
        await happened(lambda: lab.postgres.ready() or lab.postgres.pid is None, within=60)
        if lab.postgres.ready():
            return
        await asyncio.sleep(AGAIN_SECONDS)
    raise TimeoutError("PostgreSQL did not come back")


@asynccontextmanager
async def claimed(lab: Lab, rng: random.Random, names: Sequence[str]) -> AsyncIterator[Member]:
    """One of these processes, for which nobody else has plans until the block ends."""
    free = [name for name in names if not lab.claims[name].locked()]
    name = rng.choice(free or names)
    async with lab.claims[name]:
        yield lab.members[name]


async def member_back(member: Member) -> None:
    """Raises TimeoutError when it does not get ready."""
    if not await happened(member.ready, within=BACK_SECONDS):
        raise TimeoutError(f"{member.name} did not come back")


async def everybody_back(lab: Lab) -> None:
    """Raises TimeoutError with the names of those that are not ready."""
    await asyncio.to_thread(lab.wait_ready)


NAMED = {"escalation": "cases", "compensation": "dossiers"}
"""Services that read their timers' names, with the kind of aggregate that has them."""


@asynccontextmanager
async def nonsense(lab: Lab, service: str) -> AsyncIterator[str]:
    """A timer whose name no code can read, due now; gone when the block ends. Raises NotStruck."""
    name, kind = f"nonsense-{uuid4().hex}", NAMED[service]
    try:
        await _armed(lab, service, kind, name)
        yield name
    finally:
        await surely(lab, _SENSE.format(s=service, n=name))


async def _armed(lab: Lab, service: str, kind: str, name: str) -> None:
    deadline = time.monotonic() + FIRST_SECONDS
    async with administrator(lab) as hand:
        while time.monotonic() < deadline:
            done = await hand.execute(_NONSENSE.format(s=service, k=kind), name, kind)
            if not done.endswith(" 0"):
                return
            await asyncio.sleep(AGAIN_SECONDS)
    raise NotStruck(f"{service} has no {kind} yet")


_SENSE = "delete from {s}.timers where name = '{n}'"
_NONSENSE = """
insert into {s}.timers (aggregate, name, kind, due_at)
select id, $1, $2, platform.business_now() - interval '1 s' from {s}.{k} order by random() limit 1
"""


@asynccontextmanager
async def more_stories(lab: Lab, rng: random.Random) -> AsyncIterator[None]:
    """Two more tellers while the block runs, so that what only stories reach is reached often.

    They are told to their end; one that goes otherwise is raised as an AssertionError.
    """
    async with on_stage(lab) as here:
        stories = Stories(here=here, rng=random.Random(rng.random()))
        going = asyncio.create_task(stories.run())
        try:
            yield
        finally:
            stories.ended.set()
            await going
    if stories.failed:
        raise AssertionError("; ".join(stories.failed))


@asynccontextmanager
async def on_stage(lab: Lab) -> AsyncIterator[Stage]:
    """The stage, as soon as every service says what it can do. Raises TimeoutError."""
    async with AsyncExitStack() as stack:
        yield await _entered(stack, lab)


async def _entered(stack: AsyncExitStack, lab: Lab) -> Stage:
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            return await stack.enter_async_context(stage(lab.home, lab.admin_dsn))
        await asyncio.sleep(AGAIN_SECONDS)
    raise TimeoutError("a service did not say what it can do")


async def _connected(lab: Lab) -> asyncpg.Connection:
    deadline = time.monotonic() + BACK_SECONDS
    while time.monotonic() < deadline:
        with suppress(*AWAY):
            return await lab.connect()
        await asyncio.sleep(AGAIN_SECONDS)
    raise NotStruck("the database was away")
