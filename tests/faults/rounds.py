"""One round: load on, faults struck, everything healed and at rest, then the oracle.

A round leaves one line: seed, commit, events, faults, verdicts, duplicates, the largest outbox
age and timer lateness, recovery times, and which rare paths were reached.
"""

import asyncio
import random
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import structlog

from kesu.embedded.topics import topic_names
from kesu.home import PROJECT
from kesu.playing.stage import Stage
from tests.faults.clients import CANARIES, Clients, asking
from tests.faults.fault import Fault, NotStruck, Unfit
from tests.faults.hands import on_stage
from tests.faults.lab import Lab
from tests.faults.oracle.evidence import Evidence, Outcome, Recovery, read_topics
from tests.faults.oracle.judging import judge
from tests.faults.oracle.sometimes import sometimes
from tests.faults.oracle.verdicts import Verdict
from tests.faults.schedules import known_as
from tests.faults.stories import Stories, pass_time
from tests.faults.watching import AWAY, Watch, events, on_its_way, outbox_age, stuck

QUIET_SECONDS = 90.0
WITHIN_SECONDS = 30.0
LOOK_SECONDS = 0.5
OVERLAP_MAX = 6
REPLAYED = 0.2

log = structlog.get_logger("faults")


@dataclass(slots=True, kw_only=True)
class Result:
    """The line a round leaves. `struck` and `missed` count single faults by row and name; missed
    ones found no occasion and count for nothing; `unfit` is what Kesu did wrong while one struck.
    """

    seed: int
    schedule: str
    broker: str
    commit: str
    began: str
    seconds: float = 0.0
    events: int = 0
    registered: int = 0
    tickets: int = 0
    unknown: int = 0
    stories: int = 0
    stories_failed: list[str] = field(default_factory=list)
    struck: dict[str, int] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    unfit: list[str] = field(default_factory=list)
    verdicts: dict[str, Any] = field(default_factory=dict)
    unsent_s: float = 0.0
    timer_lateness_s: float = 0.0
    ready_s: float = 0.0
    drained_s: float = 0.0
    sometimes: dict[str, int] = field(default_factory=dict)
    reached: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """How many single faults struck."""
        return sum(self.struck.values())

    @property
    def ok(self) -> bool:
        """Whether all verdicts hold, every story went as written and nothing was found unfit."""
        held = bool(self.verdicts) and all(each["ok"] for each in self.verdicts.values())
        return held and not self.stories_failed and not self.unfit

    def line(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self) | {"faults": self.faults, "ok": self.ok}


async def play(lab: Lab, schedule: str, seed: int, faults: Sequence[Fault]) -> Result:
    """Plays one round to its line. Raises TimeoutError when somebody never gets ready again."""
    rng, began = random.Random(seed), time.monotonic()
    result = _blank(lab, schedule, seed)
    before = await events(lab)
    async with on_stage(lab) as here:
        watch = Watch(lab=lab, client=here.player.client)
        watching = asyncio.create_task(watch.run())
        async with asking(here, lab.home, seed) as clients, _going_on(lab, here, result, faults):
            await _strike_all(lab, rng, faults, result)
        recovery = await _rest(lab, result)
        if recovery[0].drained is not None:
            await clients.replay(REPLAYED)
            await _rest(lab, None)
        await watch.read_pages()
        watching.cancel()
        evidence = await _evidence(lab, clients, recovery, watch)
    _conclude(result, watch, clients, await judge(evidence))
    result.sometimes = await sometimes(evidence)
    result.events = await events(lab) - before
    result.reached = sorted(lab.reached())
    result.seconds = round(time.monotonic() - began, 1)
    return result


@asynccontextmanager
async def _going_on(
    lab: Lab, here: Stage, result: Result, faults: Sequence[Fault]
) -> AsyncIterator[None]:
    """Time passes where the faults need it; else stories are told."""
    ended, stories = asyncio.Event(), Stories(here=here, rng=random.Random(result.seed))
    timely = any(fault.timely for fault in faults)
    going = asyncio.create_task(pass_time(lab, ended) if timely else stories.run())
    try:
        yield
    finally:
        ended.set()
        stories.ended.set()
        await going
        result.stories, result.stories_failed = stories.played, stories.failed


