"""F32 and F33: a process whose clock is wrong, and a database whose clock jumps."""

import asyncio
import random
import re
import shlex
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from kesu.embedded.processes import free_port
from kesu.playing.stage import stage
from tests.drills.runbook import commands_of
from tests.faults.faketime import set_clock, shifted, steered
from tests.faults.fault import Fault, Unfit, happened, insist
from tests.faults.hands import (
    administrator,
    everybody_back,
    knock,
    member_back,
    server_back,
)
from tests.faults.lab import Lab, Member
from tests.faults.operating import operate

SKEWS = ("+2h", "-2h")
REPLICATED = ("intake", "escalation", "followup")
TIMERS = ("escalation", "followup")
SKEWED_SECONDS = 12.0
JUMP, JUMP_SECONDS = "90m", 5400.0
HELD_SECONDS = 6.0
NOTICED_SECONDS = 10.0
AGAIN_SECONDS, BACK_SECONDS = 120.0, 60.0
DRIFT_SECONDS = 10.0
TRUE = "+0"
PAGE, WORD = "clock-step", ("clock", "acknowledge", "--reason", "a fault run")
_STEP = re.compile(rb'"seconds": -?5[34]\d\d\.\d')
"""A step of ninety minutes in a line of the log."""


def faults() -> list[Fault]:
    """Replicas two hours off, a database that jumps there and back, one that runs fast."""
    skewed = [replica(name, by) for name in REPLICATED for by in SKEWS]
    whole = frozenset({"postgres", *TIMERS})
    return [
        *skewed,
        Fault(
            name="database-jumps", row="F33", victims=whole, strike=jump, timely=True, alone=True
        ),
        Fault(
            name="database-drifts", row="F33", victims=whole, strike=drift, timely=True, alone=True
        ),
    ]


