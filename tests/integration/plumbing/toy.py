"""The smallest aggregate that uses every part of the write: a counter that rings at noon."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias
from uuid import UUID, uuid4

from sqlalchemy import Column, Integer, Table, Text, Uuid

from shared.contracts.envelope import Contract
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.occasion import Occasion
from shared.plumbing.aggregate import Aggregate
from shared.plumbing.changes import Aside
from shared.plumbing.tables import aggregate_table, schema_of

METADATA = schema_of("toy")
STEPS = Table(
    "steps",
    METADATA,
    Column("counter", Uuid, primary_key=True),
    Column("value", Integer, primary_key=True),
    Column("note", Text, nullable=False),
)
COUNTERS = aggregate_table("counters", METADATA, Column("value", Integer, nullable=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    value: int = 0
    rings_at: datetime | None = None
    rung: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    rings_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    amount: int = 1
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    rings_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    pass


Command: TypeAlias = Start | Add | Ring
Event: TypeAlias = Started | Added | Rung


class AddedV1(Contract):
    TYPE: ClassVar[str] = "kesu.toy.added.v1"

    counter: UUID | None = None
    value: int


class NoCounter(NotFound):
    """There is no such counter."""


class Full(Conflict):
    """A counter ends at a hundred."""


def decide(counter: Counter | None, command: Command, occasion: Occasion, _: None) -> list[Event]:
    match command:
        case Start():
            within = command.rings_after
            return [Started(rings_at=occasion.at + within if within is not None else None)]
        case Add():
            if counter is None:
                raise NoCounter
            if counter.value + command.amount > 100:
                raise Full
            return [Added(amount=command.amount)] * command.times
        case Ring():
            return [Rung()] if counter and counter.rings_at else []


def evolve(counter: Counter | None, event: Event, _: Occasion) -> Counter:
    known = counter or Counter()
    match event:
        case Started():
            return replace(known, rings_at=event.rings_at)
        case Added():
            return replace(known, value=known.value + event.amount)
        case Rung():
            return replace(known, rings_at=None, rung=known.rung + 1)


def fact_of(event: Event, counter: Counter, _: Occasion) -> Contract | None:
    return AddedV1(value=counter.value) if isinstance(event, Added) else None


def asides(event: Event, counter: Counter, _: Occasion) -> list[Aside]:
    if not isinstance(event, Rung):
        return []
    values = {"counter": uuid4(), "value": counter.rung, "note": "rung"}
    return [Aside(table=STEPS, values=values)]


AGGREGATE: Aggregate[Counter, Command, Event, None] = Aggregate(
    service="toy",
    table=COUNTERS,
    state=Counter,
    decide=decide,
    evolve=evolve,
    fact_of=fact_of,
    rules=lambda _state, _command: None,
    policy_of=lambda _: "toy-policy",
    columns=lambda counter: {"value": counter.value},
    timers=lambda counter, _r, _o: {"ring": counter.rings_at} if counter.rings_at else {},
    asides=asides,
)


def moment_of(_name: str, due_at: datetime) -> Command:
    return Ring(due_at=due_at)
