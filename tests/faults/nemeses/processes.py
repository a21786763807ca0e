"""F7 and F8: whole processes stand still, end in order, or are killed, one or two at once."""

import asyncio
import random
import signal
import time
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from subprocess import Popen

import httpx

from kesu.home import SERVICES
from tests.faults.fault import Fault, NotStruck, happened, insist
from tests.faults.hands import knock, member_back
from tests.faults.lab import END_SECONDS, GATEWAY, Lab, Member

ALL = (*SERVICES, GATEWAY)
LEASES = 3 * 3.0 + 0.5
GRACE_SECONDS = 3.0
LOOK_SECONDS = 0.05
ASKED_SECONDS = 5.0
SLACK_SECONDS = 0.3
"""How much shorter the grace may look: we ask every so often, and each asking takes a while."""


def faults() -> list[Fault]:
    """Each process stopped, ended and killed; and some pairs killed."""
    stood = [stand_still(name) for name in ALL]
    ended = [end_in_order(name) for name in ALL]
    killed = [kill(name) for name in ALL]
    return [*stood, *ended, *killed, kill_two(), restart_all()]


def stand_still(name: str) -> Fault:
    """For three leases the process does nothing, then it wakes and knows of nothing."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        member = await _awake(lab, name)
        member.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(LEASES)
        finally:
            member.signal(signal.SIGCONT)
        await member_back(member)
        return 1

    return Fault(name=f"stand-still:{name}", row="F7", victims=frozenset({name}), strike=strike)


def kill(name: str) -> Fault:
    """Kill -9 at any moment."""

    async def strike(lab: Lab, rng: random.Random) -> int:
        member = await _awake(lab, name)
        await asyncio.sleep(rng.uniform(0, 2))
        member.signal(signal.SIGKILL)
        await _begun_again([member])
        return 1

    return Fault(name=f"kill:{name}", row="F8", victims=frozenset({name}), strike=strike)


def kill_two() -> Fault:
    """Kill -9 of two processes in the same moment."""

    async def strike(lab: Lab, rng: random.Random) -> int:
        pair = [await _awake(lab, name) for name in rng.sample(ALL, 2)]
        for member in pair:
            member.signal(signal.SIGKILL)
        await _begun_again(pair)
        return len(pair)

    return Fault(name="kill-two", row="F8", victims=frozenset(ALL), strike=strike)


def end_in_order(name: str) -> Fault:
    """SIGTERM under load: it says that it goes, goes on answering, ends well and in time."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        await _in_order(await _awake(lab, name))
        return 1

    return Fault(
        name=f"in-order:{name}", row="F8", victims=frozenset({name}), strike=strike, alone=True
    )


def restart_all() -> Fault:
    """A rolling restart: every process in turn, while everybody is asking."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        for name in ALL:
            await _in_order(await _awake(lab, name))
        return len(ALL)

    return Fault(name="rolling", row="F8", victims=frozenset(ALL), strike=strike, alone=True)


@dataclass(slots=True, kw_only=True)
class Goodbye:
    """How a process went, in seconds from SIGTERM, as well as our asking can tell.

    `ready`: when we last asked and were told that it is; `refused`: when nobody listened any more.
    Its warning lasted at most from the one to the other.
    """

    ready: float = 0.0
    refused: float | None = None
    status: int | None = None


async def _in_order(member: Member) -> None:
    child = member.child
    assert child is not None, "somebody awake has a process"
    member.signal(signal.SIGTERM)
    bye = await _seen_off(member, child)
    await _begun_again([member])
    insist(bye.status == 0, f"{member.name} ended with status {bye.status}")
    if bye.refused is not None:
        warned = bye.refused - bye.ready
        insist(
            warned >= GRACE_SECONDS - SLACK_SECONDS,
            f"{member.name} closed its door {warned:.1f} s after it had said that it is ready",
        )


async def _seen_off(member: Member, child: Popen[bytes]) -> Goodbye:
    url, bye, began = f"http://127.0.0.1:{member.port}/readyz", Goodbye(), time.monotonic()
    async with httpx.AsyncClient(headers={"Connection": "close"}) as client:
        while child.poll() is None and time.monotonic() - began < END_SECONDS:
            asked = time.monotonic() - began
            said = await knock(client, url, within=ASKED_SECONDS)
            if said.status == HTTPStatus.OK:
                bye.ready = asked
            elif said.status == 0 and said.seconds < ASKED_SECONDS and bye.refused is None:
                bye.refused = asked + said.seconds
            await asyncio.sleep(LOOK_SECONDS)
    bye.status = child.poll()
    return bye


async def _begun_again(members: list[Member]) -> None:
    """The keeper starts what has ended; waits until all are ready."""
    for member in members:
        await happened(partial(_gone, member.child, member), within=END_SECONDS)
        await member_back(member)


def _gone(child: Popen[bytes] | None, member: Member) -> bool:
    """Also when the keeper was quicker than we are."""
    return child is None or child.poll() is not None or member.child is not child


async def _awake(lab: Lab, name: str) -> Member:
    member = lab.members[name]
    if not await happened(member.ready, within=END_SECONDS):
        raise NotStruck(f"{name} was away")
    return member
