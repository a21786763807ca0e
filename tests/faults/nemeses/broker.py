"""F18 to F23: the broker is away, refuses, is slow, forgets everything, or loses a part."""

import asyncio
import random
import shutil
import signal
from collections.abc import Awaitable, Callable

import psutil
from aiokafka import TopicPartition
from aiokafka.admin.records_to_delete import RecordsToDelete

from kesu.embedded.kafka import EmbeddedKafka
from kesu.home import SERVICES
from shared.contracts.registry import LISTENS, topic_of
from tests.faults.fault import Fault, NotStruck, Strike, insist
from tests.faults.lab import Lab
from tests.faults.operating import broker_up, counted, operate, renew
from tests.faults.tapping import administrator, configure, ends
from tests.faults.watching import events
from tests.faults.wires import Hurt, Wires
from tests.faults.wiring import BROKER

VICTIMS = frozenset({BROKER})
TELLING_SECONDS = 10.0
LEARNT_SECONDS = 60.0
SLOW_SECONDS = 12.0
GROWTH_MAX = 64 * 1024 * 1024
REFUSING_SECONDS = 4.0
CUT_MIN = 20
BEHIND_SECONDS = 20.0

NOT_LEADER, TIMED_OUT, NOT_ENOUGH, OUT_OF_ORDER, FENCED = 6, 7, 19, 45, 90
"""Error codes of the Kafka protocol (kafka.apache.org, protocol guide)."""


def faults() -> list[Fault]:
    """What a broker can do to us on one machine; what one node cannot do is in UNREACHABLE."""
    gone = [_away(way, s) for way in ("killed", "stopped") for s in (2.0, 20.0, 60.0)]
    errors = [_refusing("F19", code) for code in (NOT_LEADER, TIMED_OUT, NOT_ENOUGH)]
    errors += [_refusing("F23", code) for code in (OUT_OF_ORDER, FENCED)]
    slow = [_slow(latency) for latency in (400, 1_000)]
    rest = [
        _fault("F19", "the broker starts anew in order", _restart),
        _fault("F19", "too few replicas", _too_few),
        _fault("F21", "all topics lost", _lose),
        _fault("F22", "topics cut before they were read", _cut),
    ]
    return [*gone, *errors, *slow, *rest]


def _fault(row: str, name: str, strike: Strike) -> Fault:
    """What is lost for good is struck alone: who counts what is gone must not end meanwhile."""
    alone = row in {"F21", "F22"}
    return Fault(name=name, row=row, victims=VICTIMS, strike=strike, alone=alone)


def wires_of(lab: Lab) -> Wires:
    """Raises NotStruck where there are none."""
    if lab.wires is None:
        raise NotStruck("this lab has no wires")
    return lab.wires


def real(lab: Lab) -> EmbeddedKafka:
    """Raises NotStruck on the embedded broker, which cannot do this."""
    if not isinstance(lab.broker, EmbeddedKafka):
        raise NotStruck(f"not on {lab.broker.flavour}")
    return lab.broker


def _away(way: str, seconds: float) -> Fault:
    """The broker ends at once, or stands still; complaints are taken all the while."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        child, before = lab.broker.child, await events(lab)
        assert child, "the broker runs"
        child.send_signal(signal.SIGKILL if way == "killed" else signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
            grown = await events(lab) - before
        finally:
            if way == "killed":
                child.wait()
                await broker_up(lab)
            else:
                child.send_signal(signal.SIGCONT)
        insist(grown or seconds < TELLING_SECONDS, "nothing was written while the broker was away")
        return 1

    name = f"broker {way} for {seconds:.0f} s"
    long = seconds > TELLING_SECONDS
    return Fault(
        name=name,
        row="F18",
        victims=VICTIMS,
        strike=strike,
        alone=long,
        lengthy=seconds >= LEARNT_SECONDS,
    )


async def _restart(lab: Lab, _rng: random.Random) -> int:
    """Its partitions have no leader until it is back."""
    broker = real(lab)
    await asyncio.to_thread(broker.stop)
    await broker_up(lab)
    return 1


async def _too_few(lab: Lab, rng: random.Random) -> int:
    """One replica where two are asked for: the broker refuses all (NOT_ENOUGH_REPLICAS)."""
    real(lab)
    topic = topic_of(rng.choice(SERVICES))
    try:
        await configure(lab, topic, {"min.insync.replicas": "2"})
        await asyncio.sleep(REFUSING_SECONDS)
    finally:
        await configure(lab, topic, {})
    return 1


def _refusing(row: str, code: int) -> Fault:
    """A burst of refused batches: the broker never gets them, the relay hears the error."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        async with wires_of(lab).hurting(Hurt(refused=code, times=8), BROKER) as felt:
            await asyncio.sleep(REFUSING_SECONDS)
        return felt[BROKER] or _nothing("nobody sent anything")

    return _fault(row, f"batches refused with error {code}", strike)


