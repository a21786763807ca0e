"""One Kesu for the whole tier, on the best broker there is here, and a stage before it."""

from collections.abc import AsyncIterator, Generator, Iterator

import asyncpg
import pytest

from kesu.home import Home
from kesu.playing.stage import Stage, stage
from tests.e2e.running import RunningKesu, own_broker, running_kesu
from tests.support import kafka, servers
from tests.support.kafka import KafkaServer

SAID = 4000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what the supervisor said."""
    report = yield
    running = getattr(item, "funcargs", {}).get("kesu")
    if report.failed and isinstance(running, RunningKesu):
        report.sections.append(("what Kesu said", running.said[-SAID:]))
    return report


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
