"""An organisation: who runs Kesu under which pack, its tree of units and its posts. Staff ids are
opaque.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.occasion import covers
from shared.kernel.policy.words import Text


class Where(StrEnum):
    """Where a rule looks for a unit, seen from the unit that recorded the complaint."""

    RECORDING = "recording"  # the recording unit itself
    SITE = "site"  # the store (or back-office department) it belongs to
    BELOW = "below"  # a unit of `kind` in the same site
    ABOVE = "above"  # the nearest unit of `kind` on the way up
    HEADQUARTERS = "headquarters"  # the unit of `kind` that serves the whole organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSelector:
    """How a rule names a unit without knowing the organisation: where to look, and for which
    kind.
    """

    where: Where
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Who must act: a role in the unit that the selector finds."""

    role: str
    unit: UnitSelector


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A store, department or office. `id` is a path: `hq.store-001.installation`."""

    id: str
    kind: str
    label: Text
    head: str | None = None
    hotline: str | None = None

    @property
    def above(self) -> str | None:
        """The id of the unit it belongs to, None at the root."""
        return self.id.rpartition(".")[0] or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of staff: an opaque id (`p-…`), roles and units. Never a name."""

    id: str
    roles: frozenset[str]
    units: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """One organisation, as its file says it. `configuration` holds the values its pack's source
    never gave.

    `personas` maps the short names of `kesu token --as` to person or machine ids.
    """

    id: str
    label: Text
    pack: str
    timezone: str
    site_kinds: frozenset[str]
    units: tuple[Unit, ...]
    persons: tuple[Person, ...]
    personas: tuple[tuple[str, str], ...]
    machines: tuple[Person, ...] = ()
    configuration: tuple[tuple[str, str], ...] = ()

    def unit(self, unit_id: str) -> Unit | None:
        """The unit with this path, or None."""
        return next((unit for unit in self.units if unit.id == unit_id), None)

    def person(self, person_id: str) -> Person | None:
        """The person or machine with this id, or None."""
        known = (*self.persons, *self.machines)
        return next((person for person in known if person.id == person_id), None)

    def persona(self, name: str) -> Person | None:
        """Who `kesu token --as <name>` stands for, or None."""
        return self.person(dict(self.personas).get(name, ""))

    def site_of(self, unit_id: str) -> Unit | None:
        """The store or department that a unit is or belongs to: the nearest unit of a site kind."""
        return next((unit for unit in self.way_up(unit_id) if unit.kind in self.site_kinds), None)

    def way_up(self, unit_id: str) -> tuple[Unit, ...]:
        """The unit and all above it, nearest first."""
        above = [unit for unit in self.units if covers(unit.id, unit_id)]
        return tuple(sorted(above, key=lambda unit: -unit.id.count(".")))

    def select(self, selector: UnitSelector, *, recording_unit: str) -> str | None:
        """The id of the unit that a selector means for a complaint recorded there; None: there is
        none.

        A headquarters unit is one of the kind outside every store; the shortest path wins, then the
        first.
        """
        found = self._candidates(selector, recording_unit)
        return found[0].id if found else None

    def placed(self, selector: UnitSelector, *, recording_unit: str) -> str:
        """Like `select`, and never nowhere: failing that its site, failing that the recording
        unit.
        """
        site = self.site_of(recording_unit)
        found = self.select(selector, recording_unit=recording_unit)
        return found or (site.id if site else recording_unit)

    def holders(self, role: str, unit_id: str) -> tuple[Person, ...]:
        """Who holds this role for this unit: nearest unit first, then by id."""
        own = [p for p in self.persons if role in p.roles and _serves(p, unit_id)]
        return tuple(sorted(own, key=lambda p: (-max(map(len, _serving(p, unit_id))), p.id)))

    def _candidates(self, selector: UnitSelector, recording_unit: str) -> list[Unit]:
        match selector.where:
            case Where.RECORDING:
                return [u for u in self.units if u.id == recording_unit]
            case Where.SITE:
                return [site] if (site := self.site_of(recording_unit)) else []
            case Where.ABOVE:
                return [u for u in self.way_up(recording_unit) if u.kind == selector.kind]
            case Where.BELOW:
                return self._of_kind_below(selector.kind, self.site_of(recording_unit))
            case Where.HEADQUARTERS:
                found = [u for u in self.units if u.kind == selector.kind]
                return sorted(found, key=lambda unit: unit.id.count("."))

    def _of_kind_below(self, kind: str, site: Unit | None) -> list[Unit]:
        return [u for u in self.units if site and u.kind == kind and covers(site.id, u.id)]


def _serving(person: Person, unit_id: str) -> list[str]:
    return [own for own in person.units if covers(own, unit_id)]


def _serves(person: Person, unit_id: str) -> bool:
    return bool(_serving(person, unit_id))
