"""A real Kesu for tests: the supervisor in a process of its own, in a home of its own."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from kesu.embedded.processes import port_is_free
from kesu.embedded.roles import on_database
from kesu.home import DATABASE, PROJECT, SERVICES, Home, Ports
from tests.support import kafka
from tests.support.postgres import folder

START_SECONDS = 240.0
PATIENCE_SECONDS = 180.0
END_SECONDS = 60.0
LOG_SHOWN = 600


@dataclass(slots=True)
class RunningKesu:
    """One Kesu that runs. `owns_broker`: its supervisor started the broker itself."""

    home: Home
    process: subprocess.Popen[bytes]
    owns_broker: bool
    dsn: str = field(default="", repr=False)

    @property
    def facts(self) -> dict[str, Any]:
        """What the supervisor says runs now."""
        found = self.home.running()
        assert found, self.said
        return found

    @property
    def said(self) -> str:
        """What the supervisor printed so far, without the personas' tokens."""
        lines = (self.home.folder / "output").read_text(errors="replace").splitlines()
        return "\n".join(line for line in lines if not line.startswith("  ey"))

    def pid(self, name: str) -> int:
        """The process of a service, of `gateway`, `postgres` or `broker`."""
        return int(self.facts["processes"][name]["pid"])

    def kill(self, name: str, sign: signal.Signals = signal.SIGKILL) -> int:
        """Sends the process a signal; returns its id."""
        pid = self.pid(name)
        os.kill(pid, sign)
        return pid

    def is_back(self, name: str, after: int) -> bool:
        """Whether another process than `after` has this part now."""
        process = self.facts["processes"].get(name)
        return bool(process) and int(process["pid"]) not in {after, 0}

    def environment(self) -> dict[str, str]:
        """What a `kesu` command needs to find this Kesu."""
        return environment(self.home)

    def kesu(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "kesu", *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=PROJECT,
            env=self.environment() | more,
            timeout=PATIENCE_SECONDS,
        )


def environment(home: Home) -> dict[str, str]:
    """This home's, and nothing of any other Kesu's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KESU_")}
    cache = {name: os.environ[name] for name in ("KESU_CACHE",) if name in os.environ}
    own = {"KESU_HOME": str(home.folder), "KESU_PORT_BASE": str(home.ports.base)}
    return kept | cache | own | {"PYTHONPATH": str(PROJECT)}


@contextmanager
def running_kesu(broker: str, given: str = "") -> Iterator[RunningKesu]:
    """A Kesu for as long as the block runs. `given` is a broker that somebody else runs."""
    with folder() as place:
        (place / "home").mkdir()
        home = Home(folder=place / "home", ports=free_ports())
        told = environment(home) | ({"KESU_KAFKA": given} if given else {})
        with (home.folder / "output").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "kesu", "up", "--broker", broker],
                cwd=PROJECT,
                env=told,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = RunningKesu(home=home, process=process, owns_broker=not given)
        try:
            _wait_ready(running)
            yield running
        finally:
            _end(process)


async def until(
    true: Callable[[], Awaitable[Any]], *, what: str, within: float = PATIENCE_SECONDS
) -> Any:  # noqa: ANN401 whatever came true
    """Asks until it is so; what is not so in time fails. Silence is not yet."""
    deadline = time.monotonic() + within
    while True:
        found = None
        with suppress(httpx.TransportError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            found = await true()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within:.0f} s: {what}")
        await asyncio.sleep(0.1)


def own_broker() -> str:
    """What the supervisor can start here itself."""
    return "kafka" if kafka.ladder() == "kafka" else "tansu"


def _wait_ready(running: RunningKesu) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.process.poll() is None:
        found = running.home.running()
        if found and found["ready"]:
            running.dsn = on_database(str(found["admin_dsn"]), DATABASE)
            return
        time.sleep(0.1)
    logs = sorted((running.home.folder / "logs").glob("*.log"))
    ends = [f"{log.name}: {log.read_text(errors='replace')[-LOG_SHOWN:]}" for log in logs]
    pytest.fail("\n".join(["Kesu did not start:", running.said, *ends]))


def _end(process: subprocess.Popen[bytes]) -> None:
    """At once: nothing of it is needed any more, and how it stops is tested elsewhere."""
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    process.wait()
    for each in family:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(family, END_SECONDS)


def free_ports() -> Ports:
    while True:
        ports = Ports(base=21_000 + secrets.randbelow(10_000))
        wanted = [ports.gateway, ports.broker, ports.controller, ports.postgres]
        if all(map(port_is_free, [*wanted, *map(ports.service, SERVICES)])):
            return ports
