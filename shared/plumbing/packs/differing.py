"""What two versions of a policy say differently, by section and row, for the person who decides."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.plumbing.packs.loading import SECTIONS, Content, joined

NAMED_MAX = 200
"""So many rows are named at most; the count is of all."""
_NAMES_A_VERSION = ("version", "effective_from")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionDifference:
    """Rows by id or code, and keys that hold no rows, in alphabetical order."""

    section: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    count: int


def differences(before: Content | None, after: Content) -> tuple[SectionDifference, ...]:
    """The sections that differ. Without a version before, everything is new."""
    found = (_difference(section, before, after) for section in SECTIONS)
    return tuple(one for one in found if one.count)


def substance_of(content: Content) -> str:
    """A digest of what a version decides: its own name and day left out."""
    head = json.loads(content["pack"])
    for key in _NAMES_A_VERSION:
        head.pop(key, None)
    plain = {**content, "pack": json.dumps(head, sort_keys=True, ensure_ascii=False)}
    return hashlib.sha256(joined(plain).encode()).hexdigest()


def _difference(section: str, before: Content | None, after: Content) -> SectionDifference:
    old = _rows(json.loads(before[section])) if before else {}
    new = _rows(json.loads(after[section]))
    added, removed = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    changed = sorted(name for name in new.keys() & old.keys() if new[name] != old[name])
    return SectionDifference(
        section=section,
        added=tuple(added[:NAMED_MAX]),
        removed=tuple(removed[:NAMED_MAX]),
        changed=tuple(changed[:NAMED_MAX]),
        count=len(added) + len(removed) + len(changed),
    )


def _rows(data: Mapping[str, Any]) -> dict[str, Any]:
    """Each row of each list by its name; what has no rows by its key."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        named = [(_name(row), row) for row in value] if isinstance(value, list) else []
        if named and all(name for name, _ in named):
            found |= {f"{key}/{name}": row for name, row in named}
        else:
            found[key] = value
    return found


def _name(row: object) -> str:
    if not isinstance(row, dict):
        return ""
    return str(row.get("id") or row.get("code") or "")
