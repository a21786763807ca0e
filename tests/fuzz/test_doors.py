# ruff: noqa: ANN401 - schemathesis's operations and cases are generic over its own inside
"""Whatever is sent to any door: no fault of ours, and every answer as the document says.

schemathesis makes the requests from each service's OpenAPI document, right and wrong ones, with a
fixed seed; a real server on a real database answers.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from shared.contracts.registry import SERVICES
from tests.fuzz.catalogued import catalogued
from tests.fuzz.effort import looking
from tests.fuzz.listening import (
    ANSWER_SECONDS,
    KNOWN,
    everybody,
    listening,
    operations_of,
    schema_of,
)
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    ignored_auth,
    catalogued,
]
LOST = 20
"""The draw that leaves a request with an id nobody knows."""
REVISIONS = (None, '"1"', '"2"', '"3"')


@pytest.mark.parametrize("service", SERVICES)
async def test_no_request_surprises_a_service(
    service: str, postgres: PostgresServer, kesu_database: str, issuer: Issuer
) -> None:
    headers = everybody(issuer)
    async with listening(service, postgres, kesu_database, issuer) as address:
        found = await asyncio.to_thread(surprises, service, address, headers)
    assert found == []


def surprises(service: str, address: str, headers: dict[str, str]) -> list[str]:
    """What each operation of a service did that its document does not say."""
    operations = operations_of(schema_of(service, address))
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    asked = [knocks(operation, mode, headers) for operation in operations for mode in modes]
    return [sentence for knock in asked if (sentence := outcome(knock))]


def knocks(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> Callable[[], None]:
    """Some requests of one kind to one door, as a function that raises on the first surprise."""

    @looking(3)
    @given(
        case=operation.as_strategy(generation_mode=mode),
        at=st.integers(0, LOST),
        revision=st.sampled_from(REVISIONS),
    )
    def knock(case: Any, at: int, revision: str | None) -> None:
        aim(case, at, revision)
        answer = case.call(headers=headers, timeout=ANSWER_SECONDS)
        case.validate_response(answer, checks=CHECKS, headers=headers)

    return knock


def aim(case: Any, at: int, revision: str | None) -> None:
    """Lets a request meet something that is there: an id and a revision of the examples."""
    for name in case.path_parameters:
        field = {"case_id": "complaint_id", "case": "complaint_id"}.get(name, name)
        ids = KNOWN.get(field) or KNOWN.get(f"{field}_id") or KNOWN["subject"]
        if at < LOST:
            case.path_parameters[name] = ids[at % len(ids)]
    if revision is not None and "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = revision


def outcome(knock: Callable[[], None]) -> str:
    """What was surprising, with the request that shows it; empty when nothing was."""
    try:
        knock()
    except (FailureGroup, AssertionError) as surprise:
        return f"{surprise}"
    return ""
