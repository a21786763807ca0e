"""A unit of an organisation as master data (decision 20): its kind, head, hotline and labels."""

from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID, uuid5

from shared.kernel.errors import NotFound
from shared.kernel.occasion import Occasion

MASTER_DATA = UUID("5c1f3b0e-8f4e-5b8e-9d0e-6b1f0a3c7d21")
"""Namespace of the ids of units and persons, so that every process names them the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFile:
    """What is known about a unit. `path` is its place in the tree; a hotline is public."""

    path: str
    kind: str
    head: str | None = None
    hotline: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PutUnit:
    file: UnitFile


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedUnit:
    """From the organisation's file at start: never overwrites what somebody put."""

    file: UnitFile


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecorded:
    file: UnitFile


Command: TypeAlias = PutUnit | SeedUnit


class NoSuchUnit(NotFound):
    """There is no such unit."""


def unit_id(organisation: str, path: str) -> UUID:
    """The id of the aggregate of a unit."""
    return uuid5(MASTER_DATA, f"{organisation}/units/{path}")


def decide(
    unit: UnitFile | None, command: Command, _occasion: Occasion, _rules: None
) -> list[UnitRecorded]:
    """What is put is recorded; the same again, or a seed for a known unit, is nothing."""
    if unit == command.file or (unit is not None and isinstance(command, SeedUnit)):
        return []
    return [UnitRecorded(file=command.file)]


def evolve(_unit: UnitFile | None, event: UnitRecorded, _occasion: Occasion) -> UnitFile:
    """The file as recorded last."""
    return event.file
