"""Every service's OpenAPI document is valid, complete and says how it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.contracts.registry import SERVICES
from shared.plumbing.problems import MEDIA_TYPE

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs/openapi"
METHODS = ("get", "post", "put", "patch", "delete")

each_service = pytest.mark.parametrize("service", SERVICES)


@each_service
def test_the_document_is_openapi(service: str) -> None:
    document = read(service)
    assert document["openapi"] == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@each_service
def test_every_operation_is_named_described_and_below_the_services_prefix(service: str) -> None:
    document = read(service)
    assert all(path.startswith(f"/{service}/v1/") for path in document["paths"])
    named = [each["operationId"] for each in operations(document)]
    assert len(named) == len(set(named))
    assert all(each["summary"] and each["description"] for each in operations(document))


@each_service
def test_every_refusal_is_a_problem(service: str) -> None:
    for operation in operations(read(service)):
        refused = {code: each for code, each in operation["responses"].items() if code >= "400"}
        assert {"422", "503"} <= set(refused)
        for response in refused.values():
            assert set(response["content"]) == {MEDIA_TYPE}


@each_service
def test_a_door_asks_for_a_token_or_is_open_to_no_role(service: str) -> None:
    for operation in operations(read(service)):
        asks = operation["security"] != []
        assert asks == bool(operation["x-kesu-roles"])
        assert "401" in operation["responses"] or not asks


def read(service: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCUMENTS / f"{service}.json").read_bytes())
    return found


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    items = document["paths"].values()
    return [item[method] for item in items for method in METHODS if method in item]
