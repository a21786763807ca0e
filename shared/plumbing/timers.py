"""Door 3: due rows become commands (decision 5). A due moment is a row, never a sleep.

Aggregates are locked before their timers, everywhere. Due rows are taken in batches, decided
in memory and written in one statement; a timer that fails is tried alone, then parked with
its problem. Only the database's clock counts, plus the demonstration's offset.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Table

from shared.kernel.occasion import Occasion, system
from shared.plumbing import telemetry
from shared.plumbing.aggregate import Aggregate, Given
from shared.plumbing.applying import TRANSIENT
from shared.plumbing.changes import Origin
from shared.plumbing.crashpoints import reach
from shared.plumbing.identifiers import new_id
from shared.plumbing.inbox import Premature
from shared.plumbing.lending import LendingPool
from shared.plumbing.shell import current_of
from shared.plumbing.stepping import STEP_NEEDS_A_WORD_SECONDS, StepDetector
from shared.plumbing.together import Target, Workbench
from shared.plumbing.wake import Wake
from shared.plumbing.writing import Connection

BATCH_MAX = 100
LANES = 2
POLL_SECONDS = 0.1
PREMATURE_SECONDS = 1.5

log = structlog.get_logger("timers")


@dataclass(frozen=True, slots=True)
class Moment:
    """Which timers an aggregate has and how one becomes a command: `(name, due_at) → command`."""

    aggregate: Aggregate[Any, Any, Any, Any]
    command_of: Callable[[str, datetime], Any]


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """One row that is due; the oldest comes first."""

    due_at: datetime
    aggregate: UUID
    name: str


@dataclass(slots=True)
class Timers:
    """Fires one service's due moments. `run` until cancelled; several may run."""

    service: str
    pool: LendingPool
    moments: tuple[Moment, ...]
    wake: Wake
    detector: StepDetector = field(default_factory=StepDetector)
    words: int = 0
    """How many times operators had spoken when we last looked."""
    jumped: float = 0.0
    """Seconds of a jump that is still to be written down for all workers."""
    waiting: bool = False
    """Whether an operator's word is awaited."""
    alone: Due | None = None
    """The first of the batch: where it is taken alone and fails, the one to park."""

    async def run(self) -> None:
        while True:
            fired = 0
            try:
                fired = await self.turn()
            except TRANSIENT as error:
                log.warning("timers wait", error=type(error).__name__)
                await asyncio.sleep(0.5)
            if not fired:
                await asyncio.sleep(POLL_SECONDS)

    async def turn(self) -> int:
        """Fires what is due of each kind of aggregate; returns how many timers fired."""
        if await self._held():
            return 0
        return sum([await self._kind(moment) for moment in self.moments])

    async def _held(self) -> bool:
        """A jump that one worker saw holds all, also those that begin later (reliability 7.4)."""
        asked = time.monotonic()
        row = await self.pool.behind.fetchrow(_CLOCK)
        assert row is not None, "a count has one row"
        heard = time.monotonic()
        step = self.detector.tick(row["at"], heard, heard - asked)
        self._say(step, row["held"])
        if abs(step) > STEP_NEEDS_A_WORD_SECONDS and row["words"] == self.words:
            self.jumped = step
        self.words = row["words"]
        if self.jumped:
            seen = timedelta(seconds=self.jumped)
            await self.pool.execute(_HOLD, self.words, seen, self.service)
            self.jumped = 0.0
        return self.detector.holds or row["held"] is not None

    def _say(self, step: float, held: timedelta | None) -> None:
        awaited = held.total_seconds() if held is not None else 0.0
        telemetry.CLOCK_STEP.labels(self.service).set(step or awaited)
        if step:
            log.error("the database's clock stepped; timers hold", seconds=round(step, 1))
        elif held is not None and not self.waiting:
            log.error("timers hold until an operator speaks", step=round(awaited, 1))
        self.waiting = held is not None

    async def _kind(self, moment: Moment) -> int:
        try:
            return await self._batches(moment)
        except TRANSIENT:
            raise
        except Premature:
            # A policy version is one look away: parking would need an operator.
            await asyncio.sleep(PREMATURE_SECONDS)
        except Exception as error:  # noqa: BLE001 find the one that fails
            log.warning("timers one by one", error=type(error).__name__)
        return await self._one_by_one(moment)

    async def _batches(self, moment: Moment) -> int:
        """One batch; the rest of a herd in lanes: while PostgreSQL writes one batch, another is
        decided.
        """
        fired = await self._batch(moment, BATCH_MAX)
        if fired < BATCH_MAX:
            return fired
        lanes = [self._lane(moment) for _ in range(LANES)]
        for each in await asyncio.gather(*lanes, return_exceptions=True):
            if isinstance(each, BaseException):
                raise each
            fired += each
        return fired

    async def _lane(self, moment: Moment) -> int:
        fired = 0
        while not await self._held():
            batch = await self._batch(moment, BATCH_MAX)
            fired += batch
            if batch < BATCH_MAX:
                break
        return fired

    async def _batch(self, moment: Moment, limit: int) -> int:
        async with self.pool.acquire() as connection, connection.transaction():
            rows = await _take(connection, moment, limit)
            due = sorted(Due(row["due_at"], row["id"], row["name"]) for row in rows)
            self.alone = due[0] if due else None
            if not due:
                return 0
            bench = _bench(connection, moment, rows)
            reach("timers.taken")
            for each in due:
                _decide(bench, moment, each)
            reach("timers.decided")
            await _write(connection, moment, bench, due)
        reach("timers.fired")
        self.wake.hint()
        for each in due:
            lateness = max((bench.at - each.due_at).total_seconds(), 0.0)
            telemetry.TIMER_LATENESS.labels(self.service).observe(lateness)
        return len(due)

    async def _one_by_one(self, moment: Moment) -> int:
        reach("timers.alone")
        fired = 0
        for _ in range(BATCH_MAX):
            self.alone = None
            try:
                worked = await self._batch(moment, 1)
            except TRANSIENT:
                raise
            except Exception as error:
                if self.alone is None:
                    raise
                await self._park(moment, self.alone, error)
                continue
            if not worked:
                return fired
            fired += worked
        return fired

    async def _park(self, moment: Moment, due: Due, error: Exception) -> None:
        """It stops until an operator releases it; one that was armed anew meanwhile does not."""
        log.error("timer parked", kind=moment.aggregate.table.name, error=type(error).__name__)
        await self.pool.execute(
            f"update {self.service}.timers set attempts = attempts + 1, problem = $4 "
            "where aggregate = $1 and name = $2 and due_at = $3",
            due.aggregate,
            due.name,
            due.due_at,
            type(error).__name__,
        )

    async def watch(self) -> None:
        """Counts what should have fired and has not; runs until cancelled."""
        while True:
            await asyncio.sleep(30)
            with contextlib.suppress(*TRANSIENT):
                overdue = await self.pool.behind.fetchval(
                    f"select count(*) from {self.service}.timers "
                    "where due_at < platform.business_now() - interval '30 s'"
                )
                telemetry.TIMER_OVERDUE_ARMED.labels(self.service).set(overdue)


