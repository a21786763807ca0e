"""kill -9 of anything in the middle of things: it recovers by itself, nothing lost or doubled."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from http import HTTPStatus
from itertools import cycle, islice

import asyncpg
import pytest

from kesu.home import SERVICES
from kesu.playing.player import Player
from kesu.playing.stage import Stage
from tests.e2e.load import Load, under_load
from tests.e2e.oracle import broken, lost_or_doubled, undelivered
from tests.e2e.running import PATIENCE_SECONDS, RunningKesu, until
from tests.faults.stories import standing
from tests.support import kafka

AT_ONCE = 3
REGISTERED_MEANWHILE = 10
OWNS_BROKER = kafka.ladder() not in {"given", "container"}

VICTIMS = [
    ("intake", "escalation"),
    ("compensation", "followup"),
    ("insights", "gateway"),
    ("postgres",),
    *([("broker",)] if OWNS_BROKER else []),
]


@pytest.fixture(scope="module")
def player(here: Stage) -> Player:
    """One who asks again, with the same key, until somebody answers."""
    return replace(here.player, patience_seconds=PATIENCE_SECONDS, soon_seconds=PATIENCE_SECONDS)


@asynccontextmanager
async def told(kesu: RunningKesu) -> AsyncIterator[asyncpg.Connection]:
    """The database, once everything is delivered: nothing waits, nobody is behind."""

    async def settled() -> bool:
        connection = await asyncpg.connect(kesu.dsn)
        try:
            return not await undelivered(connection)
        finally:
            await connection.close()

    await until(settled, what="everything is delivered")
    connection = await asyncpg.connect(kesu.dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def require_whole(kesu: RunningKesu, load: Load) -> None:
    """Fails with what is lost, doubled or broken."""
    async with told(kesu) as database:
        assert await lost_or_doubled(database, load.accepted) == []
        assert await broken(database) == []


@pytest.mark.parametrize("victims", VICTIMS, ids="-and-".join)
async def test_whoever_is_killed_the_stories_go_on(
    kesu: RunningKesu, here: Stage, player: Player, victims: tuple[str, ...]
) -> None:
    first = VICTIMS.index(victims)
    stories = list(islice(cycle(standing()), first, first + AT_ONCE))
    steps = 0

    def count(_: object) -> None:
        nonlocal steps
        steps += 1

    async with under_load(here) as load:
        playing = [asyncio.create_task(player.play(story, count)) for story in stories]

        async def begun() -> bool:
            return steps >= AT_ONCE * 2 or any(task.done() for task in playing)

        await until(begun, what="the stories have begun")
        gone = {victim: kesu.kill(victim) for victim in victims}

        async def back() -> bool:
            return all(kesu.is_back(victim, pid) for victim, pid in gone.items())

        await until(back, what=f"the supervisor has started {victims} again")
        await asyncio.gather(*playing)
    await require_whole(kesu, load)


@pytest.mark.skipif(not OWNS_BROKER, reason="the broker is somebody else's")
async def test_without_a_broker_everything_is_accepted_and_told_later(
    kesu: RunningKesu, here: Stage
) -> None:
    load = Load(here)
    stopped = kesu.kill("broker", signal.SIGSTOP)
    try:
        accepted = [await load.register() for _ in range(REGISTERED_MEANWHILE)]
        assert load.away == 0, "intake needs no broker to accept"
        database = await asyncpg.connect(kesu.dsn)
        cases = "select count(*) from escalation.cases where id = any($1)"
        assert await database.fetchval(cases, accepted) == 0, "nobody can have heard of them"
        await database.close()
    finally:
        kesu.kill("broker", signal.SIGCONT)
    assert kesu.pid("broker") == stopped
    await require_whole(kesu, load)


async def test_without_postgres_callers_are_told_when_to_come_back_and_no_service_restarts(
    kesu: RunningKesu, here: Stage
) -> None:
    before = {service: kesu.pid(service) for service in SERVICES}
    load = Load(here)
    gone = kesu.kill("postgres")

    async def refused() -> bool:
        headers = here.player.headers_of("auto-demo", "clerk")
        answer = await here.player.client.get("/intake/v1/complaints", headers=headers)
        away = answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert away or answer.status_code == HTTPStatus.OK, answer.text
        return away and "retry-after" in answer.headers

    await until(refused, what="a 503 that says when to come back")

    async def back() -> bool:
        return kesu.is_back("postgres", gone)

    await until(back, what="the supervisor has started PostgreSQL again")
    await load.register()
    await require_whole(kesu, load)
    assert {service: kesu.pid(service) for service in SERVICES} == before
