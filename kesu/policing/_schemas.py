"""The language of packs as JSON Schema, so that an editor completes and checks while one writes.

Generated from the kernel's own dataclasses through the models that read packs: what an editor
accepts and what `kesu` accepts have one source. Descriptions are the kernel's docstrings.
"""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from shared.kernel.policy.compensation import CompensationPolicy
from shared.kernel.policy.escalation import EscalationPolicy
from shared.kernel.policy.followup import FollowupPolicy
from shared.kernel.policy.intake import IntakePolicy
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.vocabulary import (
    FAULTS,
    GATES,
    GRANTS,
    INSTALLATIONS,
    OCCURRENCES,
    REMEDY_KINDS,
)
from shared.kernel.policy.words import Length
from shared.kernel.roles import Role
from shared.plumbing.packs.conditions import TABLES
from shared.plumbing.packs.loading import HeadSpelling
from shared.plumbing.packs.organisations import OrganisationSpelling
from shared.plumbing.packs.spelling import key_of, spelling_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SECTIONS: dict[str, type] = {
    "intake": IntakePolicy,
    "escalation": EscalationPolicy,
    "compensation": CompensationPolicy,
    "followup": FollowupPolicy,
}
CONFIGURED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["configured"],
    "properties": {"configured": {"type": "string"}},
    "description": "A value that the source never gave; the organisation supplies it.",
}

NEVER_CONFIGURED = frozenset({"id", "code", "cite", "zh-Hant", "zh-Hans", "en", "number"})
"""What is the pack's own, never an organisation's."""
MEASURES = {
    "_seconds": r"^(0min|[1-9]\d{0,5}(min|h|d))$",
    "_minor": r"^(0|[1-9]\d{0,12})(\.\d{2})?$",
    "_minute": r"^([01]\d|2[0-4]):[0-5]\d$",
}
LENGTH = r"^[1-9]\d{0,5}(min|h|d)$"
CHOICES: dict[tuple[str, str], frozenset[str]] = {
    ("ClockRule", "starts_on"): OCCURRENCES,
    ("ClockRule", "stops_on"): OCCURRENCES,
    ("Notice", "on"): OCCURRENCES,
    ("Campaign", "triggers"): OCCURRENCES,
    ("Gate", "code"): GATES,
    ("Remedy", "kind"): REMEDY_KINDS,
    ("Remedy", "grant"): GRANTS,
    ("TermRow", "grants"): GRANTS,
    ("TermRowWhen", "installation"): INSTALLATIONS,
    ("TermRowWhen", "fault"): FAULTS,
    ("RoleSpelling", "code"): frozenset(Role),
}
"""Where the closed vocabulary says which words there are."""


def schemas() -> dict[str, dict[str, Any]]:
    """One schema per file of a pack, and the organisation's."""
    models = {name: spelling_of(kernel) for name, kernel in SECTIONS.items()}
    made: dict[str, type[BaseModel]] = {"pack": HeadSpelling, **models}
    told = {name: _schema(model, name) for name, model in made.items()}
    return {**told, "organisation": _schema(OrganisationSpelling, "organisation", fixed=True)}


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into the folder; which files these are."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        path = folder / f"{name}.json"
        path.write_text(text_of(schema), encoding="utf-8")
        written.append(path)
    return written