async def _take(connection: Connection, moment: Moment, limit: int) -> list[Any]:
    """Due rows, the oldest, with their aggregates locked; others' are skipped.

    In the order of the index and no finer: sorting would join and lock a whole herd for a batch.

    The row of the timer is locked too, after its aggregate's: a timer that another worker fired
    since our snapshot is gone then, and not read once more beside the newer aggregate.
    """
    table = moment.aggregate.table
    return await connection.fetch(
        "select t.name, t.due_at, platform.business_now() as at, c.id, c.organisation, "
        "c.version, c.facts, c.revision, c.head, c.state "
        f"{_due(table)} limit $2 for update of c skip locked for update of t skip locked",
        table.name,
        limit,
    )


_CLOCK = """
select clock_timestamp() as at, w.words,
       (select h.step from platform.clock_holds h where h.words >= w.words
        order by h.words desc limit 1) as held
from (select count(*) as words from platform.clock_acknowledgements) w
"""
_HOLD = """
insert into platform.clock_holds (words, step, seen_by) values ($1, $2, $3) on conflict do nothing
"""


def _bench(connection: Connection, moment: Moment, rows: list[Any]) -> Workbench:
    """The aggregates of these rows as they stand."""
    bench = Workbench(connection=connection, at=rows[0]["at"])
    for row in rows:
        target = Target(moment.aggregate, row["id"])
        bench.current[target] = current_of(moment.aggregate, row["id"], row, row["organisation"])
    return bench


def _due(table: Table) -> str:
    return (
        f"from {table.schema}.timers t join {table.fullname} c on c.id = t.aggregate "
        "where t.kind = $1 and t.problem is null and t.due_at <= platform.business_now() "
        "order by t.due_at"
    )


def _decide(bench: Workbench, moment: Moment, due: Due) -> None:
    target = Target(moment.aggregate, due.aggregate)
    actor = system(bench.current[target].organisation, "clock")
    occasion = Occasion(at=bench.at, by=actor)
    command = moment.command_of(due.name, due.due_at)
    origin = Origin(correlation=new_id())
    bench.decide(target, command, Given(occasion=occasion, origin=origin, by_person=False))


async def _write(connection: Connection, moment: Moment, bench: Workbench, due: list[Due]) -> None:
    """The fired names go as seen, also when nothing followed from them."""
    await bench.write()
    reach("timers.written")
    await connection.execute(
        f"delete from {moment.aggregate.table.schema}.timers t "
        "using unnest($1::uuid[], $2::text[], $3::timestamptz[]) d(aggregate, name, due_at) "
        "where t.aggregate = d.aggregate and t.name = d.name and t.due_at = d.due_at",
        [each.aggregate for each in due],
        [each.name for each in due],
        [each.due_at for each in due],
    )
    reach("timers.deleted")
