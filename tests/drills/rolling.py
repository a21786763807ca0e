"""Two processes of every service, and one of them restarted as a platform does it."""

import asyncio
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from kesu.embedded.processes import free_port
from kesu.home import SERVICES
from tests.drills.balancing import CLOSED, NOT_READY, Balancer, Place
from tests.drills.patience import eventually
from tests.faults.lab import Lab, Member

EXIT_SECONDS = 40.0
READY_SECONDS = 240.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """How a process went. `told_s` is how long /readyz said 503 before nobody took a connection
    any more; `blind_s` the longest time between two looks, which is how wrong that can be.
    """

    name: str
    status: int
    told_s: float
    blind_s: float
    ended_s: float


def twin(lab: Lab, service: str) -> Member:
    """A second process of a service on another port, not started."""
    port, name = free_port(), f"{service}-b"
    made = lab.member(service, KESU_PORT=str(port))
    program = replace(made.program, name=name, log=lab.home.log(name))
    return Member(name=name, port=port, program=program, plan=lab.home.folder / f"plan-{name}")


@contextmanager
def twins(lab: Lab) -> Iterator[dict[str, list[Place]]]:
    """Two of each service, for as long as the block runs."""
    for service in SERVICES:
        member = lab.members[f"{service}-b"] = twin(lab, service)
        member.start()
    try:
        yield {
            service: [Place(service, lab.members[name].port) for name in (service, f"{service}-b")]
            for service in SERVICES
        }
    finally:
        for service in SERVICES:
            lab.members.pop(f"{service}-b").stop()


async def restart(lab: Lab, member: Member, balancer: Balancer) -> Restart:
    """SIGTERM, a watched end, another start; returns once the balancer asks it again.

    Raises TimeoutError when it neither ends nor comes back.
    """
    place, child = balancer.place(member.port), member.child
    assert child is not None, "it was started"
    member.kept, began = False, time.monotonic()
    member.signal(signal.SIGTERM)
    told, blind = await _watched(place)
    status = await asyncio.to_thread(_ended, child)
    ended = time.monotonic() - began
    member.start()
    member.kept = True
    await eventually(lambda: place.ready, within=READY_SECONDS, what=f"{member.name} is back")
    return Restart(
        name=member.name,
        status=status,
        told_s=round(told, 2),
        blind_s=round(blind, 2),
        ended_s=round(ended, 1),
    )


async def _watched(place: Place) -> tuple[float, float]:
    """Looks until nobody answers: for how long it said "not ready", and how well we looked."""
    seen, last, blind = None, time.monotonic(), 0.0
    while True:
        status, now = await place.probe(), time.monotonic()
        blind, last = max(blind, now - last), now
        if status == NOT_READY and seen is None:
            seen = now
        if status == CLOSED:
            return (now - seen if seen is not None else 0.0), blind
        await asyncio.sleep(LOOK_SECONDS)


def _ended(child: subprocess.Popen[bytes]) -> int:
    return child.wait(EXIT_SECONDS)
