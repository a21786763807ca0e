"""Where each requirement of the policies is met: by which rows of its pack, by which code, or not
yet and why.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from shared.plumbing.packs.building import checked
from shared.plumbing.packs.loading import Source
from shared.plumbing.packs.reading import Document, KeyPath, read
from shared.plumbing.packs.shelf import sources_of
from shared.plumbing.packs.spelling import STRICT

Id = Annotated[str, StringConstraints(pattern=r"^[A-Z]{4}-\d{2}$")]
Place = Annotated[str, StringConstraints(pattern=r"^[\w.]+:\w+$")]
"""`module:function`, also of a test."""


class Requirement(BaseModel):
    """One requirement: R a rule, D data, G guidance, A adjacent or gated."""

    model_config = STRICT

    id: Id
    kind: Literal["R", "D", "G", "A"]
    service: Literal["intake", "escalation", "compensation", "followup", "insights", "none"]
    asks: str


class Waiting(BaseModel):
    """A section of packs that no service acts on yet, and what it waits for."""

    model_config = STRICT

    section: str
    because: str


class Behaviour(BaseModel):
    """What is done by code, what is not done yet, and what Kesu leaves to others."""

    model_config = STRICT

    does: dict[Id, Annotated[list[Place], Field(min_length=1)]]
    waiting: list[Waiting]
    not_yet: dict[Id, str]
    out_of_scope: dict[Id, str]

    def waits(self, section: str) -> str | None:
        """Why nothing acts on this section yet; None: something does."""
        fits = (w.because for w in self.waiting if section.startswith(w.section))
        return next(fits, None)


class Status(StrEnum):
    DONE = "done"
    NOT_YET = "not yet"
    OUT_OF_SCOPE = "out of scope"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A row that cites a requirement, and where it stands."""

    row: str
    file: str
    line: int | None
    section: str

    def __str__(self) -> str:
        return f"{self.row} ({self.file}:{self.line})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One requirement with everything that meets it."""

    requirement: Requirement
    status: Status
    rows: tuple[Cited, ...]
    code: tuple[str, ...]
    reason: str


def requirements_in(policies: Path) -> dict[str, tuple[Requirement, ...]]:
    """All requirements by pack. Raises BadPack."""
    document = read(policies / "requirements.yaml", name="requirements.yaml")
    return {
        pack: tuple(_requirement(document, (pack, n)) for n in range(len(listed)))
        for pack, listed in document.data.items()
    }


def behaviour_in(policies: Path) -> Behaviour:
    """What the code does. Raises BadPack."""
    found = checked(Behaviour, read(policies / "behaviour.yaml", name="behaviour.yaml"))
    assert isinstance(found, Behaviour), "checked by its own model"
    return found


def covered(policies: Path, pack: str) -> tuple[Covered, ...]:
    """Every requirement of one pack, under its latest version. Raises BadPack."""
    behaviour = behaviour_in(policies)
    rows = citations(sources_of(policies, pack)[-1])
    asked = requirements_in(policies).get(pack, ())
    return tuple(_covered(one, tuple(rows.get(one.id, ())), behaviour) for one in asked)


def citations(source: Source) -> Mapping[str, list[Cited]]:
    """Which rows of a version cite which requirement."""
    found: dict[str, list[Cited]] = defaultdict(list)
    for section, document in source.documents.items():
        for path, data in _mappings(document.data, ()):
            if "cite" not in data:
                continue
            cited = Cited(
                row=str(data.get("id") or data.get("code") or data.get("key") or path[-1]),
                file=document.file,
                line=document.line_of(path),
                section=".".join((section, *(key for key in path if isinstance(key, str)))),
            )
            for one in data["cite"]:
                found[str(one)].append(cited)
    return found


def _covered(asked: Requirement, rows: tuple[Cited, ...], behaviour: Behaviour) -> Covered:
    code = tuple(behaviour.does.get(asked.id, ()))
    status, reason = _judged(asked.id, rows, behaviour)
    return Covered(requirement=asked, status=status, rows=rows, code=code, reason=reason)


def _judged(requirement: str, rows: tuple[Cited, ...], behaviour: Behaviour) -> tuple[Status, str]:
    if requirement in behaviour.out_of_scope:
        return Status.OUT_OF_SCOPE, behaviour.out_of_scope[requirement]
    if requirement in behaviour.not_yet:
        return Status.NOT_YET, behaviour.not_yet[requirement]
    waiting = [behaviour.waits(row.section) for row in rows]
    if requirement in behaviour.does or None in waiting:
        return Status.DONE, ""
    if rows:
        return Status.NOT_YET, next(reason for reason in waiting if reason)
    return Status.MISSING, "no row cites it and no code is named"


def _requirement(document: Document, path: KeyPath) -> Requirement:
    found = checked(Requirement, document, path)
    assert isinstance(found, Requirement), "checked by its own model"
    return found


def _mappings(data: Any, path: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Every mapping inside, with its path."""
    if isinstance(data, dict):
        yield path, data
    children = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in children:
        if isinstance(value, dict | list):
            yield from _mappings(value, (*path, key))
