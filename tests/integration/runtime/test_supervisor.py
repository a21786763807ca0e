"""The supervisor starts everything, keeps it up, leaves nothing behind and loses no row."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
import pytest

from kesu.embedded.processes import port_is_free
from kesu.home import PROJECT, SERVICES, Home, Ports
from tests.support.postgres import folder

STAND_IN = Path(__file__).with_name("stand_in.py")
PATIENCE_SECONDS = 60.0


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.output = home.folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(STAND_IN)],
                cwd=PROJECT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.until(lambda: "Kesu is ready" in self.said)

    @property
    def environment(self) -> dict[str, str]:
        own = {"KESU_HOME": str(self.home.folder), "KESU_PORT_BASE": str(self.home.ports.base)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("KESU_")}
        return kept | own | {"PYTHONPATH": str(PROJECT)}

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def facts(self) -> dict[str, Any]:
        facts = self.home.running()
        assert facts
        return facts

    def told(self, service: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.home.ports.service(service)}/{service}/told"
        told: dict[str, Any] = httpx.get(url, timeout=5).json()
        return told

    def everybody(self) -> list[psutil.Process]:
        pids = [int(each["pid"]) for each in self.facts["processes"].values()]
        pids += [int(self.told(service)["grandchild"]) for service in SERVICES]
        return [psutil.Process(pid) for pid in pids]

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError, psutil.NoSuchProcess):
                if true():
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        pytest.fail(f"it did not come true; the supervisor said:\n{self.said}")

    def end(self, sign: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sign)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def some_home() -> Iterator[Home]:
    with folder() as place:
        home = place / "home"
        home.mkdir()
        yield Home(folder=home, ports=_free_ports())


def _free_ports() -> Ports:
    """A base whose ports nobody holds, so that parallel runs do not meet."""
    while True:
        ports = Ports(base=21_000 + secrets.randbelow(10_000))
        wanted = [ports.gateway, ports.broker, ports.postgres, *map(ports.service, SERVICES)]
        if all(map(port_is_free, wanted)):
            return ports


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with some_home() as home:
        one = Running(home)
        try:
            yield one
        finally:
            one.end()


def test_a_service_is_told_its_own_login_and_port(running: Running) -> None:
    told = running.told("followup")
    assert told["KESU_DATABASE_URL"].startswith("postgresql://kesu_followup_app:")
    assert int(told["KESU_PORT"]) == running.home.ports.service("followup")
    assert told["KESU_KAFKA_FLAVOUR"] == "tansu"
    assert "KESU_ADMIN_DATABASE_URL" not in told


async def test_that_login_works_and_opens_one_schema(running: Running) -> None:
    own = await asyncpg.connect(running.told("followup")["KESU_DATABASE_URL"])
    try:
        assert await own.fetchval("select current_schema()") == "followup"
        question = "select has_schema_privilege('intake', 'usage')"
        assert await own.fetchval(question) is False
    finally:
        await own.close()


def test_the_gateway_stands_in_front(running: Running) -> None:
    answer = httpx.get(f"{running.home.address}/intake/told")
    assert answer.json()["pid"] == running.told("intake")["pid"]


def test_secrets_are_for_the_owner_only(running: Running) -> None:
    for name in ("passwords.json", "running.json"):
        assert (running.home.folder / name).stat().st_mode & 0o077 == 0


def test_a_second_start_in_the_same_home_is_refused(running: Running) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "kesu", "up"],
        cwd=PROJECT,
        env=running.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 1
    assert "runs already" in again.stderr


def test_status_says_that_all_is_ready(running: Running) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "kesu", "status"],
        cwd=PROJECT,
        env=running.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert asked.returncode == 0, asked.stdout
    assert "MiB" in asked.stdout


def test_a_killed_service_comes_back(running: Running) -> None:
    told = running.told("intake")
    before, grandchild = told["pid"], psutil.Process(told["grandchild"])
    os.kill(before, signal.SIGKILL)
    running.until(lambda: running.told("intake")["pid"] != before)
    assert alive([grandchild], within=1) == []
    running.until(lambda: running.facts["processes"]["intake"]["pid"] != before)


async def test_a_killed_postgres_comes_back_with_its_rows(running: Running) -> None:
    admin = running.facts["admin_dsn"]
    await tell(admin, "create table kept as select 7 as n")
    before = int(running.facts["processes"]["postgres"]["pid"])
    os.kill(before, signal.SIGKILL)
    running.until(lambda: running.facts["processes"]["postgres"]["pid"] != before)
    assert await tell(admin, "select n from kept") == 7


def test_a_forgetful_broker_comes_back_under_a_new_name(running: Running) -> None:
    before = running.told("intake")["KESU_KAFKA_INCARNATION"]
    os.kill(int(running.facts["processes"]["broker"]["pid"]), signal.SIGKILL)
    running.until(lambda: running.told("intake")["KESU_KAFKA_INCARNATION"] != before)
    running.until(lambda: running.told("insights")["KESU_KAFKA_INCARNATION"] != before)


async def test_an_orderly_end_leaves_no_process_and_keeps_every_row() -> None:
    with some_home() as home:
        first = Running(home)
        await tell(first.facts["admin_dsn"], "create table kept as select 7 as n")
        everybody = first.everybody()
        assert first.end(signal.SIGINT) == 0
        assert alive(everybody, within=1) == []
        assert home.running() is None
        second = Running(home)
        try:
            assert await tell(second.facts["admin_dsn"], "select n from kept") == 7
        finally:
            second.end()


async def test_a_killed_supervisor_leaves_no_orphans_and_starts_again() -> None:
    with some_home() as home:
        first = Running(home)
        await tell(first.facts["admin_dsn"], "create table kept as select 7 as n")
        everybody = first.everybody()
        first.end(signal.SIGKILL)
        assert alive(everybody, within=20) == []
        second = Running(home)
        try:
            assert await tell(second.facts["admin_dsn"], "select n from kept") == 7
        finally:
            second.end()


def test_a_start_that_finds_its_port_taken_says_which() -> None:
    with some_home() as home:
        busy = subprocess.Popen(
            [sys.executable, "-m", "http.server", str(home.ports.service("intake"))],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            time.sleep(1)
            with pytest.raises(pytest.fail.Exception, match=r"\(intake\); KESU_PORT_BASE"):
                Running(home)
        finally:
            busy.kill()
            busy.wait()


def alive(processes: list[psutil.Process], *, within: float) -> list[psutil.Process]:
    """Who still lives after so many seconds; a zombie whose adopter is slow does not."""
    deadline = time.monotonic() + within
    while left := [each for each in processes if _lives(each)]:
        if time.monotonic() > deadline:
            return left
        time.sleep(0.05)
    return []


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def tell(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
