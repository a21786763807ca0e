"""Every generated document by its path in the project, and how it stands to what is committed."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kesu.commands.problems import everything, page
from kesu.contracting import asyncapi, facts, services

PROJECT = Path(__file__).resolve().parents[2]
SCHEMAS = "shared/contracts/schemas"
OPENAPI = "docs/openapi"
ASYNCAPI = "docs/asyncapi.json"
ROLES = "docs/roles.md"
PROBLEMS = "docs/problems.md"
GENERATED = (f"{SCHEMAS}/*.json", f"{OPENAPI}/*.json")
"""Folders in which nothing else may lie."""


def artefacts() -> dict[str, str]:
    """The text of every document as the code has it now, by path."""
    apps = services.apps()
    found = {f"{SCHEMAS}/{type_}.json": text(each) for type_, each in facts.schemas().items()}
    found[f"{SCHEMAS}/envelope.json"] = text(_envelope())
    found[ASYNCAPI] = text(asyncapi.document())
    for service, app in apps.items():
        found[f"{OPENAPI}/{service}.json"] = text(app.openapi())
    found[ROLES] = services.matrix(apps)
    found[PROBLEMS] = page(everything(PROJECT))
    return dict(sorted(found.items()))


def text(document: Any) -> str:
    """JSON for people and diffs: sorted keys, two blanks, a newline at the end."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(found: Mapping[str, str], project: Path = PROJECT) -> list[str]:
    """Put every document in its place and remove what is generated no longer; says what changed."""
    changed = [path for path in found if _committed(project, path) != found[path]]
    for path in changed:
        place = project / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(found[path], encoding="utf-8")
    gone = leftovers(found, project)
    for path in gone:
        (project / path).unlink()
    return [*(f"wrote {path}" for path in changed), *(f"removed {path}" for path in gone)]


def drift(found: Mapping[str, str], project: Path = PROJECT) -> list[str]:
    """How the committed documents differ from the code, a sentence each; none when they do not."""
    differing = [_difference(project, path, wanted) for path, wanted in found.items()]
    gone = [f"{path}: is generated no longer" for path in leftovers(found, project)]
    doorless = [
        f"{OPENAPI}/{service}.json: {service} has no doors" for service in services.absent()
    ]
    return [each for each in differing if each] + gone + doorless


def leftovers(found: Mapping[str, str], project: Path) -> list[str]:
    """Generated files that no code stands behind any more."""
    present = (path for pattern in GENERATED for path in project.glob(pattern))
    paths = (path.relative_to(project).as_posix() for path in present)
    return sorted(path for path in paths if path not in found)


def _committed(project: Path, path: str) -> str | None:
    place = project / path
    return place.read_text(encoding="utf-8") if place.exists() else None


def _difference(project: Path, path: str, wanted: str) -> str:
    committed = _committed(project, path)
    if committed is None:
        return f"{path}: is missing"
    if committed == wanted:
        return ""
    lines = difflib.unified_diff(committed.splitlines(), wanted.splitlines(), lineterm="", n=0)
    _old, _new, where, *changes = lines
    return f"{path}: differs at {where.strip('@ ')}: {' '.join(changes[:2])}"


def _envelope() -> facts.Schema:
    found = facts.envelope_schema()
    return {
        "$schema": facts.DIALECT,
        "$id": "urn:kesu:schema:envelope",
        "title": "Envelope",
    } | found
