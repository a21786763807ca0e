"""F28 and F29: a consumer that lags, members that come and go, two that think they own one."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from kesu.embedded.processes import free_port
from kesu.home import SERVICES
from tests.faults.fault import Fault, NotStruck, Strike, happened
from tests.faults.lab import Lab, Member
from tests.faults.nemeses.broker import VICTIMS
from tests.faults.tapping import Put, latest, put

STUTTERS = 5
STOPPED_SECONDS, GOING_SECONDS = 1.6, 0.4
BURST, BURST_TIMES = 60, 10
COMINGS = 4
APART_SECONDS = 3.0
JOINED_SECONDS = 150.0
EVICTED_SECONDS = 13.0
"""Longer than a member may be silent in its group (`session_timeout_ms`)."""


def faults() -> list[Fault]:
    """For each service that listens."""
    found = []
    for service in SERVICES:
        found += [
            _fault("F28", f"{service} reads in stutters in a burst", service, _stutter(service)),
            _fault("F29", f"members of {service} come and go", service, _come_and_go(service)),
            _fault("F29", f"two of {service} own one partition", service, _both(service)),
        ]
    return found


def _fault(row: str, name: str, service: str, strike: Strike) -> Fault:
    return Fault(name=name, row=row, victims=VICTIMS | {service}, strike=strike)


def _stutter(service: str) -> Strike:
    """It stands still most of the time while ten times as much comes as ever did."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        member = lab.members[service]
        burst = [
            Put(topic=each.topic, partition=each.partition, key=each.key, value=each.value)
            for each in await latest(lab, BURST)
            for _ in range(BURST_TIMES)
        ]
        sending = asyncio.create_task(put(lab, burst))
        for _ in range(STUTTERS):
            member.signal(signal.SIGSTOP)
            await asyncio.sleep(STOPPED_SECONDS)
            member.signal(signal.SIGCONT)
            await asyncio.sleep(GOING_SECONDS)
        await sending
        return STUTTERS

    return strike


def _come_and_go(service: str) -> Strike:
    """Every few seconds another worker joins or leaves, in order or at once."""

    async def strike(lab: Lab, rng: random.Random) -> int:
        for _ in range(COMINGS):
            sign = rng.choice((signal.SIGTERM, signal.SIGKILL))
            async with _second(lab, service, sign):
                await asyncio.sleep(APART_SECONDS)
        return COMINGS

    return strike


def _both(service: str) -> Strike:
    """The first one is silent until the second has its partitions, and goes on where it was."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        first = lab.members[service]
        async with _second(lab, service, signal.SIGTERM):
            first.signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(EVICTED_SECONDS)
            finally:
                first.signal(signal.SIGCONT)
            await asyncio.sleep(APART_SECONDS)
        return 1

    return strike


@asynccontextmanager
async def _second(lab: Lab, service: str, sign: signal.Signals) -> AsyncIterator[Member]:
    """Another worker of a service, in the same group. Raises NotStruck when it never gets up."""
    port = free_port()
    like = lab.member(service, KESU_PORT=str(port))
    words = [*like.program.argv, "--only", "worker"]
    own = replace(like.program, argv=words, log=lab.home.log(f"{service}-second"))
    second = Member(name=f"{service}-second", port=port, program=own, plan=like.plan, kept=False)
    second.start()
    try:
        if not await happened(second.ready, within=JOINED_SECONDS):
            raise NotStruck(f"a second {service} did not get ready")
        yield second
    finally:
        second.signal(sign)
        await asyncio.to_thread(second.stop)
