"""Who works where, as now recorded: each organisation with its recorded units and persons."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg
import structlog
from pydantic import TypeAdapter

from services.escalation_service.domain.person import PersonFile
from services.escalation_service.domain.unit import UnitFile
from shared.kernel.policy.organisation import Organisation, Person, Unit
from shared.kernel.policy.words import Text
from shared.plumbing.lending import Behind
from shared.plumbing.packs import Packs

REFRESH_SECONDS = 1.0
_UNIT = TypeAdapter(UnitFile)
_PERSON = TypeAdapter(PersonFile)
log = structlog.get_logger("directory")


@dataclass(slots=True)
class Directory:
    """A copy in memory of the recorded units and persons; every process keeps its own fresh."""

    packs: Packs
    pool: Behind
    organisations: dict[str, Organisation] = field(default_factory=dict)
    _seen: tuple[int, ...] = ()

    def of(self, organisation: str) -> Organisation:
        """The organisation as recorded. Raises UnknownOrganisation."""
        return self.organisations.get(organisation) or self.packs.organisation(organisation)

    async def refresh(self) -> None:
        """Reads again when anything was recorded since."""
        row = await self.pool.fetchrow(_CHANGED)
        seen = tuple(row) if row else ()
        if seen == self._seen:
            return
        units = _by_organisation(await self.pool.fetch(_UNITS))
        persons = _by_organisation(await self.pool.fetch(_PERSONS))
        for known in self.packs.organisations:
            own = _recorded(known, units.get(known.id, []), persons.get(known.id, []))
            self.organisations[known.id] = own
        self._seen = seen

    async def keep(self) -> None:
        """Refreshes until cancelled."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self.refresh()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("the directory waits", error=type(error).__name__)


_CHANGED = """
select (select count(*) from escalation.units),
       (select coalesce(sum(version), 0) from escalation.units),
       (select count(*) from escalation.persons),
       (select coalesce(sum(version), 0) from escalation.persons)
"""
_UNITS = "select organisation, state from escalation.units where active order by path"
_PERSONS = "select organisation, state from escalation.persons where active order by person"


def _by_organisation(rows: Iterable[Any]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for row in rows:
        found.setdefault(row["organisation"], []).append(row["state"])
    return found


def _recorded(known: Organisation, units: list[bytes], persons: list[bytes]) -> Organisation:
    """Nothing recorded yet: the file as it is."""
    if not units:
        return known
    return replace(
        known,
        units=tuple(_unit(_UNIT.validate_json(state)) for state in units),
        persons=tuple(_person(_PERSON.validate_json(state)) for state in persons),
    )


def _unit(file: UnitFile) -> Unit:
    labels = file.labels
    label = Text(
        zh_hant=labels.get("zh-Hant", ""),
        zh_hans=labels.get("zh-Hans", ""),
        en=labels.get("en", ""),
    )
    return Unit(id=file.path, kind=file.kind, label=label, head=file.head, hotline=file.hotline)


def _person(file: PersonFile) -> Person:
    return Person(id=file.person, roles=frozenset(file.roles), units=frozenset(file.units))
