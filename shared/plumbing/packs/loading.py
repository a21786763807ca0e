"""From a directory of YAML to one `Pack`: values filled in, sections built, content hashed, then
proved.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, Field, StringConstraints

from shared.kernel.policy.authority import Ranks
from shared.kernel.policy.compensation import CompensationPolicy
from shared.kernel.policy.escalation import EscalationPolicy
from shared.kernel.policy.followup import FollowupPolicy
from shared.kernel.policy.intake import IntakePolicy
from shared.kernel.policy.overseeing import KeptDocument, Measure, Programme, Report
from shared.kernel.policy.pack import Axis, Guidance, Pack, Role, UnitKind
from shared.plumbing.packs.building import build, checked, made, text_of
from shared.plumbing.packs.calendars import CalendarSpelling, Day, calendar_of
from shared.plumbing.packs.organisations import Code, RoleCode, Zone
from shared.plumbing.packs.reading import BadPack, Document, KeyPath, parsed, read
from shared.plumbing.packs.spelling import STRICT, TextSpelling, Words, spelling_of

SECTIONS = ("pack", "intake", "escalation", "compensation", "followup")
Content: TypeAlias = Mapping[str, str]
"""What a version says: each section as canonical JSON, an organisation's values filled in."""
CONFIGURED = "configured"
"""`{configured: authority.limit}` stands for a value that the source never gave; the organisation
supplies it.
"""


class RoleSpelling(BaseModel):
    model_config = STRICT

    code: RoleCode
    label: TextSpelling
    cite: list[str] = Field(default_factory=list)
    rank: Annotated[int, Field(ge=0, le=99)] | None = None


class Required(BaseModel):
    """A value the source never gave and an organisation must supply; `what` says exactly what."""

    model_config = STRICT

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]+$")]
    cite: list[str]
    what: TextSpelling
    example: Words


class HeadSpelling(BaseModel):
    """`pack.yaml`: who the pack is, and the words all sections share."""

    model_config = STRICT

    id: Code
    version: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    effective_from: Day
    label: TextSpelling
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    timezone: Zone
    required: list[Required] = Field(default_factory=list)
    roles: Annotated[list[RoleSpelling], Field(min_length=1)]
    unit_kinds: Annotated[list[spelling_of(UnitKind)], Field(min_length=1)]  # type: ignore[valid-type]
    axes: list[spelling_of(Axis)]  # type: ignore[valid-type]
    calendars: Annotated[list[CalendarSpelling], Field(min_length=1)]
    guidance: list[spelling_of(Guidance)] = Field(default_factory=list)  # type: ignore[valid-type]
    reports: list[spelling_of(Report)] = Field(default_factory=list)  # type: ignore[valid-type]
    measures: list[spelling_of(Measure)] = Field(default_factory=list)  # type: ignore[valid-type]
    programmes: list[spelling_of(Programme)] = Field(default_factory=list)  # type: ignore[valid-type]
    documents: list[spelling_of(KeptDocument)] = Field(default_factory=list)  # type: ignore[valid-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The files of one version of a pack, read but not yet filled in."""

    directory: Path
    documents: Mapping[str, Document]

    def place_of(self, row: str) -> tuple[str, int | None]:
        """The file and line where a row (or a code) is written."""
        for document in self.documents.values():
            for path, line in document.lines.items():
                if path and path[-1] in {"id", "code"} and _at(document.data, path) == row:
                    return document.file, line
        return self.documents["pack"].file, None


def source_of(directory: Path) -> Source:
    """Read the five files of a version. Raises BadPack."""
    named = f"{directory.parent.name}/{directory.name}"
    documents = {
        section: read(directory / f"{section}.yaml", name=f"{named}/{section}.yaml")
        for section in SECTIONS
    }
    return Source(directory=directory, documents=documents)


def source_from(documents: Mapping[str, str], *, pack: str, day: str) -> Source:
    """The five documents of a version that somebody sent, as `source_of` reads them from files;
    `pack` and `day` (ISO 8601) are what they must say they are. Raises BadPack.
    """
    read_ = {
        section: parsed(documents[section].encode(), name=f"{section}.yaml") for section in SECTIONS
    }
    for key, said in (("id", pack), ("effective_from", day)):
        if read_["pack"].data.get(key) != said:
            raise read_["pack"].bad(f"'{key}' is not what was proposed", (key,))
    return Source(directory=Path(pack, day), documents=read_)


def pack_from(source: Source, configuration: Mapping[str, str]) -> Pack:
    """The pack with an organisation's values filled in. Raises BadPack; says exactly what is
    missing.
    """
    filled = _filled_in(source, configuration)
    pack = _assembled(filled)
    _refuse_wrong_date(pack, source)
    return pack


def content_of(source: Source, configuration: Mapping[str, str]) -> Content:
    """What the version says, canonically, values filled in. Raises BadPack."""
    filled = _filled_in(source, configuration)
    return {section: _canonical(document.data) for section, document in filled.items()}


