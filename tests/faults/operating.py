"""What an operator does in a lab: `kesu` commands, and a broker that ended started again."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import structlog
from prometheus_client.parser import text_string_to_metric_families

from kesu import environment
from kesu.cli import TRY_AGAIN
from kesu.embedded.processes import StartFailed
from kesu.embedded.topics import create_topics
from kesu.home import PROJECT, SERVICES
from tests.faults.fault import Unfit, insist
from tests.faults.lab import Lab

METRICS_SECONDS = 5.0
NOTICED_SECONDS = 30
STARTS = 3
ATTEMPTS = 5
"""As often an operator gives a command that the database's absence cut short."""

log = structlog.get_logger("faults")


async def operate(lab: Lab, *words: str, service: str = "intake") -> str:
    """Runs a `kesu` command to its end, with the settings of a service; returns what it printed.

    Raises Unfit when it fails.
    """
    own = lab.broker
    part = environment.broker_part(own.bootstrap, own.flavour, own.incarnation)
    told = environment.for_service(lab.home, service, part)
    settings = told | {"KESU_ADMIN_DATABASE_URL": lab.postgres.admin_dsn}
    for _ in range(ATTEMPTS):
        status, said = await _told(words, settings)
        log.info("operated", command=" ".join(words[:2]), status=status)
        if status != TRY_AGAIN:
            break
    insist(status == 0, f"kesu {words[0]} failed: {said[-300:]}")
    return said


async def _told(words: tuple[str, ...], settings: environment.Environment) -> tuple[int, str]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kesu", *words),
        env=settings,
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    assert child.returncode is not None, "it has ended"
    return child.returncode, said.decode()


async def counted(lab: Lab, service: str, name: str) -> float:
    """The sum of a metric of a service over its labels; 0 while it does not answer."""
    url = f"http://127.0.0.1:{lab.members[service].port}/metrics"
    with suppress(httpx.TransportError):
        async with httpx.AsyncClient(timeout=METRICS_SECONDS) as client:
            page = (await client.get(url)).text
        return sum(
            sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
            if sample.name == name
        )
    return 0.0


async def broker_up(lab: Lab) -> None:
    """Starts the broker again. One that forgot everything gets its topics, services that know its
    new name, and what some listener has not heard, as the supervisor sees to it.
    """
    lab.broker.begin()
    await asyncio.to_thread(_wait_long, lab)
    log.info("the broker is up")
    if lab.broker.incarnation:
        await renew(lab)
        for service in SERVICES:
            await retell(lab, service)
        await asyncio.to_thread(lab.wait_ready)
        await operate(lab, "republish", "--missing")


def _wait_long(lab: Lab) -> None:
    """On a busy machine a Java process may take longer than a supervisor would wait."""
    for _ in range(STARTS):
        with suppress(StartFailed):
            lab.broker.wait_ready()
            return
    lab.broker.wait_ready()


async def retell(lab: Lab, service: str, **more: str) -> None:
    """Ends a service in order and starts it with what it would be told now, and `more`."""
    member = lab.members[service]
    await asyncio.to_thread(member.stop)
    member.program = lab.member(service, **more).program
    member.start()
    member.kept = True


async def renew(lab: Lab) -> None:
    """Topics for a broker that has none; whatever was put into the old ones is forgotten."""
    await create_topics(lab.broker.bootstrap)
    lab.forgot = True
    lab.planted.clear()


async def within(
    ask: Callable[[], Awaitable[object]],
    wrong: str,
    otherwise: type[Exception] = Unfit,
    seconds: int = NOTICED_SECONDS,
) -> None:
    """Asks until something is there; raises `otherwise` after so many seconds."""
    for _ in range(seconds * 2):
        if await ask():
            return
        await asyncio.sleep(0.5)
    raise otherwise(wrong)


async def rows(lab: Lab, question: str, *values: object) -> list[Any]:
    """What the database answers an administrator."""
    connection = await lab.connect()
    try:
        return list(await connection.fetch(question, *values))
    finally:
        await connection.close()


async def change(lab: Lab, statements: str) -> None:
    """What an administrator does to the database; gives up soon when others hold the lock."""
    connection = await lab.connect()
    try:
        await connection.execute(f"set lock_timeout = '20 s'; {statements}")
    finally:
        await connection.close()
