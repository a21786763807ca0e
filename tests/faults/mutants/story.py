"""A small sound history in the real schemas, written by hand, for the oracle's tests to damage.

One complaint came by the hotline, was routed and taken, a clock of it was late and took a step, a
deputy approved a payment, and every listener heard every fact. Nothing here uses the code under
test but its table names, so that an error there cannot make the oracle agree with itself.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from shared.contracts.registry import LISTENS, SERVICES, topic_of
from tests.faults.oracle import Answered, Evidence, Op, Outcome, Record, Ticket

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
LATER = timedelta(minutes=1)
C, K, DELEGATION = UUID(int=1), UUID(int=2), UUID(int=3)
ORG = "auto-demo"
KEY = "key-1"
CORRELATION = UUID(int=4)
CANARY = "王小明13900000000"


@dataclass(slots=True)
class Chain:
    """One aggregate's history so far."""

    seq: int = 0
    facts: int = 0
    head: bytes = bytes(32)
    last: UUID | None = None


@dataclass(slots=True)
class Story:
    """What was told so far, and the records that lie in the topics."""

    database: asyncpg.Connection
    chains: dict[tuple[str, UUID], Chain] = field(default_factory=lambda: defaultdict(Chain))
    records: list[Record] = field(default_factory=list)
    at: datetime = AT

    async def row(self, table: str, **values: Any) -> None:  # noqa: ANN401
        """Puts in one row, whatever triggers and references say."""
        names = ", ".join(f'"{name}"' for name in values)
        places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await self.database.execute(
            f"insert into {table} ({names}) values ({places})",  # noqa: S608 our own names
            *values.values(),
        )

    async def tell(
        self,
        service: str,
        kind: str,
        data: dict[str, Any] | None = None,
        *,
        fact: str | None = None,
        cause: UUID | None = None,
        of: UUID = C,
    ) -> None:
        """One event of an aggregate, and the fact it publishes if any."""
        chain, event = self.chains[service, of], uuid4()
        chain.seq += 1
        said = {
            "aggregate": of,
            "seq": chain.seq,
            "type": kind,
            "actor": "p-1",
            "event_id": event,
            "organisation": ORG,
            "at": self.at,
            "correlation": CORRELATION,
            "cause": cause,
            "policy": None,
            "data": data or {},
        }
        entry = orjson.dumps(said)
        chain.head = hashlib.sha256(chain.head + entry).digest()
        body = self._fact(service, event, fact) if fact else None
        await self.row(
            f"{service}.journal",
            aggregate=of,
            seq=chain.seq,
            event_id=event,
            organisation=ORG,
            type=kind,
            actor="p-1",
            at=self.at,
            correlation=CORRELATION,
            cause=cause,
            entry=entry,
            hash=chain.head,
            bucket=1,
            partition_key=C,
            fact_sequence=chain.facts if fact else None,
            fact=body,
        )

    def _fact(self, service: str, event: UUID, kind: str) -> bytes:
        chain = self.chains[service, C]
        chain.facts, chain.last = chain.facts + 1, event
        envelope = {
            "id": event,
            "source": f"/kesu/{service}",
            "type": kind,
            "subject": C,
            "sequence": str(chain.facts),
            "actor": "p-1",
            "organisation": ORG,
            "data": {"complaint_id": C},
        }
        body = orjson.dumps(envelope)
        topic = topic_of(service)
        offset = sum(record.topic == topic for record in self.records)
        self.records.append(
            Record(topic=topic, partition=0, offset=offset, key=str(C).encode(), value=body)
        )
        return body

    async def state(self, table: str, of: UUID = C, **columns: Any) -> None:  # noqa: ANN401
        """An aggregate's row, at the end of its chain."""
        chain = self.chains[table.partition(".")[0], of]
        standing = {"version": chain.seq, "facts": chain.facts, "revision": 1, "head": chain.head}
        await self.row(table, id=of, organisation=ORG, **standing, **({"state": "{}"} | columns))

    async def heard(self) -> None:
        """Every listener is at the last fact of every stream."""
        for (service, aggregate), chain in self.chains.items():
            for listener in SERVICES:
                if chain.facts and service in LISTENS[listener]:
                    await self.row(
                        f"{listener}.inbox",
                        source=f"/kesu/{service}",
                        aggregate=aggregate,
                        last_sequence=chain.facts,
                        last_event_id=chain.last,
                    )

    def evidence(self, dsn: str) -> Evidence:
        """What the clients, the provider and the topics show."""
        ok = Answered(201, id=C)
        op = Op(
            kind="register",
            key=KEY,
            outcome=Outcome.OK,
            id=C,
            status=201,
            answers=(ok, Answered(201, replayed=True, id=C)),
            correlations=(CORRELATION, uuid4()),
        )
        ticket = Ticket(
            number="T-1", message="m-1", status=201, complaint=C, reference="KS-2026-000001"
        )
        return Evidence(
            admin_dsn=dsn,
            ops=(op,),
            records=tuple(self.records),
            tickets=(ticket,),
            canaries=(CANARY,),
            alone=True,
        )
