"""One Kesu for the whole tier, on the best broker there is here, and a stage before it."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from kesu.home import Home
from kesu.playing.stage import Stage, stage
from tests.e2e.running import RunningKesu, own_broker, running_kesu
from tests.support import kafka, servers
from tests.support.kafka import KafkaServer


@pytest.fixture(scope="session")
def kesu(request: pytest.FixtureRequest) -> Iterator[RunningKesu]:
    """The Kesu of this run."""
    given = ""
    if kafka.ladder() in {"given", "container"}:
        server: KafkaServer = request.getfixturevalue("broker")
        given = server.bootstrap
    with running_kesu(own_broker(), given) as running:
        ran_on = f"a whole Kesu on {given or own_broker()}"
        request.config.stash[servers._RAN_ON].append(ran_on)
        yield running


@pytest.fixture(scope="session")
async def here(kesu: RunningKesu) -> AsyncIterator[Stage]:
    """A stage before it."""
    async with stage(kesu.home, kesu.dsn) as opened:
        yield opened


@pytest.fixture
async def database(kesu: RunningKesu) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees every schema."""
    connection = await asyncpg.connect(kesu.dsn)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def home(kesu: RunningKesu) -> Home:
    """Where it keeps its things."""
    return kesu.home
