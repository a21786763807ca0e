"""Ten ways to build the spine wrongly: each is convicted where the honest way passes.

A check that no broken implementation fails proves nothing; the mutants live here and nowhere else.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.contracts.registry import topic_of
from shared.plumbing.applying import Applying
from shared.plumbing.platform import STATEMENTS
from shared.plumbing.relay import Relay
from shared.plumbing.shell import Shell
from shared.plumbing.timers import Timers
from shared.plumbing.together import Workbench
from shared.plumbing.writing import write
from tests.faults.mutants import others, relays, scenarios
from tests.faults.mutants.ground import Ground, new_ground
from tests.faults.oracle import Verdict
from tests.support.kafka import KafkaServer
from tests.support.postgres import PostgresServer

Scenario = Callable[..., Awaitable[list[Verdict]]]


@dataclass(frozen=True, slots=True)
class Case:
    """A schedule, the honest part and the broken one, and the verdict that tells them apart."""

    name: str
    play: Scenario
    honest: Any
    mutant: Any
    convicts: str
    listens: bool = False


CASES = (
    Case("cursor relay", scenarios.a_commit_comes_late, Relay, relays.CursorRelay, "I3"),
    Case(
        "rows skipped when locked",
        scenarios.a_worker_stalls_before_it_sends,
        Relay,
        relays.RowRelay,
        "I4",
    ),
    Case(
        "acknowledged before sent",
        scenarios.a_worker_dies_before_it_sends,
        Relay,
        relays.HastyRelay,
        "I3",
    ),
    Case("no epoch", scenarios.a_zombie_wakes_up, Relay, relays.EpochlessRelay, "I3"),
    Case(
        "offset for sequence",
        scenarios.a_fact_lies_at_two_offsets,
        Applying,
        others.OffsetApplying,
        "I3",
        listens=True,
    ),
    Case("answer before commit", scenarios.a_commit_fails, Shell, others.EarlyShell, "I1"),
    Case(
        "the process's clock",
        scenarios.the_database_is_ahead,
        Timers,
        others.ProcessClockTimers,
        "I7",
    ),
    Case(
        "timers before aggregates",
        scenarios.a_command_meets_its_timer,
        Timers,
        others.HeadlongTimers,
        "deadlocks",
    ),
    Case(
        "seq for fact sequence",
        scenarios.facts_and_other_events_mix,
        Workbench,
        others.SeqBench,
        "I4",
    ),
    Case(
        "a key without its effect",
        scenarios.a_key_meets_a_stale_version,
        write,
        others.ungated_write,
        "I14",
    ),
)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
async def test_the_honest_way_passes(case: Case, grounds: list[Ground]) -> None:
    verdicts = await case.play(*_needed(case, grounds), case.honest)
    assert _guilty(verdicts) == {}


@each_case
async def test_the_mutant_is_convicted(case: Case, grounds: list[Ground]) -> None:
    verdicts = await case.play(*_needed(case, grounds), case.mutant)
    assert case.convicts in _guilty(verdicts)


def _guilty(verdicts: Sequence[Verdict]) -> dict[str, tuple[str, ...]]:
    return {each.name: each.found for each in verdicts if not each.ok}


def _needed(case: Case, grounds: list[Ground]) -> list[Ground]:
    return grounds if case.listens else grounds[:1]


@pytest.fixture(scope="session", name="field")
async def _field(postgres: PostgresServer) -> AsyncIterator[str]:
    """A database of this file's own."""
    name = f"mutants_{os.getpid()}"
    admin = await asyncpg.connect(postgres.admin_dsn)
    await admin.execute(f'create database "{name}"')
    dsn = postgres.dsn(name)
    connection = await asyncpg.connect(dsn)
    for statement in STATEMENTS:
        await connection.execute(statement)
    await connection.close()
    yield dsn
    await admin.execute(f'drop database "{name}" with (force)')
    await admin.close()


@pytest.fixture(name="grounds")
async def _grounds(
    request: pytest.FixtureRequest, field: str, broker: KafkaServer
) -> AsyncIterator[list[Ground]]:
    """A service with its topic, and another beside it that may listen."""
    listens = request.node.callspec.params["case"].listens
    found = [await new_ground(field, broker) for _ in range(1 + listens)]
    await _make_topic(broker, topic_of(found[0].service))
    yield found
    for each in found:
        await each.close()


async def _make_topic(server: KafkaServer, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
