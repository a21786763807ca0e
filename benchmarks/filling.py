"""Complaints by the thousand, in this process: the real form, decision and write statement.

A batch of registrations goes into one statement; the idempotency rows that a door would have kept
go beside it. Relay, consumer and escalation's decisions are the services' own, over the broker.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.intake import ORGANISATION, PATH, PERSONA, body
from benchmarks.stage import ROOT, Stage
from services.intake_service.answers import registered
from services.intake_service.bodies import Registration
from services.intake_service.handler import Intake, Knock
from services.intake_service.main import service_of
from shared.kernel.occasion import Actor, Occasion
from shared.plumbing.aggregate import Current, Decided, Given, decide
from shared.plumbing.changes import Answer
from shared.plumbing.identifiers import new_id
from shared.plumbing.issuer import personas_of
from shared.plumbing.running import Parts, open_parts
from shared.plumbing.shell import Ask
from shared.plumbing.writing import write

BATCH = 250
PATIENCE_SECONDS = 1_800
SAY_SECONDS = 10
KEYED = (
    *("organisation", "actor", "route", "key", "fingerprint"),
    *("status", "revision", "location", "body", "created_at"),
)


@dataclass(slots=True)
class Filler:
    """Registers complaints as the clerk would, without HTTP."""

    parts: Parts
    intake: Intake
    actor: Actor
    telephone: int = field(default=0)

    async def register(self, count: int, *, received_at: datetime | None = None) -> list[UUID]:
        """So many complaints, each of a customer of their own, received now or at that moment."""
        await self.parts.time.sample(self.parts.pool)
        found: list[UUID] = []
        while len(found) < count:
            found += await self._batch(min(BATCH, count - len(found)), received_at)
        return found

    async def _batch(self, count: int, received_at: datetime | None) -> list[UUID]:
        decided = [await self._one(received_at) for _ in range(count)]
        changes = [each.change for each, _ in decided if each.change]
        at = self.parts.time.now()
        keys = [self._kept(answer, at) for _, answer in decided]
        async with self.parts.pool.acquire() as connection, connection.transaction():
            written = await write(connection, self.intake.complaints.table, changes)
            assert len(written) == count, "new ids conflict with nothing"
            await connection.copy_records_to_table(
                "idempotency", schema_name="intake", columns=KEYED, records=keys
            )
        return [each.id for each, _ in decided]

    async def _one(self, received_at: datetime | None) -> tuple[Decided[Any], Answer]:
        self.telephone += 1
        form = Registration.model_validate_json(body(f"136{self.telephone:08d}"))
        form = form.model_copy(update={"received_at": received_at})
        entry = self.intake.entry(form, self.actor)
        ask = await self.intake.asked(entry, Knock(by=self.actor, correlation=new_id()))
        decided = self._decided(ask)
        return decided, registered(())(decided.state, decided.head)

    def _decided(self, ask: Ask[Any]) -> Decided[Any]:
        given = Given(
            occasion=Occasion(at=self.parts.time.now(), by=ask.by),
            origin=ask.origin,
            texts=ask.texts,
            asides=ask.asides,
        )
        current: Current[Any] = Current(id=ask.id, organisation=ask.by.organisation)
        return decide(self.intake.complaints, current, ask.command, given)

    def _kept(self, answer: Answer, at: datetime) -> tuple[Any, ...]:
        who = (self.actor.organisation, self.actor.id, f"POST {PATH}")
        key = new_id()
        told = (answer.status, answer.revision, answer.location, answer.body, at)
        return (*who, key.hex, key.bytes * 2, *told)


@asynccontextmanager
async def filler(stage: Stage, telephone: int = 0) -> AsyncIterator[Filler]:
    """A filler with a pool of its own; `telephone` is the last number that was given out."""
    parts = await open_parts("intake", stage.settings_of("intake"))
    try:
        yield Filler(parts, service_of(parts), _clerk(), telephone)
    finally:
        await parts.close()


def _clerk() -> Actor:
    found = {(each.organisation, each.name): each for each in personas_of(ROOT / "organisations")}
    clerk = found[ORGANISATION, PERSONA]
    return Actor(
        id=clerk.person,
        organisation=clerk.organisation,
        roles=frozenset(clerk.roles),
        units=frozenset(clerk.units),
    )


@asynccontextmanager
async def administrator(stage: Stage) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may look at everything."""
    connection = await asyncpg.connect(stage.admin_dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def fill(stage: Stage, size: int) -> None:
    """Until `size` complaints are there, each with its open case and armed clocks, nothing on its
    way; then the tables are vacuumed and the checkpoint is over. Raises TimeoutError.
    """
    began = time.monotonic()
    async with administrator(stage) as hand:
        have = await hand.fetchval("select count(*) from intake.complaints")
        if size > have:
            async with filler(stage, telephone=have * 10) as source:
                await source.register(size - have)
        print(f"  {max(have, size)} complaints registered after {_since(began)} s", flush=True)
        await at_rest(hand)
    print(f"  all cases open after {_since(began)} s", flush=True)


async def at_rest(hand: asyncpg.Connection) -> None:
    """Until nothing is on its way, the tables are vacuumed and the checkpoint is over."""
    await settled(hand)
    await hand.execute("vacuum (analyze)")
    await hand.execute("checkpoint")


async def settled(hand: asyncpg.Connection) -> None:
    """Until every complaint has its case and no fact waits to be sent. Raises TimeoutError."""
    until, said = time.monotonic() + PATIENCE_SECONDS, time.monotonic()
    while True:
        row = await hand.fetchrow(_LEFT)
        assert row is not None, "counts have one row"
        if not any(row.values()):
            return
        if time.monotonic() > until:
            raise TimeoutError(f"still on their way: {dict(row)}")
        if time.monotonic() > said + SAY_SECONDS:
            said = time.monotonic()
            print(f"  still on their way: {dict(row)}", flush=True)
        await asyncio.sleep(0.3)


async def opened(hand: asyncpg.Connection, ids: Sequence[UUID]) -> None:
    """Until these complaints have their cases. Raises TimeoutError."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        there = "select count(*) from escalation.cases where id = any($1)"
        if await hand.fetchval(there, ids) == len(ids):
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("escalation did not open all cases")


def _since(began: float) -> int:
    return round(time.monotonic() - began)


_LEFT = """
select (select count(*) from intake.complaints) - (select count(*) from escalation.cases) as cases,
       (select count(*) from intake.outbox) as intake_facts,
       (select count(*) from escalation.outbox) as escalation_facts
"""
