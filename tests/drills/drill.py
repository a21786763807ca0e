"""One drill: clients under load, what its runbook says, everything at rest, then the oracle."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kesu.embedded.topics import topic_names
from kesu.playing.stage import Stage, stage
from tests.drills.patience import eventually
from tests.drills.recording import record
from tests.drills.runbook import Runbook, Stopwatch, told
from tests.faults.clients import CANARIES, Clients, asking
from tests.faults.lab import Lab
from tests.faults.oracle.evidence import Evidence, Outcome, Recovery, read_topics
from tests.faults.oracle.judging import judge
from tests.faults.oracle.verdicts import Verdict
from tests.faults.rounds import commit
from tests.faults.watching import Watch, on_its_way, outbox_age, stuck

QUIET_SECONDS = 240.0
"""Longer than a fault run gives: a machine that does other things drains slowly, too."""

WITHIN_SECONDS = 30.0
LOOK_SECONDS = 0.25
AT_ONCE, PAUSE = 4, 0.15
REPLAYED = 0.1
SEED = 7


@dataclass(slots=True, kw_only=True)
class Drill:
    """What a drill works with, and the figures it leaves behind."""

    name: str
    lab: Lab
    here: Stage
    clients: Clients
    runbook: Runbook
    figures: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """What the drill itself found wrong, beside the oracle's findings."""
    struck: Counter[str] = field(default_factory=Counter)
    """Crash points that came true, named as fault rounds name them."""

    def suffered(self, row: str, point: str, mode: str) -> None:
        """Notes that a process came to harm at a point, at the first of its times."""
        self.struck[f"{row} {point}:{mode}:1"] += 1

    async def load(self, more: int, *, within: float = 120.0) -> None:
        """Waits until so many more complaints are answered. Raises TimeoutError."""
        wanted = self.answered + more
        await eventually(lambda: self.answered >= wanted, within=within, what=f"{wanted} answers")

    @property
    def answered(self) -> int:
        """How many registrations were answered with 2xx."""
        return sum(op.outcome is Outcome.OK for op in self.clients.books.ops if op.id)


@asynccontextmanager
async def drilling(lab: Lab, name: str, *, page: str, loaded: bool = True) -> AsyncIterator[Drill]:
    """Load from before the block until after it; then rest, verdicts, and a line.

    Without `loaded` the block brings its own. Raises AssertionError with all that was found.
    """
    began, watch = datetime.now(UTC), Stopwatch()
    runbook = Runbook(page=page, told=told(lab))
    async with stage(lab.home, lab.admin_dsn) as here:
        asks = asking(here, lab.home, SEED, at_once=AT_ONCE, pause=PAUSE)
        silent = nullcontext(Clients(here=here, home=lab.home, rng=random.Random(SEED)))
        async with asks if loaded else silent as clients:
            drill = Drill(name=name, lab=lab, here=here, clients=clients, runbook=runbook)
            yield drill
        await conclude(drill, began, watch)


async def conclude(drill: Drill, began: datetime, watch: Stopwatch) -> None:
    """Rest, replays, rest, the verdicts, the line. Raises AssertionError."""
    recovery = await at_rest(drill.lab)
    if recovery.drained is not None:
        await drill.clients.replay(REPLAYED)
        await at_rest(drill.lab)
    drill.runbook.finish()
    verdicts = await judged(drill, recovery)
    _record(drill, began, watch, recovery, verdicts)
    found = [f"{each.name}: {one}" for each in verdicts for one in each.found]
    waiting = await stuck(drill.lab) if found else []
    assert not found + drill.problems, "\n".join([*found, *drill.problems, *waiting])


async def at_rest(lab: Lab) -> Recovery:
    """Waits until everybody is ready and nothing is on its way; says how long that took."""
    await asyncio.to_thread(lab.wait_ready)
    healed, oldest = time.monotonic(), 0.0
    while left := await on_its_way(lab):
        passed = time.monotonic() - healed
        if passed > QUIET_SECONDS:
            return Recovery(fault=", ".join(left), oldest_age=oldest, drained=None)
        if passed > WITHIN_SECONDS:
            oldest = max(oldest, await outbox_age(lab))
        await asyncio.sleep(LOOK_SECONDS)
    return Recovery(fault="", oldest_age=oldest, drained=round(time.monotonic() - healed, 1))


async def judged(drill: Drill, recovery: Recovery) -> list[Verdict]:
    """I1 to I14 over what the drill left behind."""
    lab, books = drill.lab, drill.clients.books
    pages = Watch(lab=lab, client=drill.here.player.client)
    await pages.read_pages()
    evidence = Evidence(
        admin_dsn=lab.admin_dsn,
        ops=tuple(books.ops),
        tickets=tuple(books.tickets),
        problems=tuple(books.problems),
        records=tuple(await read_topics(lab.broker.bootstrap, topic_names())),
        canaries=CANARIES,
        logs=lab.logs,
        metrics_texts=tuple(pages.pages.values()),
        recoveries=(recovery,),
        injected=frozenset(lab.injected),
        complete=not lab.forgot,
    )
    return await judge(evidence)


def _record(
    drill: Drill,
    began: datetime,
    watch: Stopwatch,
    recovery: Recovery,
    verdicts: Sequence[Verdict],
) -> None:
    outcomes = Counter(op.outcome for op in drill.clients.books.ops if op.kind == "register")
    record(
        {
            "drill": drill.name,
            "ok": all(each.ok for each in verdicts) and not drill.problems,
            "commit": commit(),
            "began": began.isoformat(timespec="seconds"),
            "broker": drill.lab.broker.flavour,
            "registered": outcomes[Outcome.OK],
            "asked again": drill.clients.books.away,
            **drill.figures,
            "struck": dict(drill.struck),
            "drained_s": recovery.drained,
            "seconds": watch.seconds,
            "verdicts": {
                each.name: {"ok": each.ok, "checked": each.checked, "found": list(each.found)}
                for each in verdicts
            },
        }
    )
