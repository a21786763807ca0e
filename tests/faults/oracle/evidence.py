"""What a run leaves behind for the oracle: what clients saw, topics, foreign books, logs."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts.registry import LISTENS, SERVICES

READ_SECONDS = 120.0
POLL_MS = 500


class Outcome(StrEnum):
    """What a client knows at its end: it happened, it did not, or nobody can say."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Answered(NamedTuple):
    """One answer that a client got: its status, whether it was a replay, and the id it named."""

    status: int
    replayed: bool = False
    id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """One thing a client wanted, with all its attempts under one idempotency key.

    `kind` says what (`register`, `ticket`, `forbidden`, …), `id` the aggregate that was made or
    asked for where the client knows it. Moments are in seconds of one monotonic clock.
    `correlations` are the `Kesu-Correlation-Id`s that the attempts carried, for commands that
    change something: exactly one of them is in the journals when it happened.
    """

    kind: str
    key: str
    outcome: Outcome
    id: UUID | None = None
    status: int | None = None
    attempts: int = 1
    began: float = 0.0
    ended: float = 0.0
    answers: tuple[Answered, ...] = ()
    correlations: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a topic as it lies there."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A hotline provider's book entry: what it passed on, how often, and what it was answered.

    `status` is the last 2xx it got, else the last status, None when nobody ever answered;
    `complaint` and `reference` are what the answer named.
    """

    number: str
    message: str
    deliveries: int = 1
    provider: str = "demo"
    status: int | None = None
    complaint: UUID | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How the run came to rest after a fault was healed; all in seconds.

    `oldest_age` is the age of the oldest unsent fact `within` that many seconds after the healing;
    `drained` how long it took until nothing was on its way any more, None when it never did.
    """

    fault: str
    oldest_age: float
    within: float = 30.0
    drained: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything the oracle judges, gathered after heal and quiesce.

    `admin_dsn` is a superuser's on the database of the services. `creates` names, by kind of op,
    the table that gets a row for each success. `complete`: the topics were never wiped or cut, so
    every fact must be in them. `alone`: nobody but `ops` and `tickets` made complaints. `injected`
    are the SHA-256 of record values that the run itself put into topics; `planted` are the places
    (topic, partition, offset) where it put real facts out of turn; `strangers` are streams that
    only injected records speak of. `problems` are the bodies of refusals. A check without its
    evidence counts nothing and convicts nobody.
    """

    admin_dsn: str
    ops: tuple[Op, ...] = ()
    records: tuple[Record, ...] | None = None
    tickets: tuple[Ticket, ...] = ()
    canaries: tuple[str, ...] = ()
    logs: tuple[Path, ...] = ()
    metrics_texts: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    injected: frozenset[bytes] = frozenset()
    planted: frozenset[tuple[str, int, int]] = frozenset()
    strangers: frozenset[UUID] = frozenset()
    complete: bool = True
    alone: bool = False
    services: tuple[str, ...] = SERVICES
    listens: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(LISTENS))
    creates: Mapping[str, str] = field(default_factory=lambda: {"register": "intake.complaints"})

    def listeners_of(self, service: str) -> tuple[str, ...]:
        """The services that hear this one."""
        return tuple(name for name, heard in self.listens.items() if service in heard)


async def read_topics(bootstrap: str, topics: Iterable[str]) -> list[Record]:
    """Whole topics as they lie in the broker now, each partition in order of offset. No group.

    Raises TimeoutError when the broker does not hand them over within READ_SECONDS.
    """
    places = await _places(bootstrap, list(topics))
    if not places:
        return []
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await _read(consumer, places)
    finally:
        await consumer.stop()


async def _places(bootstrap: str, topics: list[str]) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        described = await admin.describe_topics(topics)
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]


async def _read(consumer: Any, places: list[TopicPartition]) -> list[Record]:  # noqa: ANN401
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    ends = await consumer.end_offsets(places)
    found: list[Record] = []
    while True:
        polled = await consumer.getmany(timeout_ms=POLL_MS)
        found += [_record(each) for records in polled.values() for each in records]
        # The embedded broker's end lies within its last batch: only an empty poll is the end.
        if not polled and all([await consumer.position(each) >= ends[each] for each in places]):
            break
    return sorted(found, key=lambda record: (record.topic, record.partition, record.offset))


def _record(read: Any) -> Record:  # noqa: ANN401 aiokafka has no types
    return Record(
        topic=read.topic,
        partition=read.partition,
        offset=read.offset,
        key=read.key,
        value=read.value,
    )
