"""A pytest plugin: `postgres` and `broker`, each started at most once per run.

Named in `pytest_plugins` of tests/conftest.py. The run says at its end what it really ran on.
"""

from collections.abc import Iterator

import pytest

from tests.support import kafka, postgres
from tests.support.kafka import KafkaServer, kafka_server
from tests.support.postgres import PostgresServer, postgres_server

_RAN_ON = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Remember which servers start."""
    config.stash[_RAN_ON] = []


def pytest_report_header() -> str:
    """What this run would take, should a test ask for it."""
    return f"PostgreSQL by {postgres.ladder()}, broker by {kafka.ladder()}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What this run really ran on; also under -q."""
    ran_on = terminalreporter.config.stash[_RAN_ON]
    terminalreporter.write_line(f"ran on: {', '.join(ran_on) or 'no server'}")


@pytest.fixture(scope="session", name="postgres")
def _postgres(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """The PostgreSQL server of this run."""
    with postgres_server() as server:
        pytestconfig.stash[_RAN_ON].append(f"PostgreSQL ({server.kind})")
        yield server


@pytest.fixture(scope="session", name="broker")
def _broker(pytestconfig: pytest.Config) -> Iterator[KafkaServer]:
    """The broker of this run."""
    with kafka_server() as server:
        pytestconfig.stash[_RAN_ON].append(server.kind)
        yield server
