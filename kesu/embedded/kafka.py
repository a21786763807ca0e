"""Apache Kafka 4 from its own jars: one node that is broker and controller, its data kept."""

import os
import re
import shutil
import signal
import subprocess
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from kesu.embedded.processes import Program, spawn, stop, wait_until
from kesu.embedded.wire import broker_answers

START_SECONDS = 90.0
STOP_SECONDS = 20.0
DOWNLOAD_SECONDS = 900.0
HEAP = "512m"

_DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "kafka"
_NODE = 1


class KafkaUnavailable(RuntimeError):
    """Java 17, Maven or the pom that names the jars is missing on this machine."""


def cluster_id(random: UUID) -> str:
    """A cluster's id in Kafka's spelling; its first letter is never a dash, which would be read
    as an option of the command that formats the storage (Kafka's own `Uuid` avoids it too).
    """
    first, *rest = random.bytes
    return urlsafe_b64encode(bytes([first & 0x7F, *rest])).rstrip(b"=").decode()


def version() -> str:
    """The version the pom names."""
    found = re.search(r"<kafka\.version>(.+?)<", (_DEPLOY / "pom.xml").read_text())
    assert found, "deploy/kafka/pom.xml names kafka.version"
    return found[1]


def cached_jars() -> Path:
    """Where the jars are, or would be."""
    cache = os.environ.get("KESU_CACHE") or Path.home() / ".cache" / "kesu"
    return Path(cache) / f"kafka-{version()}"


def available() -> bool:
    """Whether Apache Kafka can run here: Java and the jars, or Java and Maven to copy them."""
    if shutil.which("java") is None or not (_DEPLOY / "pom.xml").exists():
        return False
    return cached_jars().is_dir() or shutil.which("mvn") is not None


def jars() -> Path:
    """The folder with the broker's jars, copied from Maven Central on the first call.

    Raises KafkaUnavailable.
    """
    place = cached_jars()
    if place.is_dir():
        return place
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable("no Maven on this machine, and no jars in the cache")
    partial = place.with_name(f"{place.name}.{os.getpid()}")
    _copy_jars(maven, partial)
    try:
        partial.rename(place)
    except OSError:
        shutil.rmtree(partial)  # someone else was faster
    return place


@dataclass(kw_only=True)
class EmbeddedKafka:
    """One Apache Kafka node on a loopback port (and its controller on `controller_port`)."""

    home: Path
    port: int
    controller_port: int
    log: Path
    advertised_port: int | None = None
    """Where clients are sent instead, because a proxy stands there."""
    flavour: str = field(default="kafka", init=False)
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def incarnation(self) -> str:
        """Empty: Kafka's own cluster id tells one life of its data from another."""
        return ""

    @property
    def child(self) -> subprocess.Popen[bytes] | None:
        """The broker as a child process."""
        return self._child

    def start(self) -> None:
        """Begin and wait. Raises StartFailed, KafkaUnavailable."""
        self.begin()
        self.wait_ready()

    def begin(self) -> None:
        """Format the storage on the first call, then start the node."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(self._settings())
        if not (self._data / "meta.properties").exists():
            self._format()
        self._child = spawn(
            Program(
                name="broker",
                argv=self._java("kafka.Kafka", str(self._properties)),
                log=self.log,
                cwd=self.home,
                orphaned=signal.SIGKILL,
            )
        )

    def wait_ready(self) -> None:
        """Wait until it names itself in its metadata. Raises StartFailed."""
        wait_until(
            lambda: broker_answers(self.port),
            within=START_SECONDS,
            what="Apache Kafka",
            child=self._child,
        )

    def stop(self) -> None:
        """Stop it in order; its data stays."""
        if self._child is not None:
            stop(self._child, sign=signal.SIGTERM, within=STOP_SECONDS)
            self._child = None

    def kill(self) -> None:
        """End it as a crash would; its data stays."""
        if self._child is not None:
            stop(self._child, sign=signal.SIGKILL, within=STOP_SECONDS)
            self._child = None

    def restart(self) -> None:
        """Stop and start on the same data. Raises StartFailed."""
        self.stop()
        self.start()

    @property
    def _properties(self) -> Path:
        return self.home / "server.properties"

    @property
    def _data(self) -> Path:
        return self.home / "data"

    def _format(self) -> None:
        arguments = ["format", "-t", cluster_id(uuid4()), "-c", str(self._properties)]
        command = self._java("kafka.tools.StorageTool", *arguments)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            subprocess.run(command, check=True, cwd=self.home, stdout=log, stderr=log)

    def _java(self, main: str, *arguments: str) -> list[str]:
        java = shutil.which("java")
        if java is None:
            raise KafkaUnavailable("no Java on this machine")
        tuning = [f"-Xms128m -Xmx{HEAP}", "-XX:+UseSerialGC -XX:TieredStopAtLevel=4 -Xshare:auto"]
        logging = f"-Dlog4j2.configurationFile={_DEPLOY / 'log4j2.properties'}"
        flags = " ".join(tuning).split()
        return [java, *flags, logging, "-cp", f"{jars()}/*", main, *arguments]

    def _settings(self) -> str:
        here, controller = f"127.0.0.1:{self.port}", f"127.0.0.1:{self.controller_port}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": _NODE,
            "controller.quorum.voters": f"{_NODE}@{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{here},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.advertised_port or self.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self._data,
            # After a crash the node waits for its own old registration to lapse.
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 1,
            "log.cleaner.dedupe.buffer.size": 16 << 20,
            "num.network.threads": 2,
            "num.io.threads": 2,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def _copy_jars(maven: str, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    pom = ["-f", str(_DEPLOY / "pom.xml")]
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    try:
        subprocess.run(
            [maven, "-q", "-B", "-Dstyle.color=never", *pom, *goal],
            check=True,
            timeout=DOWNLOAD_SECONDS,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
        raise KafkaUnavailable("Maven could not copy the broker's jars") from problem
