"""Reading `organisations/*.yaml`: who runs Kesu, under which pack, with which units, posts and
values.
"""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from shared.kernel.policy.organisation import Organisation, Person, Unit
from shared.kernel.roles import Role
from shared.plumbing.packs.building import checked, text_of
from shared.plumbing.packs.reading import Document, read
from shared.plumbing.packs.spelling import STRICT, TextSpelling

Path_ = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$", max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]
StaffId = Annotated[str, StringConstraints(pattern=r"^p-[a-z0-9-]+$", max_length=64)]
MachineId = Annotated[str, StringConstraints(pattern=r"^machine:[a-z0-9-]+$", max_length=64)]


def known_zone(name: str) -> str:
    """The name of a time zone that exists."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError("there is no such time zone") from unknown
    return name


def _known_role(code: str) -> str:
    if code not in {role.value for role in Role}:
        raise ValueError("there is no such role")
    return code


RoleCode = Annotated[str, AfterValidator(_known_role)]
Zone = Annotated[str, AfterValidator(known_zone)]


class UnitSpelling(BaseModel):
    model_config = STRICT

    id: Path_
    kind: Code
    label: TextSpelling
    head: StaffId | None = None
    hotline: Annotated[str, StringConstraints(max_length=32)] | None = None


class PersonSpelling(BaseModel):
    model_config = STRICT

    id: StaffId | MachineId
    roles: Annotated[list[RoleCode], Field(min_length=1)]
    units: Annotated[list[Path_], Field(min_length=1)]


class OrganisationSpelling(BaseModel):
    """One organisation's file."""

    model_config = STRICT

    id: Code
    label: TextSpelling
    pack: Code
    timezone: Zone
    site_kinds: list[Code]
    units: Annotated[list[UnitSpelling], Field(min_length=1)]
    persons: list[PersonSpelling]
    personas: dict[str, str]
    configuration: dict[str, str] = Field(default_factory=dict)
    """Values that the pack's source never gave. A sample is marked as one in the file."""


def organisations_in(directory: Path) -> tuple[Organisation, ...]:
    """All organisations of a directory, by file name. Raises BadPack."""
    return tuple(organisation_from(path) for path in sorted(directory.glob("*.yaml")))


def organisation_from(path: Path) -> Organisation:
    """One organisation. Raises BadPack, also for references to units and persons it does not
    have.
    """
    document = read(path, name=f"{path.parent.name}/{path.name}")
    spelled = checked(OrganisationSpelling, document)
    assert isinstance(spelled, OrganisationSpelling), "checked by its own model"
    organisation = _organisation(spelled)
    _refuse_dangling(organisation, document)
    return organisation


def _organisation(spelled: OrganisationSpelling) -> Organisation:
    everybody = [_person(person) for person in spelled.persons]
    return Organisation(
        id=spelled.id,
        label=text_of(spelled.label),
        pack=spelled.pack,
        timezone=spelled.timezone,
        site_kinds=frozenset(spelled.site_kinds),
        units=tuple(_unit(unit) for unit in spelled.units),
        persons=tuple(person for person in everybody if not is_machine(person)),
        machines=tuple(person for person in everybody if is_machine(person)),
        personas=tuple(spelled.personas.items()),
        configuration=tuple(sorted(spelled.configuration.items())),
    )


def is_machine(person: Person) -> bool:
    """Whether this is a hotline or another system, which never acts as staff."""
    return person.id.startswith("machine:")


def _unit(spelled: UnitSpelling) -> Unit:
    return Unit(
        id=spelled.id,
        kind=spelled.kind,
        label=text_of(spelled.label),
        head=spelled.head,
        hotline=spelled.hotline,
    )


def _person(spelled: PersonSpelling) -> Person:
    roles, units = frozenset(spelled.roles), frozenset(spelled.units)
    return Person(id=spelled.id, roles=roles, units=units)


def _refuse_dangling(organisation: Organisation, document: Document) -> None:
    units = {unit.id for unit in organisation.units}
    for index, unit in enumerate(organisation.units):
        where = ("units", index)
        if unit.above is not None and unit.above not in units:
            raise document.bad(f"the unit above, '{unit.above}', is not listed", where)
        if unit.head is not None and organisation.person(unit.head) is None:
            raise document.bad(f"its head '{unit.head}' is not listed", where)
    for index, person in enumerate(document.data["persons"]):
        if unknown := set(person["units"]) - units:
            raise document.bad(f"there is no unit '{min(unknown)}'", ("persons", index))
    for name, person_id in organisation.personas:
        if organisation.person(person_id) is None:
            raise document.bad(f"nobody is '{person_id}'", ("personas", name))
    _refuse_doubles(organisation, document)


def _refuse_doubles(organisation: Organisation, document: Document) -> None:
    for what, ids in (
        ("units", [unit.id for unit in organisation.units]),
        ("persons", [p.id for p in (*organisation.persons, *organisation.machines)]),
    ):
        twice = {one for one in ids if ids.count(one) > 1}
        if twice:
            raise document.bad(f"'{min(twice)}' is listed twice", (what,))
