"""Places where a scenario holds a step until another has happened: schedules instead of luck."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from shared.plumbing.broker import Broker

PATIENCE_SECONDS = 30.0


@dataclass(slots=True)
class Gate:
    """A closed gate: `reached` tells that somebody stands before it, `opened` lets them through."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_through(self) -> None:
        """Waits until the gate is open."""
        self.reached.set()
        await self.opened.wait()

    async def occupied(self) -> None:
        """Returns when somebody stands before it. Raises TimeoutError when nobody ever does."""
        await asyncio.wait_for(self.reached.wait(), PATIENCE_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedBroker(Broker):
    """A broker that takes nothing before the gate is open."""

    gate: Gate

    def producer(self) -> Any:  # noqa: ANN401 aiokafka has no types
        """A producer whose sends stand before the gate."""
        return _GatedProducer(Broker.producer(self), self.gate)


class _GatedProducer:
    def __init__(self, producer: Any, gate: Gate) -> None:  # noqa: ANN401
        self._producer, self._gate = producer, gate

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._producer, name)

    async def send(self, *words: Any, **more: Any) -> Any:  # noqa: ANN401
        await self._gate.pass_through()
        return await self._producer.send(*words, **more)

    async def send_batch(self, *words: Any, **more: Any) -> Any:  # noqa: ANN401
        await self._gate.pass_through()
        return await self._producer.send_batch(*words, **more)


async def blocked(pool: asyncpg.Pool, task: "asyncio.Task[Any]") -> None:
    """Returns when a statement of the database waits for a lock, or the task has ended."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not task.done() and not await pool.fetchval(_WAITING):  # noqa: ASYNC110 no event
            await asyncio.sleep(0.01)


_WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock'
"""
