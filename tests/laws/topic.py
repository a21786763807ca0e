"""A topic of one partition, and records of it as a neighbour's relay writes them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from shared.contracts.registry import topic_of
from shared.plumbing.applying import Batch
from tests.laws.stream import SOURCE, Sent

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
TOPIC = topic_of("neighbour")


def record(sent: Sent) -> bytes:
    """The fact on the wire."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": sent.event,
            "source": SOURCE,
            "type": "kesu.neighbour.said.v1",
            "subject": sent.stream,
            "time": NOON,
            "datacontenttype": "application/json",
            "organisation": "org",
            "sequence": str(sent.sequence),
            "sequencetype": "Integer",
            "partitionkey": sent.stream,
            "correlationid": sent.stream,
            "actor": "p-1",
            "data": {},
        }
    )


def batch(sent: Sequence[Sent | bytes | None], position: int, life: int) -> Batch:
    """Consecutive records as the consumer hands them over; `life` is the broker's."""
    raw = [record(each) if isinstance(each, Sent) else each for each in sent]
    return Batch(
        topic=TOPIC,
        partition=0,
        incarnation=f"life-{life}",
        position=position,
        next_offset=position + len(sent),
        records=list(enumerate(raw, start=position)),
    )
