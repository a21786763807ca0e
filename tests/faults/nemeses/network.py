"""F30, F31, and F11 by wire: one-way partitions, loss, slow links, resets, an answer lost."""

import asyncio
import random

from kesu.home import SERVICES
from tests.faults.fault import Fault, NotStruck, Strike
from tests.faults.lab import Lab
from tests.faults.nemeses.broker import wires_of
from tests.faults.wires import DOWN, UP, Hurt
from tests.faults.wiring import BROKER

PARTED_SECONDS = (2.0, 8.0)
"""Within a lease, and far beyond one."""
ROUGH_SECONDS = 6.0
REFUSED_SECONDS = 2.0
LOOKS, LOOK_SECONDS = 60, 0.25
TIMES = 4

_WRITES = {
    "intake": "ComplaintRegistered",
    "escalation": "CaseOpened",
    "compensation": "CaseLinked",
    "followup": "Callback",
    "insights": "kesu.",
}
"""What is in a statement of each service that writes."""
_BATCH = "kesu.intake.complaint_registered.v1"
_ROUGH = {
    "a fifth of all packets lost": Hurt(lost=0.2),
    "a link of 32 kB a second": Hurt(bytes_s=32_000),
    "a jittery link": Hurt(latency_ms=60, jitter_ms=60),
    "bytes in small slices": Hurt(slice_to=37, jitter_ms=1),
    "answers cut off": Hurt(limit=6_000),
}


def faults() -> list[Fault]:
    """On the way to the database of one service, and on everybody's way to the broker."""
    found: list[Fault] = []
    for wire in (*SERVICES, BROKER):
        found += [
            _parted(wire, ways, seconds)
            for ways in ((UP,), (DOWN,), (UP, DOWN))
            for seconds in PARTED_SECONDS
        ]
        found += [_rough(wire, name, hurt) for name, hurt in _ROUGH.items()]
        found += [_reset(wire), _refused(wire), _unanswered(wire)]
    return found


def _parted(wire: str, ways: tuple[str, ...], seconds: float) -> Fault:
    """Nothing passes these ways; a lease that lapses meanwhile is another's."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        async with wires_of(lab).hurting(Hurt(silent=ways), wire) as felt:
            await asyncio.sleep(seconds)
        return 1 if felt[wire] else _unfelt(wire)

    name = f"nothing passes {' and '.join(ways)} between {_between(wire)} for {seconds:.0f} s"
    return _fault("F30", name, wire, strike)


def _rough(wire: str, name: str, hurt: Hurt) -> Fault:
    async def strike(lab: Lab, _rng: random.Random) -> int:
        async with wires_of(lab).hurting(hurt, wire) as felt:
            await asyncio.sleep(ROUGH_SECONDS)
        return 1 if felt[wire] else _unfelt(wire)

    return _fault("F31", f"{name} between {_between(wire)}", wire, strike)


def _reset(wire: str) -> Fault:
    """Every connection is reset; several times, while new ones are made."""

    async def strike(lab: Lab, rng: random.Random) -> int:
        wires, count = wires_of(lab), 0
        for _ in range(TIMES):
            await wires.change(wire, Hurt(reset=True))
            await asyncio.sleep(rng.uniform(0.1, 0.6))
            count += await wires.change(wire, Hurt())
        return count or _unfelt(wire)

    return _fault("F31", f"connections reset between {_between(wire)}", wire, strike)


def _refused(wire: str) -> Fault:
    """All connections are reset and new ones refused for a while."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        async with wires_of(lab).hurting(Hurt(reset=True, refuse=True), wire) as felt:
            await asyncio.sleep(REFUSED_SECONDS)
        return 1 if felt[wire] else _unfelt(wire)

    return _fault("F31", f"connections refused between {_between(wire)}", wire, strike)


def _unanswered(wire: str) -> Fault:
    """The server does what it was asked, and just then the connection is reset: was it done?"""
    said = _BATCH if wire == BROKER else _WRITES[wire]

    async def strike(lab: Lab, _rng: random.Random) -> int:
        wires = wires_of(lab)
        async with wires.hurting(Hurt(unanswered=said, times=TIMES), wire) as felt:
            for _ in range(LOOKS):
                await asyncio.sleep(LOOK_SECONDS)
                if await wires.struck(wire) == TIMES:
                    break
        return felt[wire] or _unfelt(wire)

    return _fault("F11", f"the answer to a write is lost between {_between(wire)}", wire, strike)


def _fault(row: str, name: str, wire: str, strike: Strike) -> Fault:
    return Fault(name=name, row=row, victims=frozenset({_victim(wire)}), strike=strike)


def _victim(wire: str) -> str:
    return BROKER if wire == BROKER else f"wire:{wire}"


def _between(wire: str) -> str:
    return "all and the broker" if wire == BROKER else f"{wire} and its database"


def _unfelt(wire: str) -> int:
    raise NotStruck(f"nothing went over the wire {wire}")