def _nothing(why: str) -> int:
    raise NotStruck(why)


def _slow(latency: int) -> Fault:
    """Every answer takes twice this long; nobody hoards."""

    async def strike(lab: Lab, _rng: random.Random) -> int:
        before = _sizes(lab)
        async with wires_of(lab).hurting(Hurt(latency_ms=latency), BROKER) as felt:
            await asyncio.sleep(SLOW_SECONDS)
            after = _sizes(lab)
        for name, size in before.items():
            grown = after.get(name, size) - size
            insist(grown < GROWTH_MAX, f"{name} grew by {grown >> 20} MiB")
        return 1 if felt[BROKER] else _nothing("nothing went over the wire")

    name = f"the broker answers {2 * latency} ms later"
    return Fault(name=name, row="F20", victims=VICTIMS, strike=strike, alone=True)


def _sizes(lab: Lab) -> dict[str, int]:
    """Resident bytes of every process that is ready."""
    ready = [each for each in lab.members.values() if each.ready()]
    return {each.name: psutil.Process(each.pid).memory_info().rss for each in ready}


async def _lose(lab: Lab, _rng: random.Random) -> int:
    """Another cluster stands in the broker's place, empty; the journals have everything."""
    if not isinstance(lab.broker, EmbeddedKafka):
        child = lab.broker.child
        assert child, "the broker runs"
        child.send_signal(signal.SIGKILL)
        child.wait()
        await broker_up(lab)
        return 1
    known = await _incarnations(lab)
    await asyncio.to_thread(lab.broker.kill)
    await asyncio.to_thread(shutil.rmtree, lab.broker.home / "data")
    await broker_up(lab)
    await renew(lab)
    await operate(lab, "republish", "--missing")
    await _until(lambda: _all_know_another(lab, known), "somebody reads the new topics as the old")
    return 1


async def _incarnations(lab: Lab) -> set[str]:
    connection = await lab.connect()
    try:
        found = await connection.fetch(
            " union ".join(f"select incarnation from {each}.offsets" for each in SERVICES)  # noqa: S608
        )
        return {row["incarnation"] for row in found}
    finally:
        await connection.close()


async def _all_know_another(lab: Lab, known: set[str]) -> bool:
    """Whether every listener keeps offsets of a cluster that was not known before."""
    connection = await lab.connect()
    try:
        for service in SERVICES:
            count = await connection.fetchval(
                f"select count(*) from {service}.offsets where incarnation <> all($1::text[])",  # noqa: S608
                list(known),
            )
            if not count:
                return False
        return True
    finally:
        await connection.close()


async def _until(true: Callable[[], Awaitable[bool]], wrong: str) -> None:
    for _ in range(round(LEARNT_SECONDS)):
        if await true():
            return
        await asyncio.sleep(1)
    insist(False, wrong)


async def _cut(lab: Lab, rng: random.Random) -> int:
    """What a listener has not read yet is deleted; it says so, and an operator sends it again."""
    real(lab)
    listener = rng.choice(SERVICES)
    member, topics = lab.members[listener], [topic_of(each) for each in LISTENS[listener]]
    before = await ends(lab, topics)
    gone = await _gone(lab, listener)
    member.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(REFUSING_SECONDS)
        now = await ends(lab, topics)
        if sum(now.values()) - sum(before.values()) < CUT_MIN:
            raise NotStruck("too little was told meanwhile")
        lab.forgot = True
        await _delete_before(lab, now)
    finally:
        member.signal(signal.SIGCONT)
    await _until(lambda: _noticed(lab, listener, gone), f"{listener} did not say what it missed")
    await operate(lab, "republish", "--missing")
    return 1


async def _delete_before(lab: Lab, places: dict[TopicPartition, int]) -> None:
    async with administrator(lab) as admin:
        wanted = {place: RecordsToDelete(before_offset=end) for place, end in places.items() if end}
        await admin.delete_records(wanted)


async def _noticed(lab: Lab, listener: str, before: float) -> bool:
    return await _gone(lab, listener) > before


async def _gone(lab: Lab, service: str) -> float:
    """How many records a service says it never got to read; 0 while it does not answer."""
    return await counted(lab, service, "kesu_consumer_gone_total")
