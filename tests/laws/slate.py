"""An aggregate with no rules of its own: the command says what happens, the plumbing records it.

So every sequence of events can be tried: with facts and without, many at once, timers armed and
disarmed, rows beside the state that are replaced and rows that must be the only ones.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias
from uuid import UUID

from sqlalchemy import Column, Identity, Integer, Table, Text, Uuid

from shared.contracts.envelope import Contract
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.occasion import Actor, Occasion
from shared.plumbing.aggregate import Aggregate
from shared.plumbing.changes import Aside
from shared.plumbing.tables import aggregate_table, schema_of

METADATA = schema_of("laws")
SLATES = aggregate_table("slates", METADATA, Column("told", Integer, nullable=False))
NOTES = Table(
    "notes",
    METADATA,
    Column("slate", Uuid, primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("word", Text, nullable=False),
)
SEATS = Table(
    "seats",
    METADATA,
    Column("seat", Integer, primary_key=True),
    Column("slate", Uuid, nullable=False),
)
APPLIED = Table(
    "applied",
    METADATA,
    Column("at", Integer, Identity(always=True), primary_key=True),
    Column("stream", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("event", Uuid, nullable=False),
)
"""What the laws of the inbox note, in the order in which it had its effect."""

AGAIN = timedelta(hours=3)
ANNE = Actor(id="p-anne", organisation="org", units=frozenset({"hq"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slate:
    id: UUID
    told: int = 0
    alarms: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something happened; `aloud` publishes a fact."""

    aloud: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    name: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Disarmed:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A moment came. One called `again…` comes back three hours later, one called `mute…` is never
    heard.
    """

    name: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A row beside the state that replaces the one before."""

    slot: int
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seated:
    """A row beside the state that nobody else may have."""

    seat: int


Happening: TypeAlias = Told | Armed | Disarmed | Fired | Noted | Seated
Event: TypeAlias = Opened | Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Let this happen; `opens`: to a slate that is not there yet."""

    id: UUID
    events: tuple[Happening, ...]
    opens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    name: str
    due_at: datetime


Command: TypeAlias = Do | Fire


class ToldV1(Contract):
    TYPE: ClassVar[str] = "kesu.laws.told.v1"

    told: int


class AlreadyThere(Conflict):
    """The slate is there."""


class NoSlate(NotFound):
    """The slate is not there."""


class Broken(Exception):
    """A bug, on purpose."""


def decide(
    slate: Slate | None, command: Command, _: Occasion, broken: Collection[str]
) -> list[Event]:
    if isinstance(command, Do):
        if command.opens and slate is not None:
            raise AlreadyThere
        if not command.opens and slate is None:
            raise NoSlate
        opened = [Opened(id=command.id)] if command.opens else []
        return [*opened, *command.events]
    if command.name in broken:
        raise Broken
    heard = not command.name.startswith("mute")
    waits = heard and slate is not None and slate.alarms.get(command.name) == command.due_at
    return [Fired(name=command.name, due_at=command.due_at)] if waits else []


def evolve(slate: Slate | None, event: Event, _: Occasion) -> Slate:
    if isinstance(event, Opened):
        return Slate(id=event.id)
    assert slate is not None, "a slate is opened before anything else happens to it"
    match event:
        case Told():
            return replace(slate, told=slate.told + 1)
        case Armed():
            return replace(slate, alarms=slate.alarms | {event.name: event.due_at})
        case Fired() if event.name.startswith("again"):
            return replace(slate, alarms=slate.alarms | {event.name: event.due_at + AGAIN})
        case Disarmed() | Fired():
            kept = {name: due for name, due in slate.alarms.items() if name != event.name}
            return replace(slate, alarms=kept)
        case Noted() | Seated():
            return slate


def fact_of(event: Event, slate: Slate, _: Occasion) -> Contract | None:
    return ToldV1(told=slate.told) if isinstance(event, Told) and event.aloud else None


def asides(event: Event, slate: Slate, _: Occasion) -> list[Aside]:
    match event:
        case Noted():
            values = {"slate": slate.id, "slot": event.slot, "word": event.word}
            return [Aside(table=NOTES, values=values, replaces=("word",))]
        case Seated():
            return [Aside(table=SEATS, values={"seat": event.seat, "slate": slate.id})]
        case _:
            return []


def aggregate(broken: Collection[str] = ()) -> Aggregate[Slate, Command, Event, Collection[str]]:
    """A slate whose timers of these names fail."""
    return Aggregate(
        service="laws",
        table=SLATES,
        state=Slate,
        decide=decide,
        evolve=evolve,
        fact_of=fact_of,
        rules=lambda _state, _command: broken,
        policy_of=lambda _: "laws-policy",
        columns=lambda slate: {"told": slate.told},
        timers=lambda slate, _rules, _other: slate.alarms,
        asides=asides,
    )


def moment_of(name: str, due_at: datetime) -> Command:
    return Fire(name=name, due_at=due_at)
