"""Neighbours that tell facts to one service: real envelopes and sequences, its own consumer."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import orjson

from shared.contracts.envelope import Contract
from shared.contracts.registry import source_of
from shared.plumbing.applying import Applying, Batch
from shared.plumbing.identifiers import new_id
from shared.plumbing.running import Worker

TOPIC = "kesu.test.events"


@dataclass(slots=True)
class Neighbours:
    """Tells facts through `Applying`, as the consume loop does, without a broker."""

    worker: Worker
    organisation: str
    sequences: dict[tuple[str, UUID], int] = field(default_factory=dict)
    position: int = 0

    async def tell(self, *facts: Contract, subject: UUID, at: datetime | None = None) -> None:
        """These facts of one aggregate, next in its sequence."""
        await self.deliver(*(self.record(fact, subject=subject, at=at) for fact in facts))

    def record(self, fact: Contract, *, subject: UUID, at: datetime | None = None) -> bytes:
        """One record as a topic holds it, with the next sequence of its stream."""
        service = fact.TYPE.split(".")[1]
        sequence = self.sequences.get((service, subject), 0) + 1
        self.sequences[service, subject] = sequence
        envelope = {
            "specversion": "1.0",
            "id": new_id(),
            "source": source_of(service),
            "type": fact.TYPE,
            "subject": subject,
            "time": at or self.worker.parts.time.now(),
            "datacontenttype": "application/json",
            "organisation": self.organisation,
            "sequence": str(sequence),
            "sequencetype": "Integer",
            "partitionkey": subject,
            "correlationid": new_id(),
            "actor": "p-someone",
            "data": fact.model_dump(mode="json"),
        }
        return orjson.dumps(envelope)

    async def deliver(self, *records: bytes) -> None:
        """Records in this order, one batch; a fact that fails is parked, as in the real loop."""
        schema, pool = self.worker.parts.service, self.worker.parts.pool
        applying = Applying(schema=schema, pool=pool, apply=self.worker.apply)
        await pool.execute(
            f"insert into {schema}.offsets (topic, partition, incarnation, next_offset) "  # noqa: S608
            "values ($1, 0, 'test', 0) on conflict do nothing",
            TOPIC,
        )
        batch = Batch(
            topic=TOPIC,
            partition=0,
            incarnation="test",
            position=self.position,
            next_offset=self.position + len(records),
            records=[(self.position + n, record) for n, record in enumerate(records)],
        )
        try:
            await applying.batch(batch)
        except Exception:
            await applying.batch(batch, one_by_one=True)
        self.position += len(records)

    async def parked(self) -> int:
        """How many facts wait."""
        schema = self.worker.parts.service
        found = await self.worker.parts.pool.fetchval(
            f"select count(*) from {schema}.parked"  # noqa: S608 our own schema
        )
        return int(found)
