"""Door 1: units and persons, the master data of an organisation (decision 20)."""

from typing import Annotated

from fastapi import Path

from services.escalation_service import queries
from services.escalation_service.domain.guards import require_codes
from services.escalation_service.domain.person import PersonFile
from services.escalation_service.domain.refusals import UnknownUnit
from services.escalation_service.domain.unit import UnitFile
from services.escalation_service.doorway import ADMINISTRATORS, EVERYBODY_INSIDE, Pages, Service
from services.escalation_service.handler import Escalation, Knock
from services.escalation_service.registry_views import (
    PersonBody,
    PersonPage,
    PersonView,
    RecordedView,
    UnitBody,
    UnitPage,
    UnitView,
)
from shared.contracts.words import PersonId, UnitPath
from shared.kernel.errors import Pointer
from shared.kernel.roles import Role
from shared.plumbing.http import (
    By,
    Correlation,
    CursorText,
    Doors,
    IfMatch,
    Limit,
    Once,
    Reply,
    unseen,
)

doors = Doors("units and persons")

UnitAt = Annotated[UnitPath, Path()]
PersonAt = Annotated[PersonId, Path()]


@doors.get("/units", permit=EVERYBODY_INSIDE)
async def list_units(
    by: By, service: Service, cursors: Pages, cursor: CursorText = None, limit: Limit = 100
) -> UnitPage:
    """List the units of the organisation, by path."""
    after = _after(cursors.open(cursor, by=by, question={"list": "units"}))
    found = await queries.units_of(service.shell.pool, by.organisation, after, limit)
    items = [_unit(file, revision) for file, revision in found[:limit]]
    more = len(found) > limit
    position = [items[-1].unit] if more else []
    following = cursors.seal(position, by=by, question={"list": "units"}) if more else None
    return UnitPage(items=items, next=following)


@doors.get("/units/{unit}", permit=EVERYBODY_INSIDE)
async def show_unit(unit: UnitAt, by: By, service: Service) -> Reply[UnitView]:
    """Show one unit."""
    found = await queries.unit_of(service.shell.pool, by.organisation, unit)
    if found is None:
        raise unseen()
    return Reply(shown=_unit(*found), revision=found[1])


@doors.put("/units/{unit}", permit=ADMINISTRATORS, shows=RecordedView)
async def put_unit(
    unit: UnitAt,
    body: UnitBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[RecordedView]:
    """Record a unit; the unit above must be known. The first time without If-Match."""
    _require_units(service, by.organisation, [above] if (above := unit.rpartition(".")[0]) else [])
    file = UnitFile(
        path=unit,
        kind=body.kind,
        head=body.head,
        hotline=body.hotline,
        labels={str(language): label for language, label in body.labels.items()},
        active=body.active,
    )
    return await service.put_unit(file, Knock.of(by, correlation, once, if_match))


@doors.get("/persons", permit=EVERYBODY_INSIDE)
async def list_persons(
    by: By, service: Service, cursors: Pages, cursor: CursorText = None, limit: Limit = 100
) -> PersonPage:
    """List the persons of the organisation by their opaque ids."""
    after = _after(cursors.open(cursor, by=by, question={"list": "persons"}))
    found = await queries.persons_of(service.shell.pool, by.organisation, after, limit)
    items = [_person(file, revision) for file, revision in found[:limit]]
    more = len(found) > limit
    position = [items[-1].person] if more else []
    following = cursors.seal(position, by=by, question={"list": "persons"}) if more else None
    return PersonPage(items=items, next=following)


@doors.get("/persons/{person}", permit=EVERYBODY_INSIDE)
async def show_person(person: PersonAt, by: By, service: Service) -> Reply[PersonView]:
    """Show one person."""
    found = await queries.person_of(service.shell.pool, by.organisation, person)
    if found is None:
        raise unseen()
    return Reply(shown=_person(*found), revision=found[1])


@doors.put("/persons/{person}", permit=ADMINISTRATORS, shows=RecordedView)
async def put_person(
    person: PersonAt,
    body: PersonBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[RecordedView]:
    """Record a person's roles and units; absence is `active` false."""
    _require_units(service, by.organisation, body.units)
    roles = [(f"/roles/{number}", role) for number, role in enumerate(body.roles)]
    require_codes(roles, [role.value for role in Role])
    file = PersonFile(
        person=person, roles=tuple(body.roles), units=tuple(body.units), active=body.active
    )
    return await service.put_person(file, Knock.of(by, correlation, once, if_match))


def _require_units(service: Escalation, organisation: str, units: list[str]) -> None:
    known = service.directory.of(organisation)
    if any(known.unit(unit) is None for unit in units):
        raise UnknownUnit(errors=[Pointer("/units", "not-allowed-value", "")])


def _after(opened: list[str | int | None] | None) -> str:
    return str(opened[0]) if opened else ""


def _unit(file: UnitFile, revision: int) -> UnitView:
    return UnitView(
        unit=file.path,
        kind=file.kind,
        head=file.head,
        hotline=file.hotline,
        labels=file.labels,
        active=file.active,
        revision=revision,
    )


def _person(file: PersonFile, revision: int) -> PersonView:
    return PersonView(
        person=file.person,
        roles=list(file.roles),
        units=list(file.units),
        active=file.active,
        revision=revision,
    )
