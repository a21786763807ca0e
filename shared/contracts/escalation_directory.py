"""What escalation tells of its master data: units and the persons in them (decision 20)."""

from typing import ClassVar

from shared.contracts.envelope import Contract
from shared.contracts.words import Code, Labels, PersonId, UnitPath


class UnitRecordedV1(Contract):
    """Master data of a unit (decision 20). `unit` is a path; `head` a person id."""

    TYPE: ClassVar[str] = "kesu.escalation.unit_recorded.v1"

    unit: UnitPath
    kind: Code
    head: PersonId | None = None
    labels: Labels = {}
    active: bool = True


class PersonRecordedV1(Contract):
    """Master data of a person by opaque id: roles, units, absence."""

    TYPE: ClassVar[str] = "kesu.escalation.person_recorded.v1"

    person: PersonId
    roles: list[Code]
    units: list[UnitPath]
    active: bool = True


FACTS: tuple[type[Contract], ...] = (UnitRecordedV1, PersonRecordedV1)
