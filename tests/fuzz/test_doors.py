# ruff: noqa: ANN401 - schemathesis's operations and cases are generic over its own inside
"""Whatever is sent to any door: no fault of ours, and every answer as the document says.

schemathesis makes the requests from each service's OpenAPI document, right and wrong ones, with a
fixed seed; a real server on a real database answers.
"""

import asyncio
import importlib
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
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

from kesu.embedded.processes import free_port
from shared.contracts.registry import SERVICES
from shared.kernel.roles import Role
from shared.plumbing.http import serve
from tests.fuzz.seeds import ORGANISATION, known_ids, registration, tell_everything
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, parts_of

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs/openapi"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    ignored_auth,
]
EXAMPLES_MAX = int(os.environ.get("KESU_FUZZ", "3"))
"""Requests right and wrong, so many of each to each door; `KESU_FUZZ=100` looks longer."""
ANSWER_SECONDS = 10
LOST = 20
"""The draw that leaves a request with an id nobody knows."""
KNOWN = known_ids()
REVISIONS = (None, '"1"', '"2"', '"3"')
QUIETLY = settings(
    max_examples=EXAMPLES_MAX,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_request_surprises_a_service(
    service: str, postgres: PostgresServer, kesu_database: str, issuer: Issuer
) -> None:
    headers = issuer.as_("p-everybody", ORGANISATION, [*Role], ["hq"])
    async with listening(service, postgres, kesu_database, issuer) as address:
        if service == "intake":
            await register(address, headers)
        found = await asyncio.to_thread(surprises, service, address, headers)
    assert found == []


async def register(address: str, headers: dict[str, str]) -> None:
    """Gives intake the complaints of the examples: the other services have heard of them."""
    async with httpx.AsyncClient(base_url=f"{address}/intake/v1", headers=headers) as client:
        for complaint in KNOWN["complaint_id"]:
            answer = await client.post(
                "/complaints", json=registration(complaint), headers={"Idempotency-Key": complaint}
            )
            assert answer.status_code == 201, answer.text


def surprises(service: str, address: str, headers: dict[str, str]) -> list[str]:
    """What each operation of a service did that its document does not say."""
    document = json.loads((DOCUMENTS / f"{service}.json").read_bytes())
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=address)
    operations = [cast("Any", result).ok() for result in schema.get_all_operations()]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    asked = [knocks(operation, mode, headers) for operation in operations for mode in modes]
    return [sentence for knock in asked if (sentence := outcome(knock))]


def knocks(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> Callable[[], None]:
    """Some requests of one kind to one door, as a function that raises on the first surprise."""

    @QUIETLY
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


@asynccontextmanager
async def listening(
    service: str, postgres: PostgresServer, database: str, issuer: Issuer
) -> AsyncIterator[str]:
    """A service that knows the examples, on a port of its own; its address."""
    port, stop = free_port(), asyncio.Event()
    async with parts_of(service, postgres, database, issuer) as parts:
        await tell_everything(parts)
        app: Any = importlib.import_module(f"services.{service}_service.main").create_app(parts)
        serving = asyncio.create_task(serve(app, host="127.0.0.1", port=port, grace_s=0, stop=stop))
        await until_open(port)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            stop.set()
            await serving


async def until_open(port: int) -> None:
    """Until somebody listens. Raises TimeoutError."""
    async with asyncio.timeout(ANSWER_SECONDS):
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            await writer.wait_closed()
            return
