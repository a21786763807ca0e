"""All packs a process may need: by organisation and moment, or by hash."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Self

from shared.kernel.policy.annexes import annex_findings
from shared.kernel.policy.check import Finding, Severity, findings_of
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.plumbing.packs.loading import (
    Source,
    content_of,
    pack_from,
    required_of,
    source_of,
)
from shared.plumbing.packs.organisations import organisations_in
from shared.plumbing.packs.reading import BadPack
from shared.plumbing.packs.versions import Version, dawn
from shared.plumbing.problems import Refusal

REPOSITORY = Path(__file__).parents[3]
POLICIES = REPOSITORY / "policies"
ORGANISATIONS = REPOSITORY / "organisations"


class NoPackInForce(LookupError):
    """The organisation has no pack that was in force on this day."""


class UnknownPack(LookupError):
    """No pack with this hash is on the shelf (yet): wait for it, do not guess."""


class UnknownOrganisation(Refusal, LookupError):
    """No such organisation is served here: for whoever asks from there, nothing is there (404)."""

    def __init__(self) -> None:
        super().__init__("not-found")


class Packs:
    """The shelf of one process: every version that may be asked for.

    A service keeps this one object and asks it anew for every command, so that a version that
    is taken up while the process runs counts from the next command on. What was on the shelf stays
    as it was: taking up puts a new picture in the place of the old one.
    """

    def __init__(
        self, organisations: tuple[Organisation, ...], versions: Iterable[Version] = ()
    ) -> None:
        """`versions` in any order."""
        self._organisations = {organisation.id: organisation for organisation in organisations}
        self._picture = _Picture.of(versions)
        self.on_unknown: Callable[[], None] = _nobody
        """Called when a hash is asked for that is not here: somebody may look at once."""

    @classmethod
    def load(cls, policies: Path = POLICIES, organisations: Path = ORGANISATIONS) -> Self:
        """Read both directories. Raises BadPack for the first thing that would make a wrong
        decision.
        """
        served = organisations_in(organisations)
        sources = {pack: sources_of(policies, pack) for pack in {one.pack for one in served}}
        return cls(served, [proved_version(s, one) for one in served for s in sources[one.pack]])

    def copy(self) -> "Packs":
        """The same shelf, to take up versions of its own."""
        return Packs(self.organisations, self.versions)

    def take_up(self, versions: Iterable[Version]) -> None:
        """Put versions on the shelf, whole or not at all; what is there already stays."""
        new = {one.name: one for one in versions if self._picture.wants(one)}
        if new:
            old = [one for one in self._picture.versions if one.name not in new]
            self._picture = _Picture.of([*old, *new.values()])

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        """Everybody served here."""
        return tuple(self._organisations.values())

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version of every organisation."""
        return self._picture.versions

    @property
    def packs(self) -> tuple[Pack, ...]:
        """Every version of every pack on the shelf, each once."""
        return tuple(self._picture.by_hash.values())

    def organisation(self, organisation: str) -> Organisation:
        """Raises UnknownOrganisation."""
        if organisation not in self._organisations:
            raise UnknownOrganisation
        return self._organisations[organisation]

    def timeline(self, organisation: str) -> tuple[Version, ...]:
        """The versions of an organisation that are or will be in force, oldest first."""
        return self._picture.timelines.get(organisation, ())

    def for_organisation(self, organisation: str, on: date) -> Pack:
        """The version in force at a moment (a `datetime`), or when a local day begins. Raises
        UnknownOrganisation, NoPackInForce.
        """
        known = self.organisation(organisation)
        at = on if isinstance(on, datetime) else dawn(known, on)
        began = [one for one in self.timeline(organisation) if one.in_force_from <= at]
        if not began:
            raise NoPackInForce
        return began[-1].pack

    def by_hash(self, content_hash: str) -> Pack:
        """The version that was pinned. Raises UnknownPack."""
        found = self._picture.by_hash.get(content_hash)
        if found is None:
            self.on_unknown()
            raise UnknownPack
        return found


@dataclass(frozen=True, slots=True)
class _Picture:
    """What stands on a shelf at one time. `timelines` leave out what was kept from files that
    have changed since: it is found by hash only.
    """

    versions: tuple[Version, ...]
    by_hash: Mapping[str, Pack]
    timelines: Mapping[str, tuple[Version, ...]]

    @classmethod
    def of(cls, versions: Iterable[Version]) -> "_Picture":
        every = tuple(sorted(versions, key=lambda one: one.in_force_from))
        owners = {one.organisation for one in every}
        return cls(
            versions=every,
            by_hash={one.pack.hash: one.pack for one in every},
            timelines={owner: _timeline(owner, every) for owner in owners},
        )

    def wants(self, version: Version) -> bool:
        """Whether it is new here; a moment that two persons chose outweighs a file's day."""
        here = next((one for one in self.versions if one.name == version.name), None)
        return here is None or (version.activated and not here.activated)


def _timeline(owner: str, versions: tuple[Version, ...]) -> tuple[Version, ...]:
    return tuple(one for one in versions if one.organisation == owner and one.counts)


def _nobody() -> None:
    """Nobody waits for unknown hashes."""


def sources_of(policies: Path, pack: str) -> tuple[Source, ...]:
    """All versions of one pack, oldest first. Raises BadPack when there is none."""
    found = [source_of(path) for path in sorted((policies / pack).glob("????-??-??"))]
    if not found:
        raise BadPack(f"policies/{pack}", "there is no such pack")
    return tuple(found)


def proved(source: Source, organisation: Organisation) -> Pack:
    """The pack filled in for an organisation and checked against it. Raises BadPack for the first
    error.
    """
    pack, placed = examined(source, organisation)
    for one in placed:
        if one.finding.severity is Severity.ERROR:
            raise BadPack(one.file, str(one.finding), line=one.line, row=one.finding.row)
    return pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A finding with the place in the files where its row stands."""

    finding: Finding
    file: str
    line: int | None

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{self.finding.severity} {where} row {self.finding.row}: {self.finding}"


def examined(source: Source, organisation: Organisation | None) -> tuple[Pack, list[Placed]]:
    """The pack and all findings about it. Without an organisation the examples of its required
    values fill it in. Raises BadPack when it cannot even be read.
    """
    examples = {required.key: required.example for required in required_of(source)}
    values = dict(organisation.configuration) if organisation else examples
    pack = pack_from(source, values)
    found = (*annex_findings(pack), *findings_of(pack, organisation))
    return pack, [_placed(source, finding) for finding in found]


def _placed(source: Source, finding: Finding) -> Placed:
    file, line = source.place_of(finding.row)
    return Placed(finding=finding, file=file, line=line)


def proved_version(source: Source, organisation: Organisation) -> Version:
    """A version as it stands in the files. Raises BadPack for the first error."""
    pack = proved(source, organisation)
    return Version(
        organisation=organisation.id,
        in_force_from=dawn(organisation, date.fromisoformat(pack.effective_from)),
        pack=pack,
        content=content_of(source, dict(organisation.configuration)),
    )
