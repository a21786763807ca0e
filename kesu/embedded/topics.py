"""The topics Kesu speaks on: one per service, made before anybody produces."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from kesu.home import SERVICES

PARTITIONS = 4
ATTEMPTS = 40
PAUSE_SECONDS = 0.25
_FINE = {0, 36}
"""Made now, or there already (TOPIC_ALREADY_EXISTS)."""


class TopicsMissing(RuntimeError):
    """The broker did not make the topics in time."""


def topic_names() -> list[str]:
    """`kesu.<service>.events`, one per service."""
    return [f"kesu.{service}.events" for service in SERVICES]


async def create_topics(
    bootstrap: str, *, replication: int = 1, partitions: int = PARTITIONS
) -> None:
    """Make every missing topic; a broker just up is asked again. Raises TopicsMissing."""
    for _ in range(ATTEMPTS):
        try:
            if await _create(bootstrap, replication, partitions):
                return
        except KafkaError:
            pass
        await asyncio.sleep(PAUSE_SECONDS)
    raise TopicsMissing(f"no topics after {ATTEMPTS * PAUSE_SECONDS:.0f} s")


async def _create(bootstrap: str, replication: int, partitions: int) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    await admin.start()
    try:
        wanted = [NewTopic(name, partitions, replication) for name in topic_names()]
        answer = await admin.create_topics(wanted)
        return all(topic[1] in _FINE for topic in answer.topic_errors)
    finally:
        await admin.close()
