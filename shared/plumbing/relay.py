"""Empties the outbox into Kafka: in order per aggregate, at least once (decision 7).

A relay owns buckets by lease. It reads what is pending in one statement, sends it in order
with one batch in flight, and acknowledges only under its own epoch. On any error it drops
the producer and begins again from the read.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import uuid4

import structlog
from aiokafka import AIOKafkaProducer

from shared.contracts.registry import topic_of
from shared.plumbing import telemetry
from shared.plumbing.broker import Broker, let_go
from shared.plumbing.crashpoints import reach
from shared.plumbing.lending import LendingPool
from shared.plumbing.murmur import place_of
from shared.plumbing.tables import BUCKETS
from shared.plumbing.wake import Wake

BATCH_MAX = 500
RENEW_SECONDS = 1.0
POLL_MIN_SECONDS, POLL_MAX_SECONDS = 0.01, 0.25
BACKOFF_MAX_SECONDS = 2.0
PACE_SECONDS = 0.01
"""How far apart turns begin while little is pending: each costs three statements and a request."""
STRUCTURED = ("content-type", b"application/cloudevents+json")
"""Says that the record is a whole CloudEvent (CloudEvents Kafka binding, 3.3)."""
SEND_WITHIN_SECONDS = 15.0
STOP_SECONDS = 2.0

Record: TypeAlias = tuple[bytes, bytes, list[tuple[str, bytes]]]
"""Key, value and headers."""

log = structlog.get_logger("relay")


@dataclass(slots=True)
class Relay:
    """One relay of one service. `run` until cancelled; several may run, buckets are shared."""

    service: str
    pool: LendingPool
    broker: Broker
    wake: Wake
    owner: str = field(default_factory=lambda: uuid4().hex)
    epochs: dict[int, int] = field(default_factory=dict)
    producer: AIOKafkaProducer | None = None
    renewed_at: float = 0.0
    sent: int = 0

    async def run(self) -> None:
        idle, failures = POLL_MIN_SECONDS, 0
        try:
            while True:
                began = time.monotonic()
                try:
                    worked = await self.turn()
                    failures = 0
                except Exception as error:  # noqa: BLE001 whatever it was: begin from the read
                    failures += 1
                    await self._start_over(error)
                    await asyncio.sleep(min(0.05 * 2**failures, BACKOFF_MAX_SECONDS))
                    continue
                idle = POLL_MIN_SECONDS if worked else min(idle * 2, POLL_MAX_SECONDS)
                if not worked:
                    await self.wake.wait(idle)
                elif worked < BATCH_MAX:
                    await asyncio.sleep(began + PACE_SECONDS - time.monotonic())
        finally:
            await self._close()

    async def turn(self) -> int:
        """Renews leases when it is time, sends one batch; returns how many facts were sent."""
        if time.monotonic() - self.renewed_at > RENEW_SECONDS:
            await self._renew()
        if not self.epochs:
            return 0
        rows = await self.pool.behind.fetch(
            _PENDING.format(s=self.service), list(self.epochs), BATCH_MAX
        )
        if not rows:
            return 0
        reach("relay.selected")
        await asyncio.wait_for(self._send(rows), SEND_WITHIN_SECONDS)
        reach("relay.sent")
        await self._acknowledge(rows)
        reach("relay.acknowledged")
        self.sent += len(rows)
        telemetry.RELAY_SENT.labels(self.service).inc(len(rows))
        return len(rows)

    async def _renew(self) -> None:
        held = list(self.epochs)
        kept = await self.pool.behind.fetch(
            _RENEW.format(s=self.service), self.owner, held, [self.epochs[b] for b in held]
        )
        reach("relay.renewed")
        epochs = {row["bucket"]: row["epoch"] for row in kept}
        claimed = await self.pool.behind.fetch(_CLAIM.format(s=self.service), self.owner, BUCKETS)
        epochs |= {row["bucket"]: row["epoch"] for row in claimed}
        reach("relay.claimed")
        telemetry.RELAY_EPOCH_CHANGES.labels(self.service).inc(len(claimed))
        self.epochs, self.renewed_at = epochs, time.monotonic()

    async def _send(self, rows: list[Any]) -> None:
        if self.producer is None:
            self.producer = self.broker.producer()
            await self.producer.start()
        topic = topic_of(self.service)
        partitions = sorted(await self.producer.partitions_for(topic))
        acks = []
        for place, records in self._by_place(rows, len(partitions)).items():
            for batch in _packed(self.producer, records):
                acks.append(
                    await self.producer.send_batch(batch, topic, partition=partitions[place])
                )
                reach("relay.sending")
        await asyncio.gather(*acks)

    def _by_place(self, rows: list[Any], partitions: int) -> dict[int, list[Record]]:
        """The facts by where their keys lie, in the order in which they were read."""
        headers = {
            bucket: [STRUCTURED, ("epoch", b"%d" % epoch)] for bucket, epoch in self.epochs.items()
        }
        found: dict[int, list[Record]] = defaultdict(list)
        for row in rows:
            key = str(row["partition_key"]).encode()
            found[place_of(key, partitions)].append((key, row["fact"], headers[row["bucket"]]))
        return found

    async def _acknowledge(self, rows: list[Any]) -> None:
        """Fenced: a bucket whose epoch moved on stays pending for its new owner."""
        status = await self.pool.execute(
            _ACKNOWLEDGE.format(s=self.service),
            [row["bucket"] for row in rows],
            [row["id"] for row in rows],
            [self.epochs[row["bucket"]] for row in rows],
            self.owner,
        )
        fenced = len(rows) - int(status.rsplit(" ", 1)[1])
        if fenced:
            telemetry.RELAY_FENCED_MARKS.labels(self.service).inc(fenced)
            self.epochs, self.renewed_at = {}, 0.0

    async def _start_over(self, error: Exception) -> None:
        log.warning("relay begins again", service=self.service, error=type(error).__name__)
        telemetry.RELAY_PRODUCER_RECREATED.labels(self.service).inc()
        reach("relay.failed")
        await self._drop_producer()

    async def _drop_producer(self) -> None:
        producer, self.producer = self.producer, None
        if producer is not None:
            await let_go(producer.stop(), STOP_SECONDS)

    async def _close(self) -> None:
        await self._drop_producer()
        with contextlib.suppress(Exception):
            await self.pool.execute(_RELEASE.format(s=self.service), self.owner)


def _packed(producer: AIOKafkaProducer, records: list[Record]) -> Iterator[Any]:
    """Whole batches of one partition, to be sent one after the other: a future each, not a fact.

    A fact larger than a batch has one for itself; whether it is too large the broker says.
    """
    batch = producer.create_batch()
    for key, fact, headers in records:
        if batch.append(timestamp=None, key=key, value=fact, headers=headers) is None:
            yield batch
            batch = producer.create_batch()
            batch.append(timestamp=None, key=key, value=fact, headers=headers)
    yield batch


_CLAIM = """
with candidates as (
    select bucket from {s}.relay_leases
    where expires_at not between clock_timestamp() and clock_timestamp() + interval '1 min'
    order by random() limit $2 for update skip locked)
