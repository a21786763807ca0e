"""A Kesu under its own supervisor, whose crash points are armed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from kesu.embedded.brokers import own_broker
from kesu.embedded.postgres import EmbeddedPostgres
from kesu.home import PROJECT, Home
from tests.e2e.running import environment, free_ports
from tests.faults.armed import PLAN
from tests.faults.lab import Lab
from tests.faults.mischief import Mode, Plan, fired
from tests.support.postgres import folder

READY_SECONDS = 300.0
FIRED_SECONDS = 300.0
GONE_SECONDS = 60.0
LOOK_SECONDS = 0.02
_GIVEN_UP = ("!! not ready", "stopping", "stopped; the data stays")
"""How the output ends then."""
SAID = 3000


class TooSlow(RuntimeError):
    """The supervisor gave up waiting for its services and ended in order."""


@dataclass(slots=True, kw_only=True)
class Supervised:
    """`kesu up` in a home of its own. `family` is everybody it ever had for a child."""

    home: Home
    broker: str
    plan: Path
    process: subprocess.Popen[bytes] | None = None
    family: dict[int, psutil.Process] = field(default_factory=dict)
    plans: int = 0

    @property
    def lab(self) -> Lab:
        """The same Kesu, as the oracle's helpers see it."""
        place, port = self.home.folder, self.home.ports.postgres
        postgres = EmbeddedPostgres(home=place, port=port, log=self.home.log("postgres"))
        forgets = self.broker == "tansu"
        broker = own_broker(self.broker, self.home)
        return Lab(home=self.home, postgres=postgres, broker=broker, forgot=forgets)

    def up(self) -> None:
        """Starts the supervisor, armed."""
        with (self.home.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.armed", "up", "--broker", self.broker],
                cwd=PROJECT,
                env=environment(self.home) | {PLAN: str(self.plan)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def arm(self, point: str, mode: Mode) -> int:
        """Plans a misfortune for the supervisor; gives the plan's id."""
        ports = self.home.ports
        self.plans += 1
        Plan(
            id=self.plans, point=point, mode=mode, hit=1, ports=(ports.postgres, ports.broker)
        ).write(self.plan)
        return self.plans

    def wait_fired(self, plan: int) -> None:
        """Looks at the children meanwhile. Raises TimeoutError."""
        self._wait(lambda: plan in fired(self.plan), FIRED_SECONDS, f"plan {plan}")

    def wait_ready(self) -> None:
        """Until this very supervisor says so. Raises TooSlow, TimeoutError."""
        try:
            self._wait(self._is_ready, READY_SECONDS, "ready")
        except TimeoutError:
            last = self.said.splitlines()[-len(_GIVEN_UP) :]
            if self._is_over() and any(line.startswith(_GIVEN_UP[0]) for line in last):
                raise TooSlow(self.said) from None
            raise

    def signal(self, sign: signal.Signals) -> None:
        """To the supervisor."""
        assert self.process is not None, "it was started"
        self.process.send_signal(sign)

    def kill(self, name: str) -> None:
        """Ends a part, as a crash would."""
        os.kill(self.pid(name), signal.SIGKILL)

    def pid(self, name: str) -> int:
        """A part's process, as the supervisor tells it now; 0 while it has none."""
        found = self.home.running()
        return int(found["processes"].get(name, {"pid": 0})["pid"]) if found else 0

    def status(self) -> int:
        """How the supervisor ended; waits for it. Raises TimeoutExpired."""
        assert self.process is not None, "it was started"
        return self.process.wait(GONE_SECONDS)

    def left_over(self) -> list[str]:
        """Who lives though the supervisor is gone; those that end get the time for it."""
        family = {**self.family, **{each.pid: each for each in _told(self.home.folder)}}
        _, alive = psutil.wait_procs(list(family.values()), GONE_SECONDS)
        self.family.clear()
        return [" ".join(_words(each)) for each in alive if _lives(each)]

    @property
    def said(self) -> str:
        """What it printed at last, without the personas' tokens."""
        lines = (self.home.folder / "output").read_text(errors="replace").splitlines()
        return "\n".join(line for line in lines if not line.startswith("  ey"))[-SAID:]

    def _is_ready(self) -> bool:
        found = self.home.running()
        assert self.process is not None, "it was started"
        return bool(found and found["ready"] and found["supervisor"] == self.process.pid)

    def _is_over(self) -> bool:
        assert self.process is not None, "it was started"
        return self.process.poll() is not None

    def _wait(self, true: Callable[[], bool], within: float, what: str) -> None:
        deadline = time.monotonic() + within
        while not true():
            self._look()
            ended = self._is_over()
            if not true() and (ended or time.monotonic() > deadline):
                raise TimeoutError(f"not within {within:.0f} s: {what}\n{self.said}")
            time.sleep(LOOK_SECONDS)
        self._look()

    def _look(self) -> None:
        assert self.process is not None, "it was started"
        with suppress(psutil.NoSuchProcess):
            for each in psutil.Process(self.process.pid).children(recursive=True):
                self.family[each.pid] = each


@contextmanager
def supervised(broker: str) -> Iterator[Supervised]:
    """A home for as long as the block runs; whoever still lives afterwards is ended."""
    with folder() as place:
        home = Home(folder=place / "home", ports=free_ports())
        home.make()
        made = Supervised(home=home, broker=broker, plan=place / "plan")
        try:
            yield made
        finally:
            _end(made)


def _end(made: Supervised) -> None:
    if made.process is None:
        return
    with suppress(psutil.NoSuchProcess):
        family = psutil.Process(made.process.pid).children(recursive=True)
        made.family |= {each.pid: each for each in family}
    made.process.kill()
    made.process.wait()
    for each in made.family.values():
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(list(made.family.values()), GONE_SECONDS)


def _told(home: Path) -> Iterator[psutil.Process]:
    """Every process that was told of this home by its environment, its command or its folder."""
    for each in psutil.process_iter():
        with suppress(psutil.Error):
            told = each.environ().get("KESU_HOME") == str(home)
            if each.pid != os.getpid() and (told or str(home) in " ".join(each.cmdline())):
                yield each


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def _words(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return list(process.cmdline())
    return [str(process.pid)]