def text_of(schema: dict[str, Any]) -> str:
    """A schema as it is committed."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _schema(model: type[BaseModel], name: str, *, fixed: bool = False) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True)
    kernels = {kernel.__name__: kernel for kernel in _kernels()}
    kernels |= {f"{table.__name__}When": facts for table, (facts, _) in TABLES.items()}
    root = SECTIONS.get(name, Pack if name == "pack" else None)
    _describe(schema, root)
    for title, part in schema.get("$defs", {}).items():
        _describe(part, kernels.get(title.removesuffix("Spelling")))
        _narrow(title, part)
    return {"$schema": DIALECT, **(schema if fixed else _configurable(schema))}


def _describe(part: dict[str, Any], kernel: type | None) -> None:
    """Give a definition and its keys the words of the kernel."""
    if kernel is None:
        return
    part["description"] = _plain(inspect.getdoc(kernel) or "")
    notes, patterns = dict(_notes(kernel)), dict(_patterns(kernel))
    for key, value in part.get("properties", {}).items():
        value.pop("title", None)
        if key in notes:
            value["description"] = notes[key]
        if key in patterns:
            _sharpen(value, {"pattern": patterns[key]})


def _narrow(title: str, part: dict[str, Any]) -> None:
    """Say the words of the closed vocabulary where it is closed."""
    for key, value in part.get("properties", {}).items():
        if (title, key) in CHOICES:
            _sharpen(value, {"enum": sorted(CHOICES[title, key])})


def _sharpen(value: dict[str, Any], more: dict[str, Any]) -> None:
    """Add to the string in a value, or to those in its list or choice."""
    if value.get("type") == "string":
        value.update(more)
    for inner in [*value.get("anyOf", []), *([value["items"]] if "items" in value else [])]:
        _sharpen(inner, more)


def _patterns(kernel: type) -> Iterator[tuple[str, str]]:
    """How the fields of a dataclass are written that are measures."""
    hints = get_type_hints(kernel)
    for f in fields(kernel) if is_dataclass(kernel) else ():
        if hints[f.name] is Length or Length in get_args(hints[f.name]):
            yield f.name, LENGTH
        for suffix, pattern in MEASURES.items():
            if f.name.endswith(suffix):
                yield key_of(f.name), pattern


def _notes(kernel: type) -> Iterator[tuple[str, str]]:
    """The sentence below each field of a dataclass, its own and its parents'."""
    for owner in reversed(kernel.__mro__):
        if is_dataclass(owner):
            source = inspect.getsource(owner)
            for f in fields(owner):
                below = rf'^    {f.name}: [^\n]*\n    """(.*?)"""'
                if found := re.search(below, source, re.MULTILINE | re.DOTALL):
                    yield key_of(f.name), _plain(found[1])


def _plain(text: str) -> str:
    """A docstring as one paragraph an editor can show."""
    return re.sub(r"\s+", " ", text).strip()


def _configurable(part: Any) -> Any:
    """Every value may be left to the organisation: scalars also take `{configured: key}`."""
    if isinstance(part, list):
        return [_configurable(one) for one in part]
    if not isinstance(part, dict):
        return part
    inner = {key: _inside(key, value) for key, value in part.items()}
    if part.get("type") in {"string", "integer"} and "const" not in part:
        told = {key: inner.pop(key) for key in ("description", "default") if key in inner}
        return {**told, "anyOf": [inner, {"$ref": "#/$defs/Configured"}]}
    if "$defs" in inner or "properties" in part:
        return _with_configured(inner) if "$defs" in inner else inner
    return inner


def _inside(key: str, value: Any) -> Any:
    if key in {"properties", "$defs"}:
        kept = NEVER_CONFIGURED if key == "properties" else frozenset()
        return {n: one if n in kept else _configurable(one) for n, one in value.items()}
    return _configurable(value) if key in {"items", "anyOf", "additionalProperties"} else value


def _with_configured(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "$defs": {**schema["$defs"], "Configured": CONFIGURED}}


def _kernels() -> Iterator[type]:
    """Every dataclass a pack is made of, found from its sections."""
    seen: set[type] = set()
    ahead: list[Any] = [Pack, *SECTIONS.values()]
    while ahead:
        here = ahead.pop()
        if isinstance(here, type) and is_dataclass(here) and here not in seen:
            seen.add(here)
            yield here
            ahead += list(get_type_hints(here).values())
        elif not isinstance(here, ModuleType):
            ahead += list(get_args(here))
