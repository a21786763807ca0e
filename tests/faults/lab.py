"""A whole Kesu in which every process can be ended, stopped and started by itself.

PostgreSQL and the broker are the run's own; every service and the gateway is a process with
armed crash points. A keeper starts again what has ended, as a supervisor would, but at once.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import asyncpg

from kesu import environment
from kesu.commands.migrate import migrate
from kesu.embedded import kafka
from kesu.embedded.brokers import Broker, own_broker
from kesu.embedded.postgres import EmbeddedPostgres
from kesu.embedded.processes import Program, spawn
from kesu.embedded.roles import on_database, prepare_database
from kesu.embedded.topics import create_topics
from kesu.home import DATABASE, PROJECT, SERVICES, Home
from kesu.tending import answers_ready
from shared.plumbing.issuer import DevelopmentIssuer
from shared.plumbing.settings import AUDIENCE, ISSUER
from tests.e2e.running import free_ports
from tests.faults.armed import PLAN
from tests.faults.mischief import Plan, fired, reached
from tests.faults.oracle.evidence import Ticket
from tests.faults.wires import Wires
from tests.faults.wiring import BROKER, laid, wired_up
from tests.support.postgres import folder

GATEWAY = "gateway"
Spot: TypeAlias = tuple[str, int, int]
"""A place in the broker: topic, partition, offset."""
READY_SECONDS = 120.0
KEEP_SECONDS = 0.1
END_SECONDS = 45.0
LOG_MAX = 64 * 1024 * 1024


@dataclass(slots=True, kw_only=True)
class Member:
    """One process of the lab. `kept`: it is started again when it ends."""

    name: str
    port: int
    program: Program
    plan: Path
    child: subprocess.Popen[bytes] | None = None
    kept: bool = True
    starts: int = 0

    @property
    def pid(self) -> int:
        """The process's id. Raises ProcessLookupError while there is none."""
        if self.child is None or self.child.poll() is not None:
            raise ProcessLookupError(self.name)
        return self.child.pid

    def start(self) -> None:
        """Starts it now."""
        self.child, self.starts = spawn(self.program), self.starts + 1

    def signal(self, sign: signal.Signals) -> None:
        """Sends it a signal; one that is gone does not mind."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, sign)

    def ready(self) -> bool:
        """Whether it says so itself."""
        return self.child is not None and self.child.poll() is None and answers_ready(self.port)

    def ended(self) -> bool:
        """Whether it was started and runs no more."""
        return self.child is not None and self.child.poll() is not None

    def stop(self) -> None:
        """Ends it in order and does not start it again."""
        self.kept = False
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if self.child is not None:
            with suppress(subprocess.TimeoutExpired):
                self.child.wait(END_SECONDS)
            self.signal(signal.SIGKILL)
            self.child.wait()


@dataclass(slots=True, kw_only=True)
class Lab:
    """What runs, and how to reach into it. `told` is what every service hears about the broker."""

    home: Home
    postgres: EmbeddedPostgres
    broker: Broker
    extra: dict[str, str] = field(default_factory=dict)
    """Added to every service's environment: a proxy's address, a false clock."""
    members: dict[str, Member] = field(default_factory=dict)
    plans: int = 0
    claims: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    wires: Wires | None = None
    """What stands between the services and the database or broker, in a wired lab."""
    injected: set[bytes] = field(default_factory=set)
    """SHA-256 of every record value that a fault itself put into a topic."""
    strangers: set[UUID] = field(default_factory=set)
    """Streams that only such records speak of."""
    planted: set[Spot] = field(default_factory=set)
    """Where a fault put a real fact before its time, or out of turn."""
    carried: list[Ticket] = field(default_factory=list)
    """Tickets that a fault's own carrier passed on."""
    forgot: bool = False
    """Whether the broker's topics were ever lost: they need not hold everything any more."""

    @property
    def admin_dsn(self) -> str:
        """The administrator's, on Kesu's database."""
        return on_database(self.postgres.admin_dsn, DATABASE)

    @property
    def logs(self) -> tuple[Path, ...]:
        """Every log of this lab."""
        return tuple(sorted((self.home.folder / "logs").glob("*.log")))

    async def connect(self) -> asyncpg.Connection:
        """A connection that sees every schema."""
        return await asyncpg.connect(self.admin_dsn)

    def member(self, service: str, **more: str) -> Member:
        """A process of a service, not started; `more` is added to its environment."""
        told = self._told(service) | self.extra | more
        plan = self.home.folder / f"plan-{service}"
        argv = [sys.executable, "-m", "tests.faults.armed", *_words(service)]
        program = Program(
            name=service,
            argv=argv,
            log=self.home.log(service),
            env=told | {PLAN: str(plan), "PYTHONPATH": str(PROJECT)},
            cwd=PROJECT,
        )
        return Member(name=service, port=self._port(service), program=program, plan=plan)

    def start(self, *services: str) -> None:
        """Starts these, or everything, and waits until all say that they are ready."""
        for service in services or (*SERVICES, GATEWAY):
            self.members[service] = self.member(service)
            self.members[service].start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Raises TimeoutError with the names of those that are not."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = [each for each in self.members.values() if each.kept]
        while waiting:
            waiting = [each for each in waiting if not each.ready()]
            if waiting and time.monotonic() > deadline:
                raise TimeoutError(f"not ready: {', '.join(each.name for each in waiting)}")
            time.sleep(0.05)

    def arm(self, service: str, plan: Plan) -> None:
        """Plans a misfortune for a process; `plan.id` comes from `next_plan`."""
        plan.write(self.members[service].plan)

    def next_plan(self) -> int:
        """An id that no plan of this lab has had."""
        self.plans += 1
        return self.plans

    def has_fired(self, service: str, plan: int) -> bool:
        """Whether it came true."""
        return plan in fired(self.members[service].plan)

    def reached(self) -> set[str]:
        """All crash points that any process of this lab came to."""
        return set().union(*(reached(each.plan) for each in self.members.values()))

    @property
    def wire_ports(self) -> tuple[int, ...]:
        """Where connections to the database and the broker lead."""
        wired = tuple(self.wires.ports.values()) if self.wires else ()
        return (self.home.ports.postgres, self.home.ports.broker, *wired)

    async def keep(self) -> None:
        """Starts again whatever has ended; runs until cancelled."""
        while True:
            for each in self.members.values():
                if each.kept and each.ended():
                    each.start()
            await asyncio.sleep(KEEP_SECONDS)

    def stop(self) -> None:
        """Ends every member, quickly."""
        for each in self.members.values():
            each.kept = False
            each.signal(signal.SIGKILL)
        for each in self.members.values():
            if each.child is not None:
                each.child.wait()

    def _told(self, service: str) -> environment.Environment:
        if service == GATEWAY:
            return environment.common(self.home)
        own = self.broker
        part = environment.broker_part(own.bootstrap, own.flavour, own.incarnation)
        told = environment.for_service(self.home, service, part)
        return told | (wired_up(told, service, self.wires) if self.wires else {})

    def _port(self, service: str) -> int:
        ports = self.home.ports
        return ports.gateway if service == GATEWAY else ports.service(service)


