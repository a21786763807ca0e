"""The smallest request that a door's document calls right, made from the document alone."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]

_FORMATS = {
    "uuid": "019aa000-0000-7000-8000-000000000000",
    "date-time": "2026-11-01T00:00:00Z",
    "date": "2026-11-01",
}
_WORDS = ("a", "p-a", "hq", "CNY", "180", "compensation", "0" * 64, "KS-2026-000123", "acceptance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as the document wants it; `json` is None where there is no body."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None


def smallest(document: Schema, operation_id: str, known: Mapping[str, str]) -> Request:
    """A right request; ids named in `known` are used in its path, query and body.

    Raises LookupError for an operation the document does not have.
    """
    path, method, described = _described(document, operation_id)
    parameters = [each for each in described.get("parameters", []) if each.get("required")]
    said = {
        each["name"]: str(_value(each["schema"], document, each["name"], known))
        for each in parameters
        if each["in"] != "header"
    }
    places = {each["name"] for each in parameters if each["in"] == "path"}
    body = described.get("requestBody")
    schema = body["content"]["application/json"]["schema"] if body else None
    return Request(
        method=method.upper(),
        path=re.sub(r"\{(\w+)\}", lambda found: said[found[1]], path),
        query={name: value for name, value in said.items() if name not in places},
        headers={"Idempotency-Key": "k-1", "If-Match": '"1"'},
        json=None if schema is None else _value(schema, document, "", known),
    )


def _described(document: Schema, operation_id: str) -> tuple[str, str, Any]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if described["operationId"] == operation_id:
                return path, method, described
    raise LookupError(operation_id)


def _value(schema: Schema, document: Schema, name: str, known: Mapping[str, str]) -> Any:  # noqa: ANN401 JSON
    """A value of the schema, small; an id that is known under this name."""
    schema = _resolved(schema, document)
    for choice in ("const", "default"):
        if schema.get(choice) is not None:
            return schema[choice]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, document, known)
    if kind == "array":
        item = schema.get("items", {})
        return [_value(item, document, name, known)] * int(schema.get("minItems", 0))
    if kind in {"integer", "number"}:
        return max(1, schema.get("minimum", 1))
    return kind == "boolean" or _text(schema, name, known)


def _resolved(schema: Schema, document: Schema) -> Schema:
    """Without references and choices: the first that is not nothing."""
    while True:
        several = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if "$ref" in schema:
            found: Any = document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        elif several:
            schema = next(each for each in several if each.get("type") != "null")
        else:
            return schema


def _object(schema: Schema, document: Schema, known: Mapping[str, str]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    wanted = [name for name in properties if name in {*schema.get("required", ()), *known}]
    made = {name: _value(properties[name], document, name, known) for name in wanted}
    if not made and schema.get("minProperties"):
        free = next(iter(schema.get("patternProperties", {}).values()), None)
        made = {"a": _value(free or schema["additionalProperties"], document, "", known)}
    return made


def _text(schema: Schema, name: str, known: Mapping[str, str]) -> str:
    if name in known:
        return known[name]
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    pattern, least = schema.get("pattern", ""), int(schema.get("minLength", 0))
    fitting = (word for word in _WORDS if len(word) >= least and re.search(pattern, word))
    return next(fitting, json.dumps(dict(schema)))
