"""All packs a process may need, read once at start: by organisation and day, or by hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from shared.kernel.policy.annexes import annex_findings
from shared.kernel.policy.check import Finding, Severity, findings_of
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.plumbing.packs.loading import Source, pack_from, required_of, source_of
from shared.plumbing.packs.organisations import organisations_in
from shared.plumbing.packs.reading import BadPack

REPOSITORY = Path(__file__).parents[3]
POLICIES = REPOSITORY / "policies"
ORGANISATIONS = REPOSITORY / "organisations"


class NoPackInForce(LookupError):
    """The organisation has no pack that was in force on this day."""


class UnknownPack(LookupError):
    """No pack with this hash is on the shelf (yet): wait for it, do not guess."""


class UnknownOrganisation(LookupError):
    """No such organisation is served here."""


class Packs:
    """The shelf. Immutable once loaded; `load` reads, proves and refuses."""

    def __init__(
        self, organisations: tuple[Organisation, ...], packs: Mapping[str, tuple[Pack, ...]]
    ) -> None:
        """`packs` holds each organisation's versions, oldest first."""
        self._organisations = {organisation.id: organisation for organisation in organisations}
        self._packs = dict(packs)
        self._by_hash = {pack.hash: pack for versions in packs.values() for pack in versions}

    @classmethod
    def load(cls, policies: Path = POLICIES, organisations: Path = ORGANISATIONS) -> Self:
        """Read both directories. Raises BadPack for the first thing that would make a wrong
        decision.
        """
        served = organisations_in(organisations)
        sources = {pack: sources_of(policies, pack) for pack in {one.pack for one in served}}
        packs = {one.id: _versions(one, sources[one.pack]) for one in served}
        return cls(served, packs)

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        """Everybody served here."""
        return tuple(self._organisations.values())

    @property
    def packs(self) -> tuple[Pack, ...]:
        """Every version of every pack on the shelf, each once."""
        return tuple(self._by_hash.values())

    def organisation(self, organisation: str) -> Organisation:
        """Raises UnknownOrganisation."""
        if organisation not in self._organisations:
            raise UnknownOrganisation
        return self._organisations[organisation]

    def for_organisation(self, organisation: str, on: date) -> Pack:
        """The version in force on that day. Raises UnknownOrganisation, NoPackInForce."""
        self.organisation(organisation)
        day = on.isoformat()
        versions = [p for p in self._packs[organisation] if p.effective_from <= day]
        if not versions:
            raise NoPackInForce
        return versions[-1]

    def by_hash(self, content_hash: str) -> Pack:
        """The version that was pinned. Raises UnknownPack."""
        if content_hash not in self._by_hash:
            raise UnknownPack
        return self._by_hash[content_hash]


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


def _versions(organisation: Organisation, sources: tuple[Source, ...]) -> tuple[Pack, ...]:
    return tuple(proved(source, organisation) for source in sources)