def replica(service: str, by: str) -> Fault:
    """A second process of a service, two hours off: only the database's clock decides."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        async with _beside(lab, service, by) as member:
            await _meets_callers(lab, member, service, by)
            await asyncio.sleep(SKEWED_SECONDS)
        return 1

    name = f"replica:{service}:{by}"
    return Fault(name=name, row="F32", victims=frozenset({"replica"}), strike=strike, timely=True)


async def jump(lab: Lab, rng: random.Random) -> int:
    """Ninety minutes forward, then back, while it runs: nothing fires until an operator says so,
    not even by a worker that begins meanwhile.
    """
    async with _steered_database(lab) as clock:
        for by in (f"+{JUMP}", TRUE):
            before, told = await _database_time(lab), _steps_told(lab)
            set_clock(clock, by)
            await _jumped(lab, before)
            await _noticed(lab, told)
            await _held(lab)
            await _begun_again(lab, rng.choice(TIMERS))
            await _held(lab)
            await _as_the_page_says(lab)
            await _fires_again(lab)
    return 2


async def _begun_again(lab: Lab, service: str) -> None:
    member = lab.members[service]
    starts = member.starts
    member.signal(signal.SIGKILL)
    insist(await happened(lambda: member.starts > starts, within=BACK_SECONDS), f"{service} ended")
    await member_back(member)


async def drift(lab: Lab, _rng: random.Random) -> int:
    """A tenth too fast is no jump: timers fire on."""
    async with _steered_database(lab) as clock:
        set_clock(clock, f"{TRUE} x1.1")
        await asyncio.sleep(DRIFT_SECONDS)
        await _fires_again(lab)
        set_clock(clock, TRUE)
    return 1


@asynccontextmanager
async def _beside(lab: Lab, service: str, by: str) -> AsyncIterator[Member]:
    """One more process of a service, on a port of its own, with a clock of its own."""
    port, false = free_port(), shifted(by)
    found = lab.member(service, KESU_PORT=str(port), **false)
    name = f"{service}{by}"
    program = replace(found.program, name=name, log=lab.home.log(name))
    member = Member(name=name, port=port, program=program, plan=found.plan.with_name(name))
    member.start()
    try:
        await member_back(member)
        yield member
    finally:
        await asyncio.to_thread(member.stop)


async def _meets_callers(lab: Lab, member: Member, service: str, by: str) -> None:
    """A token that this clock calls too old or too young is refused, never an error of ours."""
    async with stage(lab.home, lab.admin_dsn) as here:
        headers = here.player.headers_of("auto-demo", "clerk")
        signed = here.player.sign("msg_fault", b"{}", False)
    base = f"http://127.0.0.1:{member.port}"
    place = f"/{service}/v1/policy" if service == "intake" else "/readyz"
    async with httpx.AsyncClient(base_url=base) as client:
        said = await knock(client, place, headers)
        insist(said.status in {200, 401}, f"{member.name} answered {said.status}")
        if service == "intake":
            url = f"/{service}/v1/hotline/180/tickets"
            answer = await client.post(url, content=b"{}", headers=signed)
            insist(answer.status_code == 401, f"a signature {by} off: {answer.status_code}")


@asynccontextmanager
async def _steered_database(lab: Lab) -> AsyncIterator[Path]:
    """PostgreSQL with a clock that a file steers; afterwards with its own again."""
    clock = lab.postgres.home / "clock"
    set_clock(clock, TRUE)
    false = steered(clock)
    try:
        await _restarted(lab, false)
        yield clock
    finally:
        set_clock(clock, TRUE)
        await _restarted(lab, {})
        await operate(lab, *WORD)


async def _restarted(lab: Lab, environment: dict[str, str]) -> None:
    await asyncio.to_thread(lab.postgres.stop, "fast")
    lab.postgres.environment = environment
    await server_back(lab)
    await everybody_back(lab)
    await asyncio.sleep(NOTICED_SECONDS / 2)


async def _database_time(lab: Lab) -> tuple[datetime, float]:
    async with administrator(lab) as hand:
        return await hand.fetchval("select clock_timestamp()"), time.monotonic()


async def _jumped(lab: Lab, before: tuple[datetime, float]) -> None:
    """Raises Unfit when the false clock does not work: then nothing was struck."""
    await asyncio.sleep(2.0)
    now, at = await _database_time(lab)
    step = (now - before[0]).total_seconds() - (at - before[1])
    insist(abs(abs(step) - JUMP_SECONDS) < 60, f"the database's clock went {step:.0f} s")


def _steps_told(lab: Lab) -> dict[str, int]:
    """How many large steps each service has spoken of in its log."""
    return {name: len(_STEP.findall(lab.home.log(name).read_bytes())) for name in TIMERS}


async def _noticed(lab: Lab, before: dict[str, int]) -> None:
    """Everybody says that the clock stepped. Raises Unfit."""

    def all_say_so() -> bool:
        return all(now > before[name] for name, now in _steps_told(lab).items())

    insist(await happened(all_say_so, within=AGAIN_SECONDS), "somebody did not notice the jump")


async def _held(lab: Lab) -> None:
    """Once it is noticed nothing fires, although much is due."""
    before = {name: await _fired(lab, name) for name in TIMERS}
    await asyncio.sleep(HELD_SECONDS)
    for name in TIMERS:
        after = await _fired(lab, name)
        insist(after == before[name], f"{name} fired {after - before[name]:.0f} after the jump")


async def _fires_again(lab: Lab) -> None:
    """Something fires within half a minute. Raises Unfit."""
    before = {name: await _fired(lab, name) for name in TIMERS}
    until = time.monotonic() + AGAIN_SECONDS
    while time.monotonic() < until:
        if any([await _fired(lab, name) > before[name] for name in TIMERS]):
            return
        await asyncio.sleep(0.5)
    raise Unfit("no timer fired again")


async def _fired(lab: Lab, service: str) -> float:
    """How many timers a process has fired since it began."""
    async with httpx.AsyncClient(timeout=10) as client:
        page = await client.get(f"http://127.0.0.1:{lab.members[service].port}/metrics")
    return sum(
        sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
        if sample.name == "kesu_timer_lateness_seconds_count"
    )


async def _as_the_page_says(lab: Lab) -> None:
    """What docs/runbooks/clock-step.md has an operator do. Raises Unfit."""
    look, word = (shlex.split(command)[1:] for command in commands_of(PAGE))
    said = await operate(lab, *look)
    insist("saw the database's clock jump" in said, f"the operator is told nothing: {said}")
    await operate(lab, *word)
