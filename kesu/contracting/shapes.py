"""How a JSON schema may change under those who rely on it: additions are fine, surprises are not.

`sent` compares what we write and others read, `taken` what others write and we read. Both give a
sentence for each surprise; none means that whoever works with the old one works with the new one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

Schema: TypeAlias = dict[str, Any]
Way: TypeAlias = Literal["sent", "taken"]

DEPTH_MAX = 24
"""Recursive schemas are compared this far."""
_LOWER_IS_NARROWER = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
_HIGHER_IS_NARROWER = ("minLength", "minimum", "exclusiveMinimum", "minItems")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One schema then and now, where it stands, and the documents its references point into.

    `strict` is for facts: our own readers check patterns and closed lists, so neither may widen,
    and what was sent before must satisfy what is required now.
    """

    way: Way
    where: str
    before_root: Schema
    after_root: Schema
    strict: bool = False
    depth: int = 0

    def at(self, name: str) -> "Comparison":
        """The same comparison, one step further in."""
        return replace(self, where=f"{self.where}.{name}", depth=self.depth + 1)


def surprises(before: Schema, after: Schema, here: Comparison) -> list[str]:
    """Every change that somebody who relies on `before` would notice, as sentences."""
    if here.depth > DEPTH_MAX:
        return []
    before, after = resolved(before, here.before_root), resolved(after, here.after_root)
    retyped = list(_retyped(before, after, here))
    if retyped:
        return retyped
    found = [*_narrowed(before, after, here), *_restated(before, after, here)]
    for one, other in _pairs(before, after, here):
        found += _fields(one, other, here)
        if "items" in one and "items" in other:
            found += surprises(one["items"], other["items"], here.at("[]"))
    return found


def resolved(schema: Schema, root: Schema) -> Schema:
    """What a reference of the document stands for; the schema itself when it is none."""
    while "$ref" in schema:
        found: Any = root
        for segment in schema["$ref"].removeprefix("#/").split("/"):
            found = found[segment.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def kinds(schema: Schema, root: Schema) -> set[str]:
    """The JSON types a value may have; empty when the schema does not say."""
    schema = resolved(schema, root)
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if branches:
        return set().union(*(kinds(each, root) for each in branches))
    said = schema.get("type", [])
    found = {said} if isinstance(said, str) else set(said)
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    return found or {_kind(value) for value in values}


def _kind(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return names.get(type(value), "object")


def _retyped(before: Schema, after: Schema, here: Comparison) -> Iterator[str]:
    old, new = kinds(before, here.before_root), kinds(after, here.after_root)
    promised, kept = (new, old) if here.way == "sent" else (old, new)
    if old != new and (not old or not new or not promised <= kept):
        yield f"{here.where} was {_list(old)} and is {_list(new)}"
    elif _format(before) != _format(after):
        yield f"{here.where} was {_format(before) or 'plain'} and is {_format(after) or 'plain'}"


def _narrowed(before: Schema, after: Schema, here: Comparison) -> Iterator[str]:
    old, new = _values(before), _values(after)
    if here.way == "taken" and new and (lost := old - new or (set() if old else {"others"})):
        yield f"{here.where} no longer takes {_list(lost)}"
    if here.way == "sent" and here.strict and old and (gained := new - old):
        yield f"{here.where} may now be {_list(gained)}"
    if here.way == "taken":
        yield from _bounds(before, after, here)


def _restated(before: Schema, after: Schema, here: Comparison) -> Iterator[str]:
    old, new = before.get("pattern"), after.get("pattern")
    if old != new and (here.strict or (here.way == "taken" and new)):
        yield f"{here.where} has another pattern"
    longer = after.get("maxLength", 1 << 62) > before.get("maxLength", 1 << 62)
    if here.strict and longer:
        yield f"{here.where} may be longer than {before['maxLength']}"


def _bounds(before: Schema, after: Schema, here: Comparison) -> Iterator[str]:
    for name in _LOWER_IS_NARROWER:
        if name in after and after[name] < before.get(name, float("inf")):
            yield f"{here.where} has a lower {name}: {after[name]}"
    for name in _HIGHER_IS_NARROWER:
        if name in after and after[name] > before.get(name, float("-inf")):
            yield f"{here.where} has a higher {name}: {after[name]}"


def _fields(before: Schema, after: Schema, here: Comparison) -> list[str]:
    old, new = before.get("properties", {}), after.get("properties", {})
    was_needed, needed = set(before.get("required", ())), set(after.get("required", ()))
    found = [f"{here.where}.{name} was removed" for name in old if name not in new]
    if here.way == "sent":
        lost = sorted((was_needed - needed) & set(new))
        found += [f"{here.where}.{name} is no longer always sent" for name in lost]
    if here.way == "taken" or here.strict:
        asked = sorted(needed - was_needed)
        found += [f"{here.where}.{name} is now required" for name in asked]
    for name in old:
        if name in new:
            found += surprises(old[name], new[name], here.at(name))
    return found


def _pairs(before: Schema, after: Schema, here: Comparison) -> list[tuple[Schema, Schema]]:
    """Alternatives that answer to each other: by what they refer to, else by their type."""
    old, new = _branches(before, here.before_root), _branches(after, here.after_root)
    return [(old[name], new[name]) for name in old if name in new]


def _branches(schema: Schema, root: Schema) -> dict[str, Schema]:
    found = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if not found:
        return {"": schema}
    return {each.get("$ref") or _list(kinds(each, root)): resolved(each, root) for each in found}


def _values(schema: Schema) -> set[Any]:
    return set(schema.get("enum", [schema["const"]] if "const" in schema else []))


def _format(schema: Schema) -> str:
    return str(schema.get("format", ""))


def _list(values: set[Any]) -> str:
    return ", ".join(sorted(str(value) for value in values)) or "anything"
