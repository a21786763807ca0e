"""A Kesu of the benchmark's own: durable PostgreSQL, Apache Kafka where Java is."""

import asyncio
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from kesu import environment
from kesu.commands.migrate import migrate
from kesu.embedded import kafka
from kesu.embedded.brokers import Broker, own_broker
from kesu.embedded.postgres import EmbeddedPostgres
from kesu.embedded.roles import on_database, prepare_database
from kesu.embedded.topics import create_topics
from kesu.home import DATABASE, Home, Ports
from shared.plumbing.issuer import DevelopmentIssuer, personas_of
from shared.plumbing.settings import AUDIENCE, ISSUER, Settings, load_settings

Answer = TypeVar("Answer")
PORT_BASE = 23_000
ROOT = Path(__file__).resolve().parents[1]
LAST_ID = UUID(int=(1 << 128) - 1)

_COUNT = "select count(*) from intake.complaints where id <= $1"


@dataclass(slots=True)
class Stage:
    """What runs for the benchmark, and how to start and stop services in it."""

    home: Home
    postgres: EmbeddedPostgres
    broker: Broker
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    bases: int = 0

    @property
    def admin_dsn(self) -> str:
        return on_database(self.postgres.admin_dsn, DATABASE)

    @property
    def postgres_pid(self) -> int:
        """The postmaster's process id."""
        first = (self.postgres.data / "postmaster.pid").read_text().splitlines()[0]
        return int(first)

    def next_base(self) -> int:
        """A number range that no earlier pgbench round used."""
        self.bases += 1000
        return self.bases

    def ask(self, question: Coroutine[Any, Any, Answer]) -> Answer:
        """Runs one coroutine to its end."""
        return asyncio.run(question)

    def complaints(self, *, up_to: UUID = LAST_ID) -> int:
        """How many were registered, or of these how many whose id is not above this one."""

        async def count() -> int:
            connection = await asyncpg.connect(self.admin_dsn)
            try:
                return int(await connection.fetchval(_COUNT, up_to))
            finally:
                await connection.close()

        return self.ask(count())

    def settings_of(self, service: str) -> Settings:
        """The service's settings as its own process would read them."""
        main = importlib.import_module(f"services.{service}_service.main")
        kept = dict(os.environ)
        os.environ.update(environment.for_service(self.home, service, self.told))
        try:
            kind: type[Settings] = getattr(main, "SETTINGS", Settings)
            return load_settings(service, kind)
        finally:
            os.environ.clear()
            os.environ.update(kept)

    @property
    def told(self) -> environment.Environment:
        own = self.broker
        return environment.broker_part(own.bootstrap, own.flavour, own.incarnation)

    def start(self, service: str, *more: str) -> int:
        """Starts one service and waits until it is ready; returns its process id."""
        told = environment.for_service(self.home, service, self.told)
        log = self.home.log(service)
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as out:
            child = subprocess.Popen(
                [sys.executable, "-m", "kesu", "serve", service, *more],
                env=told,
                stdout=out,
                stderr=out,
                cwd=ROOT,
            )
        self.running[service] = child
        self.wait(self.home.ports.service(service))
        return child.pid

    def start_gateway(self) -> int:
        """Starts the embedded gateway."""
        child = subprocess.Popen(
            [sys.executable, "-m", "kesu", "gateway"],
            env=environment.common(self.home),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        self.running["gateway"] = child
        self.wait(self.home.ports.gateway)
        return child.pid

    def wait(self, port: int) -> None:
        """Until `/readyz` says yes."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError(f"nothing is ready on port {port}; see {self.home.folder / 'logs'}")

    def stop(self, service: str) -> None:
        """Ends one service in order."""
        child = self.running.pop(service)
        child.terminate()
        child.wait(40)

    def token(self, organisation: str, persona: str) -> str:
        """A persona's bearer token for a day."""
        issuer = DevelopmentIssuer(self.home.folder, issuer=ISSUER, audience=AUDIENCE)
        found = {
            (each.organisation, each.name): each for each in personas_of(ROOT / "organisations")
        }
        return issuer.token(found[organisation, persona], seconds=86_400)


@contextmanager
def stage() -> Iterator[Stage]:
    """PostgreSQL and a broker, prepared; gone afterwards, with everything that was started."""
    place = Path(tempfile.mkdtemp(prefix="kesu-bench-"))
    place.chmod(0o711)
    home = Home(folder=place, ports=Ports(base=PORT_BASE))
    os.environ |= {"KESU_HOME": str(place), "KESU_PORT_BASE": str(PORT_BASE)}
    home.make()
    (place / "logs").mkdir()
    postgres = EmbeddedPostgres(home=place, port=home.ports.postgres, log=home.log("postgres"))
    broker = own_broker("kafka" if kafka.available() else "tansu", home)
    found = Stage(home, postgres, broker)
    try:
        postgres.start()
        _track_commits(postgres)
        broker.begin()
        broker.wait_ready()
        _prepare(found)
        yield found
    finally:
        for service in list(found.running):
            found.stop(service)
        broker.stop()
        postgres.stop()
        shutil.rmtree(place, ignore_errors=True)


def _track_commits(postgres: EmbeddedPostgres) -> None:
    """Commit moments are what the hop is measured by; the setting needs a restart."""

    async def set_it() -> None:
        connection = await asyncpg.connect(postgres.admin_dsn)
        try:
            await connection.execute("alter system set track_commit_timestamp = on")
        finally:
            await connection.close()

    asyncio.run(set_it())
    postgres.stop()
    postgres.start()


def _prepare(found: Stage) -> None:
    asyncio.run(prepare_database(found.postgres.admin_dsn, found.home.passwords()))
    migrate(found.admin_dsn)
    own = found.broker
    asyncio.run(create_topics(own.bootstrap))
    DevelopmentIssuer(found.home.folder, issuer=ISSUER, audience=AUDIENCE)
