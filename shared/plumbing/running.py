"""One process of a service: what it has open, and what its worker does until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import structlog

from shared.plumbing.applying import Apply, Applying
from shared.plumbing.broker import Broker, broker_of
from shared.plumbing.consuming import Consuming
from shared.plumbing.crashpoints import reach
from shared.plumbing.database import BusinessTime, open_pool
from shared.plumbing.lending import LendingPool
from shared.plumbing.packs import Packs
from shared.plumbing.relay import Relay
from shared.plumbing.settings import Settings
from shared.plumbing.shell import Shell
from shared.plumbing.timers import Moment, Timers
from shared.plumbing.uptake import Uptake
from shared.plumbing.wake import Wake
from shared.plumbing.web.health import Health

log = structlog.get_logger("running")
RESTART_MAX_SECONDS = 5.0
POOL_SIZE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a process of a service has open. Built by `open_parts`, given to `main` and `worker`."""

    service: str
    settings: Settings
    pool: LendingPool
    time: BusinessTime
    wake: Wake
    broker: Broker
    uptakes: list[Uptake] = field(default_factory=list, repr=False)
    """The one shelf of these parts, made when it is first asked for."""

    @property
    def packs(self) -> Packs:
        """All packs and organisations, read and proved once in a process. Raises BadPack.

        Always the same object; versions that are activated later appear on it.
        """
        return self.uptake.packs

    @property
    def uptake(self) -> Uptake:
        """How activated versions of policies get onto the shelf. Raises BadPack."""
        if not self.uptakes:
            shelf = _shelf(self.settings.policies, self.settings.organisations).copy()
            self.uptakes.append(Uptake(self.service, self.pool.behind, shelf))
        return self.uptakes[0]

    @property
    def shell(self) -> Shell:
        return Shell(pool=self.pool, time=self.time, wake=self.wake)

    def health(self, package: Path) -> Health:
        """Ready is whose database answers and is at least as new as the code (reliability 5.1).

        `package` is the service's folder; its newest migration is what the code was written for.
        """
        versions = (package / "migrations" / "versions").glob("*.py")
        expected = max(each.name.partition("_")[0] for each in versions)
        asked = f"select max(version_num) >= $1 from {self.service}.alembic_version"

        async def writable() -> bool:
            return bool(await self.pool.behind.fetchval("select not pg_is_in_recovery()"))

        async def migrated() -> bool:
            return bool(await self.pool.behind.fetchval(asked, expected))

        return Health(checks={"database": writable, "migrations": migrated})

    async def close(self) -> None:
        await self.pool.close()


@cache
def _shelf(policies: Path, organisations: Path) -> Packs:
    return Packs.load(policies, organisations)


async def open_parts(service: str, settings: Settings) -> Parts:
    """Connects to the database and reads the policies. Raises OSError when it cannot be reached,
    BadPack for a policy that would decide wrongly.
    """
    pool = await open_pool(settings.database_url, size=POOL_SIZE, name=f"kesu-{service}")
    reach("start.opened")
    time = BusinessTime()
    await time.sample(pool)
    parts = Parts(
        service=service,
        settings=settings,
        pool=pool,
        time=time,
        wake=Wake(f"kesu_{service}"),
        broker=broker_of(settings),
    )
    await parts.uptake.start()
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Relay, consumer and timers of one service in one task group.

    `neighbours` are the services it listens to; `apply` carries out the effects of their
    facts; `moments` are its aggregates with timers; `more` are the service's own loops.
    """

    parts: Parts
    neighbours: Sequence[str]
    apply: Apply
    moments: tuple[Moment, ...] = ()
    more: tuple[Callable[[], Awaitable[None]], ...] = ()

    async def run(self) -> None:
        """Runs until cancelled; a loop that fails is logged and begins again."""
        parts = self.parts
        relay = Relay(parts.service, parts.pool, parts.broker, parts.wake)
        applying = Applying(schema=parts.service, pool=parts.pool, apply=self.apply)
        consuming = Consuming(parts.service, self.neighbours, parts.broker, applying, parts.wake)
        timers = Timers(parts.service, parts.pool, self.moments, parts.wake)
        loops: list[Callable[[], Awaitable[None]]] = [relay.run, *self.more]
        if self.neighbours:
            loops += [consuming.run, consuming.sweep, consuming.watch]
        if self.moments:
            loops += [timers.run, timers.watch]
        async with asyncio.TaskGroup() as group:
            for loop in loops:
                group.create_task(_forever(loop), name=getattr(loop, "__qualname__", "loop"))


async def _forever(loop: Callable[[], Awaitable[None]]) -> None:
    failures = 0
    while True:
        try:
            await loop()
        except Exception as error:
            failures += 1
            log.exception("a loop begins again", error=type(error).__name__)
            await asyncio.sleep(min(0.1 * 2**failures, RESTART_MAX_SECONDS))