def _blank(lab: Lab, schedule: str, seed: int) -> Result:
    return Result(
        seed=seed,
        schedule=schedule,
        broker=lab.broker.flavour,
        commit=commit(),
        began=datetime.now(UTC).isoformat(timespec="seconds"),
    )


async def _strike_all(
    lab: Lab, rng: random.Random, faults: Sequence[Fault], result: Result
) -> None:
    """Up to six at once, never two on the same victim; what takes long begins first, those alone
    come last.
    """
    waiting, running = sorted(faults, key=_haste), dict[asyncio.Task[None], Fault]()
    while waiting or running:
        free = next((one for one in waiting if _may_join(one, list(running.values()))), None)
        if free is not None and len(running) < OVERLAP_MAX:
            waiting.remove(free)
            running[asyncio.create_task(_strike(lab, rng, free, result))] = free
            continue
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            running.pop(task)
            task.result()


def _haste(fault: Fault) -> bool:
    """Sorts those that wait long for their occasion before all others."""
    return not fault.lengthy


def _may_join(one: Fault, running: Sequence[Fault]) -> bool:
    if one.alone or any(each.alone for each in running):
        return not running
    return not any(one.victims & each.victims for each in running)


async def _strike(lab: Lab, rng: random.Random, fault: Fault, result: Result) -> None:
    name = known_as(fault)
    try:
        count = await fault.strike(lab, rng)
    except (NotStruck, httpx.HTTPError) as why:
        log.info("no occasion", fault=name, why=str(why))
        result.missed[name] = result.missed.get(name, 0) + 1
    except (Unfit, AssertionError, *AWAY) as wrong:
        log.warning("unfit", fault=name, why=str(wrong))
        result.unfit.append(f"{name}: {type(wrong).__name__} {wrong}")
        result.struck[name] = result.struck.get(name, 0) + 1
    else:
        log.info("struck and healed", fault=name, count=count)
        result.struck[name] = result.struck.get(name, 0) + count


async def _rest(lab: Lab, result: Result | None) -> list[Recovery]:
    """Until everybody is ready and nothing is on its way; how long both took."""
    healed = time.monotonic()
    await asyncio.to_thread(lab.wait_ready)
    ready, oldest = time.monotonic() - healed, 0.0
    while (left := await on_its_way(lab)) and time.monotonic() - healed < QUIET_SECONDS:
        if time.monotonic() - healed > WITHIN_SECONDS:
            oldest = max(oldest, await outbox_age(lab))
        await asyncio.sleep(LOOK_SECONDS)
    drained = None if left else time.monotonic() - healed
    if left:
        log.error("not at rest", left=left, parked=await stuck(lab))
    if result is not None:
        result.ready_s, result.drained_s = round(ready, 1), round(drained or QUIET_SECONDS, 1)
    return [Recovery(fault="the round", oldest_age=oldest, drained=drained)]


async def _evidence(
    lab: Lab, clients: Clients, recoveries: list[Recovery], watch: Watch
) -> Evidence:
    books = clients.books
    return Evidence(
        admin_dsn=lab.admin_dsn,
        ops=tuple(books.ops),
        tickets=(*books.tickets, *lab.carried),
        problems=tuple(books.problems),
        records=tuple(await read_topics(lab.broker.bootstrap, topic_names())),
        canaries=CANARIES,
        logs=lab.logs,
        metrics_texts=tuple(watch.pages.values()),
        recoveries=tuple(recoveries),
        injected=frozenset(lab.injected),
        planted=frozenset(lab.planted),
        strangers=frozenset(lab.strangers),
        complete=not lab.forgot,
    )


def _conclude(result: Result, watch: Watch, clients: Clients, verdicts: list[Verdict]) -> None:
    outcomes = Counter(op.outcome for op in clients.books.ops if op.kind == "register")
    result.registered, result.unknown = outcomes[Outcome.OK], outcomes[Outcome.UNKNOWN]
    result.tickets = len(clients.books.tickets)
    result.unsent_s = round(watch.outbox_age, 1)
    result.timer_lateness_s = round(watch.timer_lateness, 1)
    result.verdicts = {
        each.name: {"ok": each.ok, "checked": each.checked, "found": list(each.found)}
        for each in verdicts
    }


def commit() -> str:
    """Which code ran."""
    asked = ["git", "-C", str(PROJECT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
