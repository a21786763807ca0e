"""aiokafka, configured once. Kafka is transport; PostgreSQL is the record."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from shared.plumbing.settings import Settings

ASK_SECONDS, CLOSE_SECONDS = 30.0, 5.0
TANSU_WAIT_MS = 20
"""It answers a fetch only when the time is up: short is quick, shorter burns a core in idling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is and which kind it is.

    `incarnation` names one life of the broker's log: Kafka's cluster id, or the id that the
    supervisor gave the embedded broker at its start (decision 8).
    """

    bootstrap: str
    flavour: str
    incarnation: str | None = None

    @property
    def embedded(self) -> bool:
        return self.flavour == "tansu"

    async def find_incarnation(self) -> str:
        """The given id, else Kafka's cluster id.

        Raises aiokafka's errors when unreachable, TimeoutError after half a minute.
        """
        if self.incarnation:
            return self.incarnation
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=10_000)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                await admin.start()
                described = await admin.describe_cluster()
        finally:
            await let_go(admin.close(), CLOSE_SECONDS)
        return str(described["cluster_id"])

    def producer(self) -> AIOKafkaProducer:
        """Not started yet. Idempotent where the broker can."""
        return AIOKafkaProducer(
            bootstrap_servers=self.bootstrap,
            acks="all",
            enable_idempotence=not self.embedded,
            linger_ms=0,
            max_batch_size=262_144,
            request_timeout_ms=10_000,
            metadata_max_age_ms=60_000,
        )

    def consumer(self, group: str, **more: Any) -> AIOKafkaConsumer:
        """Not started yet. Offsets live in PostgreSQL; Kafka's are for lag tools only."""
        return AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=TANSU_WAIT_MS if self.embedded else 500,
            max_poll_interval_ms=300_000,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            request_timeout_ms=15_000,
            metadata_max_age_ms=60_000,
            **more,
        )


async def let_go(closing: Coroutine[Any, Any, None], seconds: float) -> None:
    """Closes a client, and leaves it to itself when that takes longer or fails.

    aiokafka waits for connections to say that they are lost, and one that was reset may never say
    so; and what swallows its cancellation would hold `asyncio.wait_for` for ever.
    """
    task = asyncio.create_task(closing)
    _LEFT.add(task)
    task.add_done_callback(_forget)
    await asyncio.wait({task}, timeout=seconds)
    task.cancel()


async def dismiss(consumer: AIOKafkaConsumer) -> None:
    """Stops a consumer, and hangs up what it leaves open: it stops half-way where one of its tasks
    has ended by an error.
    """
    await let_go(consumer.stop(), CLOSE_SECONDS)
    for wire in list(consumer._client._conns.values()):  # noqa: SLF001 nothing public does
        wire.close()


_LEFT: set[asyncio.Task[None]] = set()


def _forget(task: asyncio.Task[None]) -> None:
    """Takes its error, so that nobody is told of it at some other time."""
    _LEFT.discard(task)
    if not task.cancelled():
        task.exception()


def is_deaf(consumer: AIOKafkaConsumer) -> bool:
    """Whether the consumer's fetching, or its looking for the cluster, has ended by an error.

    aiokafka ends either at any error it does not know and polls on, for ever without a record:
    uvloop answers a write to a connection that was just reset with a RuntimeError. Who asks for
    the cluster afterwards, as a member that must join its group anew, waits without end.
    """
    fetcher = consumer._fetcher  # noqa: SLF001 nothing public tells
    looking = consumer._client._sync_task  # noqa: SLF001
    tasks = (fetcher and fetcher.error_future, looking)
    return any(task is not None and task.done() for task in tasks)


def broker_of(settings: Settings) -> Broker:
    """The broker a service's settings name."""
    return Broker(
        bootstrap=settings.kafka,
        flavour=settings.kafka_flavour,
        incarnation=settings.kafka_incarnation,
    )
