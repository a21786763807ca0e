"""A Kafka to test on, the most real one there is here. Never none.

KESU_TEST_KAFKA → a container if a Docker engine answers → Apache Kafka's jars by Maven → the
embedded broker. KESU_TEST_BROKER=container|kafka|tansu takes one rung and fails without it.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from kesu.embedded import kafka
from kesu.embedded.brokers import Broker
from kesu.embedded.kafka import EmbeddedKafka
from kesu.embedded.processes import free_port, wait_until
from kesu.embedded.tansu import EmbeddedTansu
from kesu.embedded.wire import broker_answers
from tests.support.postgres import folder

ENGINE_SECONDS = 5.0
CONTAINER_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaServer:
    """A broker that is up. `flavour` is `kafka` or `tansu`; `embedded` is set where it is ours."""

    bootstrap: str
    kind: str
    flavour: str
    incarnation: str = ""
    embedded: Broker | None = None


@cache
def ladder() -> str:
    """Which rung a run would take: `given`, `container`, `kafka` or `tansu`."""
    if os.environ.get("KESU_TEST_KAFKA"):
        return "given"
    wanted = os.environ.get("KESU_TEST_BROKER")
    if wanted:
        return wanted
    if _docker_answers():
        return "container"
    return "kafka" if kafka.available() else "tansu"


@contextmanager
def kafka_server() -> Iterator[KafkaServer]:
    """A broker for as long as the block runs."""
    match ladder():
        case "given":
            flavour = os.environ.get("KESU_TEST_KAFKA_FLAVOUR", "kafka")
            given = os.environ["KESU_TEST_KAFKA"]
            yield KafkaServer(bootstrap=given, kind="KESU_TEST_KAFKA", flavour=flavour)
        case "container":
            with _container() as server:
                yield server
        case "kafka":
            with apache_kafka() as server:
                yield server
        case _:
            with tansu() as server:
                yield server


@contextmanager
def apache_kafka() -> Iterator[KafkaServer]:
    """Apache Kafka from its jars, whatever the ladder says."""
    with folder() as home:
        ours = EmbeddedKafka(
            home=home, port=free_port(), controller_port=free_port(), log=home / "kafka.log"
        )
        kind = f"Apache Kafka {kafka.version()} (Maven)"
        with _running(ours, kind) as server:
            yield server


@contextmanager
def tansu() -> Iterator[KafkaServer]:
    """The embedded broker, whatever the ladder says."""
    with (
        folder() as home,
        _running(
            EmbeddedTansu(port=free_port(), log=home / "tansu.log"), "Tansu (wheel)"
        ) as server,
    ):
        yield server


@contextmanager
def _running(ours: Broker, kind: str) -> Iterator[KafkaServer]:
    try:
        ours.begin()
        ours.wait_ready()
        yield KafkaServer(
            bootstrap=ours.bootstrap,
            kind=kind,
            flavour=ours.flavour,
            incarnation=ours.incarnation,
            embedded=ours,
        )
    finally:
        ours.stop()


@contextmanager
def _container() -> Iterator[KafkaServer]:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - only with Docker

    port = free_port()
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    image = DockerContainer(f"apache/kafka:{kafka.version()}").with_bind_ports(port, port)
    for name, value in settings.items():
        image.with_env(name, value)
    with image:
        wait_until(lambda: broker_answers(port), within=CONTAINER_SECONDS, what="Kafka", child=None)
        kind = f"Apache Kafka {kafka.version()} (container)"
        yield KafkaServer(bootstrap=f"127.0.0.1:{port}", kind=kind, flavour="kafka")


def _docker_answers() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    command = [docker, "version", "--format", "{{.Server.Version}}"]
    try:
        asked = subprocess.run(command, check=False, capture_output=True, timeout=ENGINE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0
