# ruff: noqa: ANN401 - claims, bodies and ASGI messages are anything on purpose here
"""Nothing anybody sends is our fault."""

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.http.bicycles import app_in, bearer, client_of

CLERK = {"Authorization": bearer()}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["note", "parts", "sku", "count", "x/~"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
async def test_no_body_is_our_fault(tmp_path: Path, body: bytes) -> None:
    sent = {**CLERK, "Idempotency-Key": "k", "Content-Type": "application/json"}
    async with client_of(app_in(tmp_path)) as client:
        answer = await client.post("/repairs", content=body, headers=sent)

    assert answer.status_code in {201, 413, 422}


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sent=st.lists(
        st.tuples(
            st.sampled_from(
                [
                    b"authorization",
                    b"kesu-api-key",
                    b"idempotency-key",
                    b"if-match",
                    b"kesu-deadline-ms",
                    b"kesu-correlation-id",
                    b"content-type",
                    b"content-length",
                    b"accept-language",
                    b"origin",
                ]
            ),
            st.binary(max_size=12),
        ),
        max_size=4,
    ),
    path=st.text(max_size=12),
    query=st.binary(max_size=12),
)
async def test_no_header_and_no_path_is_our_fault(
    tmp_path: Path, sent: list[tuple[bytes, bytes]], path: str, query: bytes
) -> None:
    app = app_in(tmp_path)
    for tail in ("", "/" + path):
        status = await raw_status(app, "/bicycles/v1/repairs" + tail, query, sent)
        assert status < 500 or status == 504


async def raw_status(app: Any, path: str, query: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    """Asks below any client's good manners."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": query,
        "headers": headers,
        "root_path": "",
        "scheme": "http",
        "server": ("kesu", 80),
    }
    await app(scope, receive, send)
    return int(sent[0]["status"])
