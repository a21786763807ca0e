"""F1 to F3 again and again: the next misfortune comes while the last one is still being mended."""

import random

from shared.plumbing.crashpoints import CRASH_POINTS
from tests.faults.fault import Fault, NotStruck, happened
from tests.faults.hands import claimed
from tests.faults.lab import Lab, Member
from tests.faults.mischief import Mode, Plan
from tests.faults.nemeses.crashing import AT_TROUBLE

STRIKES = {Mode.RESET: 20, Mode.EXIT: 6}
REACHED_SECONDS = {Mode.RESET: 3.0, Mode.EXIT: 12.0}
"""One that was ended has to start first."""
BACK_SECONDS = 180.0
HITS_MAX = 3
WAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "door": ("F1", ("intake",)),
    "relay": ("F2", ("intake", "escalation")),
    "consumer": ("F3", ("escalation", "compensation", "followup", "insights")),
}
"""The row of each way, and the processes that come along it all the time."""

RARE = (
    *AT_TROUBLE,
    *("door.read", "relay.renewed"),
    *(f"consumer.{word}" for word in ("carefully", "tried", "drained", "swept")),
)


def faults() -> list[Fault]:
    """Each busy process on each of its ways: ended some times, cut off many times."""
    return [
        storm(way, name, mode)
        for way, (_, names) in WAYS.items()
        for name in names
        for mode in STRIKES
    ]


def storm(way: str, name: str, mode: Mode) -> Fault:
    """Struck at point after point of the way, drawn anew, without waiting until it is well."""
    points = [each for each in CRASH_POINTS if each.startswith(f"{way}.") and each not in RARE]

    async def strike(lab: Lab, rng: random.Random) -> int:
        async with claimed(lab, rng, (name,)) as member:
            return await blow(lab, rng, member)

    async def blow(lab: Lab, rng: random.Random, member: Member) -> int:
        try:
            struck = [
                await _struck(lab, member, rng.choice(points), mode, rng.randint(1, HITS_MAX))
                for _ in range(STRIKES[mode])
            ]
        finally:
            member.plan.unlink(missing_ok=True)
        if not await happened(member.ready, within=BACK_SECONDS):
            raise TimeoutError(f"{name} did not come back")
        if not any(struck):
            raise NotStruck(f"{name} came to none of its points")
        return sum(struck)

    return Fault(
        name=f"storm of {mode}s along {way} of {name}",
        row=WAYS[way][0],
        victims=frozenset({name}),
        strike=strike,
        lengthy=True,
    )


async def _struck(lab: Lab, member: Member, point: str, mode: Mode, hit: int) -> bool:
    plan = Plan(id=lab.next_plan(), point=point, mode=mode, hit=hit, ports=lab.wire_ports)
    lab.arm(member.name, plan)
    return await happened(lambda: lab.has_fired(member.name, plan.id), within=REACHED_SECONDS[mode])
