"""Links of an OpenAPI document, followed by hand: what an answer says for where it leads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import httpx

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """Where one link led, with what the answer said for it; None for what it did not say."""

    service: str
    source: str
    target: str
    said: Mapping[str, str | None]


def led_from(documents: Mapping[str, Any], answer: httpx.Response) -> Iterator[Led]:
    """Every link of this answer, by the documents of all services."""
    service = answer.request.url.path.split("/")[1]
    described, path = _operation_of(documents[service], answer.request)
    response = described["responses"].get(str(answer.status_code), {})
    for link in response.get("links", {}).values():
        said = {
            name: _evaluated(expression, path, answer)
            for name, expression in link["parameters"].items()
        }
        source, target = described["operationId"], link["operationId"]
        yield Led(service=service, source=source, target=target, said=said)


def _operation_of(
    document: Mapping[str, Any], request: httpx.Request
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    for template, methods in document["paths"].items():
        form = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        found = re.fullmatch(form, request.url.path)
        if found and request.method.lower() in set(methods) & set(_METHODS):
            path = {name: unquote(value) for name, value in found.groupdict().items()}
            return methods[request.method.lower()], path
    raise LookupError(request.url.path)


def _evaluated(expression: str, path: Mapping[str, str], answer: httpx.Response) -> str | None:
    """A runtime expression of OpenAPI, of the three kinds our documents have."""
    if expression.startswith("$request.path."):
        return path[expression.removeprefix("$request.path.")]
    if expression.startswith("$response.header."):
        found: str | None = answer.headers.get(expression.removeprefix("$response.header."))
        return found
    here = answer.json()
    for part in expression.removeprefix("$response.body#/").split("/"):
        here = here[int(part)] if isinstance(here, list) else here.get(part)
        if here is None:
            return None
    return str(here)