update {s}.relay_leases l
set owner = $1, epoch = epoch + 1, expires_at = clock_timestamp() + interval '3 s'
from candidates c where l.bucket = c.bucket returning l.bucket, l.epoch
"""
"""A lease that ends much later than any does is from before the clock was set back: it is over."""
_RENEW = """
update {s}.relay_leases l set expires_at = clock_timestamp() + interval '3 s'
from unnest($2::smallint[], $3::bigint[]) m(bucket, epoch)
where l.owner = $1 and l.bucket = m.bucket and l.epoch = m.epoch
returning l.bucket, l.epoch
"""
_PENDING = """
select p.id, p.bucket, j.fact, j.partition_key
from (select o.* from unnest($1::smallint[]) b(bucket) cross join lateral (
          select o.id, o.bucket, o.aggregate, o.seq from {s}.outbox o
          where o.bucket = b.bucket order by o.id limit $2) o
      order by o.id limit $2) p
join {s}.journal j on j.aggregate = p.aggregate and j.seq = p.seq order by p.id
"""
_ACKNOWLEDGE = """
delete from {s}.outbox o
using unnest($1::smallint[], $2::bigint[], $3::bigint[]) m(bucket, id, epoch)
where o.bucket = m.bucket and o.id = m.id and exists (
    select 1 from {s}.relay_leases l
    where l.bucket = m.bucket and l.owner = $4 and l.epoch = m.epoch)
"""
_RELEASE = """
update {s}.relay_leases set expires_at = '-infinity', owner = null where owner = $1
"""