def pack_of(content: Content) -> Pack:
    """The pack that was kept as its canonical content; the same hash again. Raises BadPack."""
    return _assembled(
        {section: Document(f"{section}.yaml", json.loads(content[section])) for section in SECTIONS}
    )


def hash_of(content: Content) -> str:
    """SHA-256 over the canonical content of all sections: names a version for good."""
    return hashlib.sha256(joined(content).encode()).hexdigest()


def joined(content: Content) -> str:
    """The content as one canonical JSON text: the bytes that are hashed."""
    return "{" + ",".join(f'"{section}":{content[section]}' for section in sorted(content)) + "}"


def parted(text: str) -> Content:
    """The sections of what `joined` made."""
    return {section: _canonical(data) for section, data in json.loads(text).items()}


def _filled_in(source: Source, configuration: Mapping[str, str]) -> dict[str, Document]:
    _refuse_missing(source, configuration)
    return {
        section: Document(document.file, _filled(document.data, configuration), document.lines)
        for section, document in source.documents.items()
    }


def required_of(source: Source) -> tuple[Required, ...]:
    """What an organisation must supply to run this pack. Raises BadPack."""
    document = source.documents["pack"]
    written = document.data.get("required", [])
    if not isinstance(written, list):
        raise document.bad("'required' must be a list", ("required",))
    found = [checked(Required, document, ("required", n)) for n in range(len(written))]
    return tuple(one for one in found if isinstance(one, Required))


def _assembled(filled: Mapping[str, Document]) -> Pack:
    head = checked(HeadSpelling, filled["pack"])
    assert isinstance(head, HeadSpelling), "checked by its own model"
    ranks = Ranks(ranks=tuple((r.code, r.rank) for r in head.roles if r.rank is not None))
    given = {"currency": head.currency, "timezone": head.timezone, "ranks": ranks}
    return Pack(
        id=head.id,
        version=head.version,
        effective_from=head.effective_from,
        hash=hash_of({section: _canonical(d.data) for section, d in filled.items()}),
        label=text_of(head.label),
        currency=head.currency,
        timezone=head.timezone,
        roles=tuple(made(Role, role) for role in head.roles),
        unit_kinds=tuple(made(UnitKind, kind) for kind in head.unit_kinds),
        axes=tuple(made(Axis, axis) for axis in head.axes),
        calendars=tuple(calendar_of(calendar, head.timezone) for calendar in head.calendars),
        intake=build(IntakePolicy, filled["intake"], **given),
        escalation=build(EscalationPolicy, filled["escalation"], **given),
        compensation=build(CompensationPolicy, filled["compensation"], **given),
        followup=build(FollowupPolicy, filled["followup"], **given),
        guidance=tuple(made(Guidance, row) for row in head.guidance),
        reports=tuple(made(Report, row) for row in head.reports),
        measures=tuple(made(Measure, row) for row in head.measures),
        programmes=tuple(made(Programme, row) for row in head.programmes),
        documents=tuple(made(KeptDocument, row) for row in head.documents),
    )


def _filled(data: Any, configuration: Mapping[str, str]) -> Any:
    """The data with the organisation's values in place of `{configured: key}`."""
    if isinstance(data, dict) and set(data) == {CONFIGURED}:
        return configuration[str(data[CONFIGURED])]
    if isinstance(data, dict):
        return {key: _filled(value, configuration) for key, value in data.items()}
    return [_filled(value, configuration) for value in data] if isinstance(data, list) else data


def _refuse_missing(source: Source, configuration: Mapping[str, str]) -> None:
    declared = {required.key: required for required in required_of(source)}
    for document in source.documents.values():
        for key, path in _configured(document.data, ()):
            if key not in declared:
                raise document.bad(f"'{key}' is not declared under required in pack.yaml", path)
    missing = [required for key, required in declared.items() if key not in configuration]
    if missing:
        wanted = "; ".join(f'{r.key} ({r.what.en}, for example "{r.example}")' for r in missing)
        reason = f"the organisation must supply under configuration: {wanted}"
        raise BadPack(source.documents["pack"].file, reason)


def _configured(data: Any, path: KeyPath) -> Iterator[tuple[str, KeyPath]]:
    if isinstance(data, dict) and set(data) == {CONFIGURED}:
        yield str(data[CONFIGURED]), path
        return
    children = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in children:
        if isinstance(value, dict | list):
            yield from _configured(value, (*path, key))


def _refuse_wrong_date(head: Pack, source: Source) -> None:
    document = source.documents["pack"]
    if head.effective_from != source.directory.name:
        raise document.bad("the directory is named after another date", ("effective_from",))
    if head.id != source.directory.parent.name:
        raise document.bad("the directory is named after another pack", ("id",))


def _canonical(data: object) -> str:
    """Equal values, equal text: sorted keys, no blanks, every character as itself."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _at(data: Any, path: KeyPath) -> object:
    for key in path:
        data = data[key]
    return data
