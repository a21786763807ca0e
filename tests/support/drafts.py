"""New versions of shipped policies, made by changing words of the files."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.contracts.intake import PolicyVersionActivatedV1
from shared.kernel.policy.organisation import Organisation
from shared.plumbing.identifiers import new_id
from shared.plumbing.packs import POLICIES, Version
from shared.plumbing.packs.loading import SECTIONS, content_of, pack_of, source_from

FIRST = "2026-01-01"
Swaps = dict[str, list[tuple[str, str]]]
"""By section: what stands in the file, and what is to stand there."""


def documents(
    organisation: Organisation, at: datetime, *, version: str = "second", swaps: Swaps | None = None
) -> dict[str, str]:
    """The five documents of a next version that begins on the local day of `at`."""
    day = at.astimezone(ZoneInfo(organisation.timezone)).date().isoformat()
    folder = POLICIES / organisation.pack / FIRST
    found = {section: (folder / f"{section}.yaml").read_text() for section in SECTIONS}
    head = [(f'version: "{FIRST}"', f'version: "{version}"'), (f": {FIRST}", f": {day}")]
    for section, pairs in {
        **(swaps or {}),
        "pack": [*head, *(swaps or {}).get("pack", [])],
    }.items():
        for old, new in pairs:
            assert old in found[section], old
            found[section] = found[section].replace(old, new, 1)
    return found


def made(
    organisation: Organisation, at: datetime, *, version: str = "second", swaps: Swaps | None = None
) -> Version:
    """Such a version as it stands on a shelf once two persons put it in force."""
    texts = documents(organisation, at, version=version, swaps=swaps)
    day = at.astimezone(ZoneInfo(organisation.timezone)).date().isoformat()
    source = source_from(texts, pack=organisation.pack, day=day)
    content = content_of(source, dict(organisation.configuration))
    return Version(
        organisation=organisation.id,
        in_force_from=at,
        pack=pack_of(content),
        content=content,
        activated=True,
    )


def told(version: Version) -> PolicyVersionActivatedV1:
    """The fact by which intake tells of it."""
    return PolicyVersionActivatedV1.model_validate(
        {
            "version_id": new_id(),
            "pack": version.pack.id,
            "version": version.pack.version,
            "hash": version.pack.hash,
            "in_force_from": version.in_force_from,
            "proposed_by": "p-administrator-1",
            "activated_by": "p-administrator-2",
            "content": dict(version.content),
        }
    )
