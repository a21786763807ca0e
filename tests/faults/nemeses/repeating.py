"""F24 and F25: what comes again and again, and what comes before its time."""

import asyncio
import random

from shared.contracts.registry import topic_of
from tests.faults.fault import Fault, NotStruck, Strike
from tests.faults.lab import Lab
from tests.faults.nemeses.broker import VICTIMS
from tests.faults.operating import rows
from tests.faults.oracle.evidence import Record
from tests.faults.tapping import Put, latest, put

TIMES = 10
RECENT = 40
OLDER = 150
HELD_SECONDS = 3.0
TAP = "tap"
REORDERED = ("intake", "escalation", "compensation")


def faults() -> list[Fault]:
    """By a tap that puts real records into the topics again, or before the relay does."""
    return [
        _fault("F24", "every late record ten times more", _ten_times),
        _fault("F25", "old records once more in any order", _replayed),
        *(
            _fault("F25", f"facts of {each} before their time and backwards", _swapped(each))
            for each in REORDERED
        ),
    ]


def _fault(row: str, name: str, strike: Strike) -> Fault:
    return Fault(name=name, row=row, victims=VICTIMS, strike=strike)


async def _ten_times(lab: Lab, _rng: random.Random) -> int:
    """At least once, and then some: nothing may happen ten times."""
    found = await latest(lab, RECENT)
    again = [_again(each) for each in found for _ in range(TIMES)]
    await put(lab, again)
    return 1 if again else _nothing("the topics are empty")


async def _replayed(lab: Lab, rng: random.Random) -> int:
    """What was read long ago comes again, newest and oldest mixed."""
    again = [_again(each) for each in await latest(lab, OLDER)]
    rng.shuffle(again)
    await put(lab, again)
    return 1 if again else _nothing("the topics are empty")


def _again(each: Record) -> Put:
    return Put(topic=each.topic, partition=each.partition, key=each.key, value=each.value)


def _nothing(why: str) -> int:
    raise NotStruck(why)


def _swapped(service: str) -> Strike:
    """Facts come before their time and backwards; then the relay sends them as they should be."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        await rows(lab, _TAKE.format(s=service), TAP)
        try:
            await asyncio.sleep(HELD_SECONDS)
            pending = await rows(lab, _PENDING.format(s=service))
            backwards = [
                Put(
                    topic=topic_of(service),
                    key=str(row["partition_key"]).encode(),
                    value=row["fact"],
                )
                for row in reversed(pending)
            ]
            lab.planted.update(await put(lab, backwards))
        finally:
            await rows(lab, _GIVE_BACK.format(s=service), TAP)
        return 1 if len(pending) > 1 else _nothing("nothing was told meanwhile")

    return strike


_TAKE = """
update {s}.relay_leases set owner = $1, epoch = epoch + 1,
    expires_at = clock_timestamp() + interval '1 minute' returning bucket
"""
_GIVE_BACK = """
update {s}.relay_leases set owner = null, expires_at = '-infinity' where owner = $1 returning bucket
"""
_PENDING = """
select o.aggregate, j.fact, j.partition_key from {s}.outbox o
join {s}.journal j on j.aggregate = o.aggregate and j.seq = o.seq order by o.id
"""
