"""The embedded runtime: starts everything in order, keeps it up, takes it down in order.

Runs in the main thread only: the children's leash is tied to the thread that starts them.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

from kesu import environment
from kesu.children import Children, end_leftovers
from kesu.embedded.brokers import Broker, own_broker
from kesu.embedded.kafka import KafkaUnavailable
from kesu.embedded.postgres import EmbeddedPostgres, end_orphan
from kesu.embedded.processes import Program, StartFailed, port_is_free, signal_group
from kesu.errands import personas_text, run_commands
from kesu.home import PROJECT, SERVICES, Home
from kesu.locks import hold
from kesu.tending import Tended
from shared.plumbing.crashpoints import reach

READY_SECONDS = 90.0
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.2
RESTARTS_MAX = 5
"""Tries to bring PostgreSQL or the broker back before everything ends."""


class Stopping(Exception):
    """Somebody asked us to end."""


def serve_command(service: str) -> list[str]:
    """How a service is started."""
    return [sys.executable, "-m", "kesu", "serve", service]


def say(line: str) -> None:
    """Print at once, also into a pipe."""
    print(line, flush=True)


@dataclass(kw_only=True)
class Supervisor:
    """One running Kesu. `run` blocks until somebody asks it to end."""

    home: Home
    broker: str = "tansu"
    serve: Callable[[str], list[str]] = serve_command
    prepare: Sequence[list[str]] = (["prepare-topics"], ["prepare-database"])
    catch_up: Sequence[list[str]] = (["republish", "--missing"],)
    """What a broker that forgot everything needs, once the services start again."""
    say: Callable[[str], None] = say
    _tended: list[Tended] = field(default_factory=list, init=False)
    _ready: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        log = self.home.log("postgres")
        self._postgres = EmbeddedPostgres(
            home=self.home.folder, port=self.home.ports.postgres, log=log
        )
        self._broker = None if os.environ.get("KESU_KAFKA") else own_broker(self.broker, self.home)

    def run(self) -> int:
        """Start, tend, stop. 0 after an orderly end, 1 when something did not start.

        Raises AlreadyRunning.
        """
        self.home.make()
        with hold(self.home.lock), _asked_to_end():
            self._children = Children()
            try:
                self._start()
                self._tend_for_ever()
            except Stopping:
                status = 0
            except (StartFailed, KafkaUnavailable) as problem:
                self.say(f"!! {problem}; the logs are in {self.home.folder / 'logs'}")
                status = 1
            finally:
                _deaf()
                self._stop()
        return status

    def _start(self) -> None:
        began = time.monotonic()
        self._end_leftovers()
        self._require_ports()
        self._start_core()
        reach("supervisor.stored")
        personas = personas_text(self._maintenance)
        self._commands(*self.prepare)
        reach("supervisor.prepared")
        self._start_services()
        self._ready = True
        self._note()
        reach("supervisor.ready")
        self.say(f"Kesu is ready after {time.monotonic() - began:.1f} s")
        self.say(f"  address    {self.home.address}")
        self.say(f"  documents  {self.home.address}/docs")
        self.say(personas)

    def _end_leftovers(self) -> None:
        earlier = self.home.running()
        if earlier:
            for name in end_leftovers(earlier["processes"]):
                self.say(f"!! {name} was left over from a killed run: ended")
        end_orphan(self._postgres.data)

    def _require_ports(self) -> None:
        ports = self.home.ports
        wanted = {service: ports.service(service) for service in SERVICES}
        wanted |= {"gateway": ports.gateway, "PostgreSQL": ports.postgres}
        if self._broker:
            wanted["broker"] = ports.broker
        busy = [f"{port} ({name})" for name, port in wanted.items() if not port_is_free(port)]
        if busy:
            raise StartFailed(f"in use: {', '.join(busy)}; KESU_PORT_BASE moves all of them")

    def _start_core(self) -> None:
        self._postgres.begin()
        if self._broker:
            self._broker.begin()
        self._note()
        self._postgres.wait_ready()
        if self._broker:
            self._broker.wait_ready()
        told = self._broker_part
        self.say(f"· PostgreSQL on 127.0.0.1:{self.home.ports.postgres}")
        self.say(f"· broker ({told['KESU_KAFKA_FLAVOUR']}) on {told['KESU_KAFKA']}")

    def _start_services(self) -> None:
        self._tended = [*map(self._service, SERVICES), self._gateway()]
        for each in self._tended:
            each.start()
        self._note()
        reach("supervisor.started")
        if self._broker and self._broker.incarnation:
            self._commands(*self.catch_up)
        self._wait_ready()

    def _wait_ready(self) -> None:
        waiting, deadline = list(self._tended), time.monotonic() + READY_SECONDS
        while waiting:
            self._tend_services()
            for each in [one for one in waiting if one.ready()]:
                waiting.remove(each)
                self.say(f"· {each.name} on 127.0.0.1:{each.port}")
            if any(each.given_up for each in waiting) or time.monotonic() > deadline:
                raise StartFailed(f"not ready: {', '.join(each.name for each in waiting)}")
            time.sleep(0.05)

    def _tend_for_ever(self) -> None:
        while True:
            self._tend_services()
            self._tend_core()
            time.sleep(LOOK_SECONDS)

    def _tend_services(self) -> None:
        started_again = [each.name for each in self._tended if each.tend()]
        if started_again:
            self._note()

    def _tend_core(self) -> None:
        if _ended(self._postgres.child):
            self.say("!! PostgreSQL ended; starting it again on its data")
            self._persistently(self._postgres.start, stop=self._postgres.stop)
            self._note()
        if self._broker and _ended(self._broker.child):
            self.say("!! the broker ended; starting it again")
            self._restart_broker(self._broker)

    def _restart_broker(self, broker: Broker) -> None:
        """A broker that forgets comes back as another one: the services must learn its name."""
        forgets = bool(broker.incarnation)
        if forgets:
            self._stop_services()
        steps: list[Callable[[], object]] = [broker.begin, self._note, broker.wait_ready]
        if forgets:
            steps.append(lambda: self._commands(["prepare-topics"]))
        self._persistently(*steps, stop=broker.stop)
        if forgets:
            self._start_services()

    def _persistently(self, *steps: Callable[[], object], stop: Callable[[], object]) -> None:
        """What ran before comes back, if not at the first try. Raises StartFailed."""
        reach("supervisor.mending")
        for attempt in range(1, RESTARTS_MAX + 1):
            try:
                for step in steps:
                    step()
            except StartFailed as problem:
                if attempt == RESTARTS_MAX:
                    raise
                self.say(f"!! {problem}; starting it again")
                stop()
            else:
                return

    def _stop(self) -> None:
        self.say("stopping")
        self._stop_services()
        if self._broker:
            self._broker.stop()
        self._postgres.stop()
        self._children.update({})
        self._children.guard.close()
        self.home.forget_running()
        self.say("stopped; the data stays")

    def _stop_services(self) -> None:
        living = [each.child for each in self._tended if each.child is not None]
        for child in living:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in living:
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(deadline - time.monotonic(), 0.01))
            signal_group(child.pid, signal.SIGKILL)
            child.wait()
        self._tended = []

    def _note(self) -> None:
        """Tell the guard and running.json who lives now."""
        core = {"postgres": self._postgres.child}
        core |= {"broker": self._broker.child} if self._broker else {}
        self._children.update(core | {each.name: each.child for each in self._tended})
        self.home.write_running(
            {
                "supervisor": os.getpid(),
                "ready": self._ready,
                "address": self.home.address,
                "admin_dsn": self._postgres.dsn(),
                "broker": self._broker_part,
                "processes": self._children.described(),
            }
        )

    @property
    def _broker_part(self) -> environment.Environment:
        if self._broker:
            own = self._broker
            return environment.broker_part(own.bootstrap, own.flavour, own.incarnation)
        return environment.outside_broker()

    def _service(self, service: str) -> Tended:
        port = self.home.ports.service(service)
        told = environment.for_service(self.home, service, self._broker_part)
        return Tended(
            program=self._program(service, self.serve(service), told), port=port, say=self.say
        )

    def _gateway(self) -> Tended:
        argv = [sys.executable, "-m", "kesu", "gateway"]
        program = self._program("gateway", argv, environment.common(self.home))
        return Tended(program=program, port=self.home.ports.gateway, say=self.say)

    def _commands(self, *commands: list[str]) -> None:
        run_commands(self.home, self._maintenance, self.say, commands)

    @property
    def _maintenance(self) -> environment.Environment:
        return environment.for_maintenance(self.home, self._postgres.dsn(), self._broker_part)

    def _program(self, name: str, argv: list[str], told: environment.Environment) -> Program:
        return Program(name=name, argv=argv, log=self.home.log(name), env=told, cwd=PROJECT)


def _ended(child: subprocess.Popen[bytes] | None) -> bool:
    return child is not None and child.poll() is not None


@contextmanager
def _asked_to_end() -> Iterator[None]:
    def ask(_number: int, _frame: FrameType | None) -> None:
        _deaf()
        raise Stopping

    before = {sign: signal.signal(sign, ask) for sign in _ENDS}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _deaf() -> None:
    """A second Ctrl-C must not leave half of it running."""
    for sign in _ENDS:
        signal.signal(sign, signal.SIG_IGN)
