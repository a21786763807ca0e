"""From the five documents somebody sent to a proved draft, by the same code as at the start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import orjson

from services.intake_service.domain.policy_version import (
    Difference,
    DraftInvalid,
    Ground,
    Known,
    Noticed,
)
from shared.kernel.errors import Pointer
from shared.kernel.policy.finding import Severity
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.plumbing.packs import BadPack, Packs, Version
from shared.plumbing.packs.differing import differences, substance_of
from shared.plumbing.packs.loading import Content, content_of, source_from
from shared.plumbing.packs.shelf import Placed, examined

FACT_BYTES_MAX = 890_000
"""What the content may take up in the fact, as JSON; a broker takes messages up to 1 MB."""
POINTERS_MAX = 50
REASON_MAX = 500
_VERSION_NAME = re.compile(r"[a-z0-9][a-z0-9_.:-]*")
"""A version's name travels on facts and journal rows as a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was proved."""

    pack: Pack
    content: Content
    findings: tuple[Noticed, ...]

    @property
    def substance(self) -> str:
        """What it decides, without its name and day."""
        return substance_of(self.content)


def proved_draft(
    documents: Mapping[str, str], organisation: Organisation, in_force_from: datetime
) -> Draft:
    """Reads, fills in, builds and proves. Raises DraftInvalid with every finding that refuses it:
    a pointer to the document, the finding's code, and line, row and reason in a sentence.
    """
    day = in_force_from.astimezone(ZoneInfo(organisation.timezone)).date().isoformat()
    try:
        source = source_from(documents, pack=organisation.pack, day=day)
        pack, placed = examined(source, organisation)
        content = content_of(source, dict(organisation.configuration))
    except BadPack as bad:
        raise DraftInvalid(errors=[_pointer(bad.file, bad.line, bad.row, bad.reason)]) from None
    wrong = [one for one in placed if one.finding.severity is Severity.ERROR]
    if wrong:
        raise DraftInvalid(errors=[_finding(one) for one in wrong[:POINTERS_MAX]])
    if not _VERSION_NAME.fullmatch(pack.version):
        raise DraftInvalid(errors=[_pointer("pack.yaml", None, "", "'version' must be a code")])
    if len(orjson.dumps(content)) > FACT_BYTES_MAX:
        raise DraftInvalid(errors=[Pointer("/documents", "too-long", "")])
    return Draft(pack=pack, content=content, findings=tuple(_noticed(one) for one in placed))


def ground_of(packs: Packs, organisation: str) -> Ground:
    """The organisation's versions as a proposal is measured against them."""
    return tuple(_known(version) for version in packs.timeline(organisation))


def differences_of(
    packs: Packs, organisation: str, draft: Draft, at: datetime
) -> tuple[Difference, ...]:
    """What the draft says differently from the version it follows."""
    earlier = [one for one in packs.timeline(organisation) if one.in_force_from < at]
    found = differences(earlier[-1].content if earlier else None, draft.content)
    return tuple(
        Difference(
            section=one.section,
            added=one.added,
            removed=one.removed,
            changed=one.changed,
            count=one.count,
        )
        for one in found
    )


def _known(version: Version) -> Known:
    return Known(
        version=version.pack.version,
        hash=version.pack.hash,
        substance=substance_of(version.content),
        in_force_from=version.in_force_from,
    )


def _finding(one: Placed) -> Pointer:
    finding = one.finding
    return _pointer(one.file, one.line, finding.row, str(finding), code=finding.code)


def _pointer(
    file: str, line: int | None, row: str, reason: str, *, code: str = "bad-pack"
) -> Pointer:
    section = _section(file)
    where = f"{section}.yaml:{line}" if line else f"{section}.yaml"
    said = f"{where}: {f'row {row}: ' if row else ''}{reason}"
    return Pointer(f"/documents/{section}", code, said[:REASON_MAX])


def _noticed(one: Placed) -> Noticed:
    return Noticed(
        severity=one.finding.severity.value,
        section=_section(one.file),
        line=one.line,
        row=one.finding.row,
        code=one.finding.code,
        reason=str(one.finding)[:REASON_MAX],
    )


def _section(file: str) -> str:
    return file.rpartition("/")[2].removesuffix(".yaml")
