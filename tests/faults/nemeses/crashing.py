"""F1 to F7: a process ends, stops or is cut off at a named point of the code."""

import asyncio
import random
import signal
from collections.abc import Iterator

from kesu.home import SERVICES
from shared.plumbing.crashpoints import CRASH_POINTS
from tests.faults.fault import Fault, NotStruck, happened
from tests.faults.hands import claimed
from tests.faults.lab import GATEWAY, Lab, Member
from tests.faults.mischief import Mode, Plan
from tests.faults.provoking import PROVOKED, TOLD, provoked

LEASE_SECONDS = 3.0
STOPPED_SECONDS = 3 * LEASE_SECONDS + 0.5
REACHED_SECONDS = 12.0
AT_TROUBLE = ("relay.failed", "consumer.joined", "consumer.assigned", "start.opened")
"""Points that a process comes to when something else went wrong before."""
BACK_SECONDS = 180.0
HITS = (1, 2, 7)
"""The first, the second and some later time."""
ONCE_IN_A_LIFE = ("start.", "stop.", "consumer.joined")
"""A process comes there once."""
SELDOM = ("start", "stop", "joint", "closing", "uptake", "hotline")
SELDOM_SECONDS = 45.0

_ROWS = {
    "door": "F1",
    "joint": "F1",
    "bench": "F1",
    "closing": "F1",
    "hotline": "F1",
    "relay": "F2",
    "consumer": "F3",
    "uptake": "F3",
    "timers": "F4",
    "gateway": "F1",
    "start": "F8",
    "stop": "F8",
}
_STOPPED_ROW = "F7"
_OF: dict[str, tuple[str, ...]] = {
    "joint": ("compensation",),
    "closing": ("escalation",),
    "hotline": ("intake",),
    "gateway": (GATEWAY,),
    "relay": ("intake", "escalation", "followup"),
    "bench": ("compensation", "escalation", "followup"),
    "timers": ("escalation", "followup"),
    "timers.alone": ("escalation",),
    "door": ("intake", "escalation", "compensation"),
    "door.entered": SERVICES,
    "uptake.heard": tuple(each for each in SERVICES if each != "intake"),
    "consumer.carefully": ("compensation", "followup"),
    "consumer.tried": ("compensation", "followup"),
    "consumer.drained": ("compensation", "followup"),
    "consumer.swept": ("compensation", "followup"),
}
"""Which processes come to a point, or to a way's points; all services unless it says otherwise."""

WITH_SUPERVISOR = "supervisor"
"""The supervisor's points need a supervisor: test_supervised.py strikes them."""


def faults() -> list[Fault]:
    """Every point × mode × hit; the victim is drawn from those that come to the point."""
    return [crash(point, mode, hit) for point, mode, hit in _combinations()]


def _combinations() -> Iterator[tuple[str, Mode, int]]:
    for point in CRASH_POINTS:
        if not point.startswith(WITH_SUPERVISOR):
            yield from ((point, mode, hit) for mode in Mode for hit in hits_of(point))


def hits_of(point: str) -> tuple[int, ...]:
    """At which of its times a point is struck."""
    return HITS[:1] if point.startswith(ONCE_IN_A_LIFE) else HITS


def crash(point: str, mode: Mode, hit: int, victim: str | None = None) -> Fault:
    """The process that comes to the point for the n-th time suffers; then it heals."""
    way = point.partition(".")[0]
    possible = (victim,) if victim else _OF.get(point, _OF.get(way, SERVICES))
    rare = way in (*SELDOM, "timers") or point in PROVOKED
    within = (SELDOM_SECONDS if rare else REACHED_SECONDS) * (2 if hit == HITS[-1] else 1)

    async def strike(lab: Lab, rng: random.Random) -> int:
        async with claimed(lab, rng, possible) as member:
            return await suffer(lab, rng, member)

    async def suffer(lab: Lab, rng: random.Random, member: Member) -> int:
        if not await happened(member.ready, within=BACK_SECONDS):
            raise NotStruck(f"{member.name} was away")
        plan = Plan(id=lab.next_plan(), point=point, mode=mode, hit=hit, ports=lab.wire_ports)
        try:
            async with provoked(lab, rng, plan, member) as enough:
                if not await happened(lambda: lab.has_fired(member.name, plan.id), within=within):
                    raise NotStruck(f"{member.name} did not come to {point} {hit} times")
                await enough()
                await _heal(mode, member)
        finally:
            # What is still planned would strike later, with nobody there to heal it.
            member.plan.unlink(missing_ok=True)
            member.signal(signal.SIGCONT)
        return 1

    return Fault(
        name=f"{point}:{mode}:{hit}",
        row=_STOPPED_ROW if mode is Mode.STOP else _ROWS[way],
        victims=frozenset(possible) if len(possible) == 1 else frozenset(),
        strike=strike,
        timely=way == "timers",
        lengthy=bool({way, point} & {*SELDOM, *TOLD, *PROVOKED, *AT_TROUBLE}),
    )


async def _heal(mode: Mode, member: Member) -> None:
    if mode is Mode.STOP:
        await asyncio.sleep(STOPPED_SECONDS)
        member.signal(signal.SIGCONT)
    if not await happened(member.ready, within=BACK_SECONDS):
        raise TimeoutError(f"{member.name} did not come back")
