"""Kafka is lost with all its data, under load: PostgreSQL is the record, nothing else is."""

import asyncio
import shutil
import signal
from contextlib import suppress

import asyncpg
import pytest

from kesu.embedded.kafka import EmbeddedKafka
from kesu.embedded.processes import StartFailed
from kesu.home import SERVICES
from shared.contracts.registry import LISTENS
from shared.plumbing.broker import Broker
from tests.drills.drill import drilling
from tests.drills.runbook import Stopwatch
from tests.e2e.running import until
from tests.faults.lab import Lab

LOAD = 15
LISTENER = "escalation"
NEW_LIFE_SECONDS = 240.0
TRIES = 4


async def test_kafka_is_lost_with_all_its_data_and_nobody_misses_a_fact(laboratory: Lab) -> None:
    broker = laboratory.broker
    if not isinstance(broker, EmbeddedKafka):
        pytest.skip("no Apache Kafka here; tests/e2e/test_forgetful_broker.py has the embedded one")
    before = await _cluster(laboratory)
    async with drilling(laboratory, "kafka-lost", page="kafka-lost") as drill:
        await drill.load(LOAD)
        laboratory.members[LISTENER].signal(signal.SIGSTOP)
        await drill.load(LOAD)
        lost = Stopwatch()
        await asyncio.to_thread(_wipe, broker)
        laboratory.forgot = True
        laboratory.members[LISTENER].signal(signal.SIGCONT)
        await drill.load(LOAD)
        await asyncio.to_thread(_begun_anew, broker)
        drill.figures["broker_back_s"] = lost.seconds
        await drill.runbook.perform("kesu prepare-topics")
        said = await drill.runbook.perform("kesu republish --missing")
        drill.figures["republished"] = _republished(said)
        drill.figures["heard_again_s"] = await _all_begin_anew(laboratory, lost)
        await drill.load(LOAD)
        await drill.runbook.perform("kesu parked list")
        await drill.runbook.perform("kesu journal verify")
        assert await _cluster(laboratory) != before, "another broker by its own word"
    assert drill.figures["republished"] > 0, "there was something to miss"


def _wipe(broker: EmbeddedKafka) -> None:
    broker.kill()
    shutil.rmtree(broker.home / "data")


def _begun_anew(broker: EmbeddedKafka) -> None:
    """Formatted with another id and started; a busy machine takes its time."""
    broker.begin()
    for _ in range(TRIES - 1):
        with suppress(StartFailed):
            return broker.wait_ready()
    return broker.wait_ready()


async def _cluster(lab: Lab) -> str:
    own = lab.broker
    return await Broker(bootstrap=own.bootstrap, flavour=own.flavour).find_incarnation()


def _republished(said: str) -> int:
    """The sum of `intake: 12 facts to send again`."""
    return sum(int(line.split()[1]) for line in said.splitlines() if "facts to send again" in line)


async def _all_begin_anew(lab: Lab, lost: Stopwatch) -> float:
    """How long until every listener reads the new broker's topics from their beginning."""
    cluster, connection = await _cluster(lab), await lab.connect()

    async def all_begun() -> bool:
        return not await _not_yet(connection, cluster)

    try:
        await until(all_begun, what="all have begun anew", within=NEW_LIFE_SECONDS)
    finally:
        await connection.close()
    return lost.seconds


async def _not_yet(connection: asyncpg.Connection, cluster: str) -> list[str]:
    """Who has no position in this incarnation for some topic it listens to."""
    return [
        f"{service} of {source}"
        for service in SERVICES
        for source in LISTENS[service]
        if not await connection.fetchval(_POSITION.format(s=service), cluster, f"%.{source}.%")
    ]


_POSITION = "select count(*) from {s}.offsets where incarnation = $1 and topic like $2"