def _words(service: str) -> list[str]:
    return [GATEWAY] if service == GATEWAY else ["serve", service]


@asynccontextmanager
async def lab(
    flavour: str | None = None, *, wired: bool = False, **extra: str
) -> AsyncIterator[Lab]:
    """Everything up and kept up for as long as the block runs. `flavour`: `kafka` or `tansu`;
    `wired`: services reach the database and the broker by wires that can be hurt.
    """
    with prepared(flavour, wired=wired, **extra) as found:
        await asyncio.to_thread(_migrated, found)
        found.start()
        keeping = asyncio.create_task(found.keep())
        try:
            yield found
        finally:
            keeping.cancel()
            found.stop()


@contextmanager
def prepared(flavour: str | None = None, *, wired: bool = False, **extra: str) -> Iterator[Lab]:
    """PostgreSQL and a broker, running and empty; gone afterwards."""
    wanted = flavour or ("kafka" if kafka.available() else "tansu")
    with folder() as place, _environment(place) as home:
        postgres = EmbeddedPostgres(
            home=place,
            port=home.ports.postgres,
            log=home.log("postgres"),
            durable=False,
            settings={"max_prepared_transactions": "8"},
        )
        wires = laid(home) if wired else None
        broker = own_broker(wanted, home, advertised_port=wires.ports[BROKER] if wires else None)
        found = Lab(home=home, postgres=postgres, broker=broker, extra=extra, wires=wires)
        try:
            if wires:
                wires.start()
            postgres.start()
            broker.begin()
            broker.wait_ready()
            yield found
        finally:
            found.stop()
            broker.stop()
            postgres.stop("immediate")
            if wires:
                wires.stop()


@contextmanager
def _environment(place: Path) -> Iterator[Home]:
    """Nothing of another Kesu's settings reaches the lab."""
    kept = dict(os.environ)
    home = Home(folder=place / "home", ports=free_ports())
    home.make()
    (home.folder / "logs").mkdir(exist_ok=True)
    for name in [name for name in os.environ if name.startswith("KESU_") and name != "KESU_CACHE"]:
        del os.environ[name]
    os.environ |= {"KESU_HOME": str(home.folder), "KESU_PORT_BASE": str(home.ports.base)}
    try:
        yield home
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _migrated(found: Lab) -> None:
    """Schemas, topics and the issuer's keys; in a thread, because each runs a loop of its own."""
    asyncio.run(prepare_database(found.postgres.admin_dsn, found.home.passwords()))
    migrate(found.admin_dsn)
    asyncio.run(create_topics(found.broker.bootstrap))
    DevelopmentIssuer(found.home.folder, issuer=ISSUER, audience=AUDIENCE)
