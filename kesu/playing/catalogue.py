"""Which operations the services offer, from their own OpenAPI documents."""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: how to ask it, and where the thing it acts on is read."""

    service: str
    name: str
    method: str
    path: str
    summary: str
    needs_match: bool
    needs_key: bool
    reads_at: str | None

    def url(self, on: dict[str, str]) -> str:
        """The path filled in. Raises KeyError for a name that is missing."""
        return re.sub(r"\{(\w+)\}", lambda found: on[found[1]], self.path)

    def read_url(self, on: dict[str, str]) -> str | None:
        """Where the ETag for this action is read; None when it needs none."""
        if self.reads_at is None:
            return None
        return re.sub(r"\{(\w+)\}", lambda found: on[found[1]], self.reads_at)


def operations(service: str, document: dict[str, Any]) -> dict[str, Operation]:
    """Every operation of a service's document, by `<service>.<operation id>`."""
    readable = {path for path, methods in document["paths"].items() if "get" in methods}
    found = {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            operation = _operation(service, path, method, described, readable)
            found[f"{service}.{operation.name}"] = operation
    return found


def _operation(
    service: str, path: str, method: str, described: dict[str, Any], readable: set[str]
) -> Operation:
    headers = {
        each["name"].lower()
        for each in described.get("parameters", [])
        if each.get("in") == "header"
    }
    return Operation(
        service=service,
        name=described["operationId"],
        method=method.upper(),
        path=path,
        summary=described.get("summary", ""),
        needs_match="if-match" in headers,
        needs_key="idempotency-key" in headers,
        reads_at=_reads_at(path, readable) if "if-match" in headers else None,
    )


def _reads_at(path: str, readable: set[str]) -> str | None:
    """The longest prefix of an action's path that can be read and names one thing."""
    parts = path.split("/")
    for end in range(len(parts), 0, -1):
        prefix = "/".join(parts[:end])
        if prefix in readable and "{" in parts[end - 1]:
            return prefix
    return None
