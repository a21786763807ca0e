"""The OpenAPI 3.1 document of a service: what the doors say, completed by what the front does."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from shared.plumbing.problems import MEDIA_TYPE, catalogue
from shared.plumbing.web.links import Place, links_of
from shared.plumbing.web.routes import DoorRoute

VERSION = "1.0.0"
_REFERENCE = "#/components/schemas/{model}"
_EVERYWHERE = (
    "Every operation takes `Kesu-Deadline-Ms`, how many milliseconds the answer is of use to the "
    "caller: what cannot be done in time is refused with 504 at once."
)
_KEYED = ("idempotency-key-missing", "idempotency-key-malformed", "idempotency-key-reused")
_PROBLEM = {"$ref": "#/components/schemas/Problem"}

SCHEMES: Mapping[str, Any] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A JWT of the issuer (RS256 or ES256) with `sub`, `org`, `roles`, `units`.",
    },
    "machine": {
        "type": "apiKey",
        "in": "header",
        "name": "Kesu-Api-Key",
        "description": "A machine's key, `kesu_<id>_<secret>`.",
    },
}
PROBLEM_SCHEMA: Mapping[str, Any] = {
    "title": "Problem",
    "description": "Why a request was refused (RFC 9457); never repeats what was sent.",
    "type": "object",
    "required": ["type", "title", "status", "code", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "The last part of `type`."},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri", "description": "The correlation id."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901, into what was sent."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}

_SUCCESSES = {
    200: "It was so already.",
    201: "It was created.",
    202: "Taken; the outcome follows.",
}


def document(*, title: str, description: str, routes: Iterable[DoorRoute]) -> dict[str, Any]:
    """The whole document, the same for the same doors."""
    kept = list(routes)
    found = get_openapi(
        title=title,
        version=VERSION,
        description=f"{description}\n\n{_EVERYWHERE}",
        routes=kept,
        openapi_version="3.1.0",
    )
    components = found.setdefault("components", {})
    components["securitySchemes"] = dict(SCHEMES)
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = dict(PROBLEM_SCHEMA)
    for route in kept:
        operation = found["paths"][route.path_format][route.door.method.lower()]
        _complete(operation, route, schemas)
    _connect(found["paths"], kept, schemas)
    components["schemas"] = dict(sorted(schemas.items()))
    return found


def refusals_of(route: DoorRoute) -> list[str]:
    """The slugs a door may answer with, from what it takes and what it says itself."""
    plan = route.plan
    rules = {
        ("body-too-large", "media-type-not-supported", "malformed-body"): plan.reads is not None,
        ("invalid-request",): True,
        ("not-authenticated", "role-not-permitted"): not route.door.permit.public,
        ("not-found",): "{" in route.path or not route.door.permit.public,
        _KEYED: plan.once,
        ("if-match-missing", "if-match-malformed", "stale-revision"): plan.if_match,
        ("unavailable", "deadline-exceeded", "internal-error", "header-malformed"): True,
        route.door.refuses: True,
    }
    return [slug for slugs, holds in rules.items() if holds for slug in slugs]


def _complete(operation: dict[str, Any], route: DoorRoute, schemas: dict[str, Any]) -> None:
    operation["responses"].pop("422", None)
    operation["responses"] |= _also(operation, route) | _commonly(route) | _problems(route)
    operation["parameters"] = [*operation.get("parameters", []), *_headers(route)]
    public = bool(route.door.permit.public)
    operation["security"] = [] if public else [{"token": []}, {"machine": []}]
    operation["x-kesu-roles"] = sorted(route.door.permit.roles)
    if route.plan.reads is not None:
        operation["requestBody"] = _body(route.plan.reads, route.door.media_type, schemas)


def _connect(paths: dict[str, Any], routes: list[DoorRoute], schemas: dict[str, Any]) -> None:
    """Every success says where it leads."""
    found = {
        route.name: paths[route.path_format][route.door.method.lower()]["responses"]
        for route in routes
    }
    places = [_place(route, found[route.name], schemas) for route in routes]
    for place in places:
        links = links_of(place, places)
        for status, response in found[place.name].items():
            if links and status < "300":
                response["links"] = links


def _place(route: DoorRoute, responses: dict[str, Any], schemas: dict[str, Any]) -> Place:
    content = responses[str(route.door.status)].get("content", {})
    says = _whole(content.get("application/json", {}).get("schema", {}), schemas)
    items = says.get("properties", {}).get("items", {})
    if "items" in items:
        within = items | {"items": _whole(items["items"], schemas)}
        says = says | {"properties": says["properties"] | {"items": within}}
    return Place(
        name=route.name,
        method=route.door.method,
        path=route.path_format,
        needs_match=route.plan.if_match,
        says=says,
    )


def _whole(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return found


def _also(operation: dict[str, Any], route: DoorRoute) -> dict[str, Any]:
    """The other successes of a door, with the same body as its first."""
    usual = operation["responses"][str(route.door.status)]
    created = (201,) if route.door.method == "PUT" and route.door.status == 200 else ()
    return {
        str(status): usual | {"description": _SUCCESSES[status]}
        for status in (*created, *route.door.also)
    }


def _commonly(route: DoorRoute) -> dict[str, Any]:
    """What every command may meet, said in general where the door names no rule (decision 11)."""
    if route.door.method == "GET" or route.door.permit.public:
        return {}
    content = {MEDIA_TYPE: {"schema": _PROBLEM}}
    return {
        "404": {"description": "Something it speaks of is not there.", "content": content},
        "409": {"description": "A rule refuses it now; `code` names the rule.", "content": content},
    }


def _problems(route: DoorRoute) -> dict[str, Any]:
    by_status: dict[str, list[str]] = {}
    for slug in refusals_of(route):
        entry = catalogue().types[slug]
        by_status.setdefault(str(entry.status), []).append(f"`{slug}`: {entry.titles['en']}")
    return {
        status: {"description": "\n".join(lines), "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
        for status, lines in sorted(by_status.items())
    }


def _headers(route: DoorRoute) -> list[dict[str, Any]]:
    found = [
        _header("Kesu-Correlation-Id", "A UUID that follows the request everywhere.", form="uuid"),
        _header("Accept-Language", "zh-Hant, zh-Hans or en: the language of problems."),
    ]
    if route.plan.once:
        said = "Sent again, it gives the same answer again."
        key = _header("Idempotency-Key", said, pattern="^[!-~]{1,128}$")
        found.append(key | {"required": True})
    if route.plan.if_match:
        said = 'The ETag of what the caller saw, like `"7"`.'
        match = _header("If-Match", said, pattern='^"[0-9]{1,18}"$')
        found.append(match | {"required": True})
    return found


def _header(name: str, description: str, *, form: str = "", pattern: str = "") -> dict[str, Any]:
    given = {"format": form, "pattern": pattern}
    schema = {"type": "string"} | {key: value for key, value in given.items() if value}
    return {"name": name, "in": "header", "description": description, "schema": schema}


def _body(reads: TypeAdapter[Any], media: str, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = reads.json_schema(ref_template=_REFERENCE)
    schemas |= schema.pop("$defs", {})
    if schema.get("type") == "object" and "title" in schema:
        schemas[schema["title"]] = schema
        schema = {"$ref": _REFERENCE.format(model=schema["title"])}
    return {"required": True, "content": {media: {"schema": schema}}}
