"""What must be in the database: the same steps, done in Python without any plumbing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from tests.laws.slate import Armed, Disarmed, Happening, Noted, Seated, Told


class Taken(Exception):
    """Somebody else has that seat."""


@dataclass(slots=True)
class Kept:
    """One slate as it must stand."""

    entries: list[tuple[str, int | None]] = field(default_factory=list)
    facts: int = 0
    told: int = 0
    revision: int = 0
    alarms: dict[str, datetime] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return len(self.entries)

    @property
    def body(self) -> bytes:
        """What a command that left it so was answered."""
        return b"%d/%d" % (self.told, self.version)


@dataclass(slots=True)
class World:
    """All slates, what waits for the relay, and the rows beside them."""

    slates: dict[UUID, Kept] = field(default_factory=dict)
    unsent: dict[UUID, list[int]] = field(default_factory=dict)
    texts: dict[UUID, list[str]] = field(default_factory=dict)
    notes: dict[tuple[UUID, int], str] = field(default_factory=dict)
    seats: dict[int, UUID] = field(default_factory=dict)
    keys: dict[str, tuple[bytes, bytes, int]] = field(default_factory=dict)

    def does(
        self,
        slate: UUID,
        events: Sequence[Happening],
        *,
        texts: Sequence[str] = (),
        opens: bool = False,
    ) -> None:
        """All of it happens, or Taken is raised and nothing does."""
        wanted = [event.seat for event in events if isinstance(event, Seated)]
        if len(set(wanted)) < len(wanted) or self.seats.keys() & set(wanted):
            raise Taken
        if not events and not opens:
            return
        kept = self.slates.setdefault(slate, Kept())
        kept.revision += 1
        if opens:
            kept.entries.append(("Opened", None))
        for event in events:
            self._one(slate, kept, event)
        self.texts.setdefault(slate, []).extend(texts)

    def _one(self, slate: UUID, kept: Kept, event: Happening) -> None:
        aloud = isinstance(event, Told) and event.aloud
        kept.facts += aloud
        kept.told += isinstance(event, Told)
        kept.entries.append((type(event).__name__, kept.facts if aloud else None))
        if aloud:
            self.unsent.setdefault(slate, []).append(kept.version)
        match event:
            case Armed():
                kept.alarms[event.name] = event.due_at
            case Disarmed():
                kept.alarms.pop(event.name, None)
            case Noted():
                self.notes[slate, event.slot] = event.word
            case Seated():
                self.seats[event.seat] = slate
            case _:
                pass

    def copy(self) -> "World":
        """To be thrown away when a transaction is."""
        return World(
            slates={
                slate: replace(kept, entries=[*kept.entries], alarms={**kept.alarms})
                for slate, kept in self.slates.items()
            },
            unsent={slate: [*unsent] for slate, unsent in self.unsent.items()},
            texts={slate: [*texts] for slate, texts in self.texts.items()},
            notes={**self.notes},
            seats={**self.seats},
            keys={**self.keys},
        )
