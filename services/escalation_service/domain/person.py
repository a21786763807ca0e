"""A person of an organisation by an opaque staff id: roles, units, presence. Never a name."""

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID, uuid5

from services.escalation_service.domain.unit import MASTER_DATA
from shared.kernel.errors import NotFound
from shared.kernel.occasion import Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFile:
    """What is known about a person; not active: absent or gone."""

    person: str
    roles: tuple[str, ...]
    units: tuple[str, ...]
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PutPerson:
    file: PersonFile


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPerson:
    """From the organisation's file at start: never overwrites what somebody put."""

    file: PersonFile


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecorded:
    file: PersonFile


Command: TypeAlias = PutPerson | SeedPerson


class NoSuchPerson(NotFound):
    """There is no such person."""


def person_id(organisation: str, person: str) -> UUID:
    """The id of the aggregate of a person."""
    return uuid5(MASTER_DATA, f"{organisation}/persons/{person}")


def decide(
    person: PersonFile | None, command: Command, _occasion: Occasion, _rules: None
) -> list[PersonRecorded]:
    """What is put is recorded; the same again, or a seed for a known person, is nothing."""
    if person == command.file or (person is not None and isinstance(command, SeedPerson)):
        return []
    return [PersonRecorded(file=command.file)]


def evolve(_person: PersonFile | None, event: PersonRecorded, _occasion: Occasion) -> PersonFile:
    """The file as recorded last."""
    return event.file
