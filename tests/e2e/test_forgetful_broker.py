"""A broker that forgets everything with every start: what was on its way is sent again."""

import signal
from collections.abc import Iterator
from uuid import UUID

import asyncpg
import pytest

from kesu.playing.stage import stage
from tests.e2e.load import Load
from tests.e2e.oracle import broken, lost_or_doubled, undelivered
from tests.e2e.running import RunningKesu, running_kesu, until

REGISTERED = 10
LISTENER = "escalation"


@pytest.fixture(scope="module")
def forgetful() -> Iterator[RunningKesu]:
    """A Kesu on the embedded broker, which keeps nothing on disk."""
    with running_kesu("tansu") as running:
        yield running


async def test_what_the_broker_lost_is_republished_and_heard_once(forgetful: RunningKesu) -> None:
    database = await asyncpg.connect(forgetful.dsn)
    async with stage(forgetful.home, forgetful.dsn) as here:
        load = Load(here)
        forgetful.kill(LISTENER, signal.SIGSTOP)
        for _ in range(REGISTERED):
            await load.register()

        async def sent() -> bool:
            return bool(await database.fetchval("select count(*) = 0 from intake.outbox"))

        await until(sent, what="intake has handed everything to the broker")
        assert await heard(database, load.accepted) == 0, "the listener stands still"
        gone = forgetful.kill("broker")
        forgetful.kill(LISTENER, signal.SIGCONT)

        async def back() -> bool:
            return forgetful.is_back("broker", gone)

        await until(back, what="the supervisor has started another broker")

        async def settled() -> bool:
            return not await undelivered(database) and not await lost_or_doubled(
                database, load.accepted
            )

        await until(settled, what="what the old broker forgot was sent again")
    assert await heard(database, load.accepted) == REGISTERED
    assert await broken(database) == []
    await database.close()


async def heard(database: asyncpg.Connection, complaints: set[UUID]) -> int:
    """How many of them the listener has a case of."""
    counted: int = await database.fetchval(
        "select count(*) from escalation.cases where id = any($1)", list(complaints)
    )
    return counted
