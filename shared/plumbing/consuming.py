"""The consume loop: Kafka partitions in, batches to `Applying`, offsets in PostgreSQL.

A partition begins where the database says for this incarnation of the broker, or at the
beginning for an unknown one (decision 8). Trouble with one partition does not hold up others.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from shared.contracts.registry import topic_of
from shared.plumbing import telemetry
from shared.plumbing.applying import TRANSIENT, Applying, Batch, Fenced
from shared.plumbing.broker import Broker, dismiss, is_deaf
from shared.plumbing.crashpoints import reach
from shared.plumbing.wake import Wake

BATCH_MAX = 500
POLL_MS = 250
RESTART_MAX_SECONDS = 5.0
SWEEP_SECONDS = 0.5
PACE_SECONDS = 0.01
"""How far apart batches begin: each is a transaction of seven statements, be it of one fact or of a
hundred.
"""
START_SECONDS = 60.0
STILL_SECONDS = 120
"""Longer than any turn may take: every statement and every request ends by itself before."""
PREMATURE_ATTEMPTS_MAX = 600

log = structlog.get_logger("consuming")


class Deaf(Exception):
    """Nobody fetches any more, and nothing would ever say so."""


@dataclass(slots=True)
class Consuming:
    """One member of a service's consumer group. `run` until cancelled."""

    service: str
    neighbours: Sequence[str]
    broker: Broker
    applying: Applying
    wake: Wake
    positions: dict[TopicPartition, int] = field(default_factory=dict)
    incarnation: str = ""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    turns: int = 0

    async def run(self) -> None:
        failures = 0
        while True:
            self.turns += 1
            try:
                await self._session()
                failures = 0
            except Exception as error:  # noqa: BLE001 the broker may come back
                failures += 1
                log.warning("consumer starts again", error=type(error).__name__)
                await asyncio.sleep(min(0.2 * 2**failures, RESTART_MAX_SECONDS))

    async def _session(self) -> None:
        self.positions.clear()
        self.incarnation = await self.broker.find_incarnation()
        consumer = self.broker.consumer(f"kesu.{self.service}")
        topics = [topic_of(neighbour) for neighbour in self.neighbours]
        consumer.subscribe(topics, listener=_Assigned(self, consumer))
        try:
            await asyncio.wait_for(consumer.start(), START_SECONDS)
            reach("consumer.joined")
            while True:
                polled = await self._poll(consumer)
                self.turns, began = self.turns + 1, time.monotonic()
                if consumer.assignment():
                    self.ready.set()
                await self._take(consumer, polled)
                if polled:
                    await asyncio.sleep(began + PACE_SECONDS - time.monotonic())
        finally:
            self.ready.clear()
            await dismiss(consumer)

    async def _poll(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, list[Any]]:
        """Records, or {} after a while. Raises Deaf: also to wait for an assignment is to poll."""
        polling = asyncio.ensure_future(consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_MAX))
        try:
            while not (await asyncio.wait({polling}, timeout=1.0))[0]:
                if is_deaf(consumer):
                    raise Deaf
            polled: dict[TopicPartition, list[Any]] = polling.result()
        finally:
            polling.cancel()
        if not polled and is_deaf(consumer):
            raise Deaf
        return polled

    async def joined(self, consumer: AIOKafkaConsumer, partitions: set[TopicPartition]) -> None:
        """Begins with newly assigned partitions: the broker may be another one than before."""
        self.incarnation = await self.broker.find_incarnation()
        await self.assigned(consumer, partitions)

    async def assigned(self, consumer: AIOKafkaConsumer, partitions: set[TopicPartition]) -> None:
        """Seeks each partition to the database's offset for this incarnation."""
        for partition in partitions:
            position = await self._position(partition)
            self.positions[partition] = position
            reach("consumer.assigned")
            consumer.seek(partition, position)

    async def _position(self, partition: TopicPartition) -> int:
        schema = self.applying.schema
        place = (partition.topic, partition.partition, self.incarnation)
        await self.applying.pool.execute(
            f"insert into {schema}.offsets (topic, partition, incarnation, next_offset) "
            "values ($1, $2, $3, 0) on conflict do nothing",
            *place,
        )
        found = await self.applying.pool.behind.fetchval(
            f"select next_offset from {schema}.offsets "
            "where topic = $1 and partition = $2 and incarnation = $3",
            *place,
        )
        return int(found)

    async def _take(
        self, consumer: AIOKafkaConsumer, polled: dict[TopicPartition, list[Any]]
    ) -> None:
        """All partitions in one transaction; when that fails, each for itself.

        In the order of `neighbours`: who is named first tells what the others speak of.
        """
        for partition in polled.keys() & self.positions.keys():
            self._miss(partition, polled[partition][0].offset)
        if polled:
            reach("consumer.polled")
        topics = [topic_of(neighbour) for neighbour in self.neighbours]
        ordered = sorted(polled, key=lambda each: (topics.index(each.topic), each.partition))
        if len(polled) > 1 and await self._together({each: polled[each] for each in ordered}):
            return
        for partition in ordered:
            await self._alone(consumer, partition, polled[partition])

    async def _together(self, polled: dict[TopicPartition, list[Any]]) -> bool:
        if not polled.keys() <= self.positions.keys():
            return False
        batches = {each: self._batch(each, records) for each, records in polled.items()}
        try:
            await self.applying.batch(*batches.values())
        except Exception as error:  # noqa: BLE001 one by one finds whose trouble it is
            log.info("partitions one by one", error=type(error).__name__)
            return False
        self._committed(batches)
        return True

    async def _alone(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: list[Any]
    ) -> None:
        """Applies; fenced or in transient trouble: back to the database's offset."""
        if partition not in self.positions:
            await self._begin_late(consumer, partition)
            return
        batch = self._batch(partition, records)
        try:
            await self._apply(batch)
        except (Fenced, *TRANSIENT) as error:
            log.warning("batch put back", topic=batch.topic, error=type(error).__name__)
            if isinstance(error, Fenced):
                telemetry.CONSUMER_FENCED.labels(self.service).inc()
            await asyncio.sleep(0.1)
            await self.assigned(consumer, {partition})
            return
        self._committed({partition: batch})

    def _batch(self, partition: TopicPartition, records: list[Any]) -> Batch:
        return Batch(
            topic=partition.topic,
            partition=partition.partition,
            incarnation=self.incarnation,
            position=self.positions[partition],
            next_offset=records[-1].offset + 1,
            records=[(record.offset, record.value) for record in records],
        )

    def _committed(self, batches: dict[TopicPartition, Batch]) -> None:
        reach("consumer.committed")
        for partition in batches.keys() & self.positions.keys():
            self.positions[partition] = batches[partition].next_offset
        self.wake.hint()

    async def _begin_late(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        """Revoked while records were on their way; or ours, and the database or the broker was away
        when it was assigned, which aiokafka logs and forgets.
        """
        if partition in consumer.assignment():
            await self.joined(consumer, {partition})

    def _miss(self, partition: TopicPartition, first: int) -> None:
        """Says so when records were deleted unread: `kesu republish --missing` helps."""
        gone = first - self.positions[partition]
        if gone > 0:
            where = {"topic": partition.topic, "partition": partition.partition}
            log.error("records gone unread", **where, count=gone)
            telemetry.CONSUMER_GONE.labels(self.service, partition.topic).inc(gone)

    async def _apply(self, batch: Batch) -> None:
        try:
            await self.applying.batch(batch)
        except (Fenced, *TRANSIENT):
            raise
        except Exception as error:  # noqa: BLE001 second pass finds the one that fails
            log.info("second pass", topic=batch.topic, error=type(error).__name__)
            await self.applying.batch(batch, one_by_one=True)

    async def watch(self) -> None:
        """Ends the process in order, to be started again, when the loop stands still for long.

        What hangs inside the client library cannot be mended from here, and a member that stays in
        its group and hears nothing is the worst there is. Seconds are counted by looking, so that a
        process that was stopped as a whole is not taken for one whose consumer stands still.
        """
        still, seen = 0, self.turns
        while still < STILL_SECONDS:
            await asyncio.sleep(1)
            still, seen = (still + 1 if self.turns == seen else 0), self.turns
        log.critical("consumer stands still; the process ends")
        signal.raise_signal(signal.SIGTERM)
        await asyncio.Event().wait()

    async def sweep(self) -> None:
        """Tries premature facts again until what they wait for has come; runs until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            with contextlib.suppress(*TRANSIENT):
                await self._sweep_once()

    async def _sweep_once(self) -> None:
        schema, pool = self.applying.schema, self.applying.pool
        rows = await pool.behind.fetch(
            f"select source, aggregate from {schema}.parked "
            "where kind = 'premature' and attempts < $1 order by parked_at limit 100",
            PREMATURE_ATTEMPTS_MAX,
        )
        if rows:
            reach("consumer.swept")
        for row in rows:
            async with pool.acquire() as connection, connection.transaction():
                await self.applying.hold(connection, row["source"])
                if await self.applying.drain(connection, (row["source"], row["aggregate"])):
                    self.wake.hint()


class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consuming: Consuming, consumer: AIOKafkaConsumer) -> None:
        self.consuming = consuming
        self.consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        for partition in revoked:
            self.consuming.positions.pop(partition, None)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self.consuming.joined(self.consumer, assigned)
