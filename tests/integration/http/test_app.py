# ruff: noqa: ANN401 - claims, bodies and ASGI messages are anything on purpose here
"""The app around the doors: who may, what is written about it, what every answer carries."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate
from pydantic import BaseModel
from starlette.requests import Request

from shared.kernel.roles import Role
from shared.plumbing.http import By, Doors, Once, Permit, Refusal, create_app, role_matrix
from shared.plumbing.settings import Settings
from shared.plumbing.web.gate import Gate
from tests.integration.http.bicycles import app_in, bearer, client_of

CLERK = {"Authorization": bearer()}
APP = "https://app.example"
CLERK_ONLY = Permit(Role.CLERK)


def built(doors: Doors) -> None:
    create_app(service="odd", title="Odd", description="Odd.", doors=[doors], settings=Settings())


def test_the_matrix_is_what_the_doors_say(tmp_path: Path) -> None:
    assert role_matrix(app_in(tmp_path)) == {
        "order_repair": ["clerk", "cs_manager"],
        "list_repairs": ["audit", "clerk"],
        "show_repair": ["clerk"],
        "approve_repair": ["cs_manager"],
        "try_bell": ["clerk"],
        "order_fast": ["clerk"],
        "break_down": ["clerk"],
        "ring_bell": [],
    }


@pytest.mark.parametrize("role", [*Role])
async def test_each_role_may_what_the_matrix_says(tmp_path: Path, role: Role) -> None:
    app = app_in(tmp_path)
    async with client_of(app, Authorization=bearer(role)) as client:
        answer = await client.get("/repairs")

    assert answer.status_code == (200 if role in role_matrix(app)["list_repairs"] else 403)


async def test_somebody_without_a_role_may_nothing(tmp_path: Path) -> None:
    async with client_of(app_in(tmp_path), Authorization=bearer(roles=[])) as client:
        assert (await client.get("/repairs")).status_code == 403


def test_a_door_without_a_permit_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="permit"):
        Doors("odd").get("/odd")  # type: ignore[call-arg]


def test_a_permit_for_nobody_cannot_be_written() -> None:
    with pytest.raises(AssertionError):
        Permit()


def test_a_door_that_creates_takes_a_key_or_says_why_not() -> None:
    doors = Doors("odd")

    @doors.post("/odd", permit=CLERK_ONLY)
    async def make_odd() -> None:
        """Make."""

    with pytest.raises(TypeError, match="repeatable"):
        built(doors)


def test_a_door_whose_body_takes_anything_does_not_open() -> None:
    class Loose(BaseModel):
        name: str

    doors = Doors("odd")

    async def make_odd(loose: Loose, once: Once) -> None:
        """Make."""

    doors.post("/odd", permit=CLERK_ONLY)(make_odd)
    make_odd.__annotations__["loose"] = Loose
    with pytest.raises(TypeError, match="Loose must forbid"):
        built(doors)


def test_a_door_nobody_described_does_not_open() -> None:
    doors = Doors("odd")

    @doors.get("/odd", permit=CLERK_ONLY)
    async def show_odd(by: By) -> None:
        pass

    with pytest.raises(TypeError, match="described"):
        built(doors)


def test_two_doors_do_not_share_a_name() -> None:
    doors = Doors("odd")

    async def show_odd(request: Request) -> None:
        """Show."""

    doors.get("/odd", permit=CLERK_ONLY)(show_odd)
    doors.get("/even", permit=CLERK_ONLY)(show_odd)
    with pytest.raises(TypeError, match="show_odd"):
        built(doors)


def test_the_document_is_valid_and_says_all(tmp_path: Path) -> None:
    document = app_in(tmp_path).openapi()

    validate(document)
    order = document["paths"]["/bicycles/v1/repairs"]["post"]
    assert document["openapi"] == "3.1.0"
    assert order["operationId"] == "order_repair"
    assert order["x-kesu-roles"] == ["clerk", "cs_manager"]
    assert {"400", "401", "403", "413", "415", "422", "503", "504"} <= set(order["responses"])
    assert [each["name"] for each in order["parameters"] if each.get("required")] == [
        "Idempotency-Key"
    ]
    assert document["components"]["schemas"]["Repair"]["additionalProperties"] is False
    bell = document["paths"]["/bicycles/v1/hooks/bell"]["post"]
    assert bell["security"] == []


def test_every_operation_is_tagged_and_described(tmp_path: Path) -> None:
    for methods in app_in(tmp_path).openapi()["paths"].values():
        for operation in methods.values():
            assert operation["tags"]
            assert operation["summary"]
            assert operation["description"]


async def test_the_page_needs_nobody_else(tmp_path: Path) -> None:
    async with client_of(app_in(tmp_path)) as client:
        page = await client.get("/docs")
        document = await client.get("/openapi.json")

    assert "Order a repair" in page.text
    assert "<script" not in page.text
    assert "http://" not in page.text.replace("https://kesu.dev", "")
    assert document.json()["info"]["title"] == "Bicycles"


async def test_every_answer_is_dressed(tmp_path: Path) -> None:
    async with client_of(app_in(tmp_path, https=True), **CLERK) as client:
        answers = [await client.get(path) for path in ("/repairs", "/nowhere", "/broken/bug")]

    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert len(answer.headers["kesu-correlation-id"]) == 36


async def test_a_correlation_id_goes_in_and_comes_out(tmp_path: Path) -> None:
    given_id = "0192f0c1-2d3e-7abc-8def-001122334455"
    async with client_of(app_in(tmp_path), **CLERK, Kesu_Correlation_Id=given_id) as client:
        answer = await client.get(f"/repairs/{given_id}")

    assert answer.headers["kesu-correlation-id"] == given_id
    assert answer.json()["note"] == given_id


async def test_only_our_own_page_may_call(tmp_path: Path) -> None:
    async with client_of(app_in(tmp_path), **CLERK) as client:
        ours = await client.get("/repairs", headers={"Origin": APP})
        strange = await client.get("/repairs", headers={"Origin": "https://evil.example"})

    assert ours.headers["access-control-allow-origin"] == APP
    assert "access-control-allow-credentials" not in ours.headers
    assert "access-control-allow-origin" not in strange.headers
    assert ours.headers["vary"] == strange.headers["vary"] == "Origin"


async def test_a_browser_asks_first(tmp_path: Path) -> None:
    asks = {"Access-Control-Request-Method": "POST"}
    async with client_of(app_in(tmp_path)) as client:
        ours = await client.options("/repairs", headers={**asks, "Origin": APP})
        strange = await client.options("/repairs", headers={**asks, "Origin": "https://evil.test"})

    assert "Idempotency-Key" in ours.headers["access-control-allow-headers"]
    assert "access-control-allow-methods" not in strange.headers


async def test_health_has_three_answers(tmp_path: Path) -> None:
    async def broken() -> bool:
        raise OSError

    app = app_in(tmp_path)

    async def codes() -> list[int]:
        async with client_of(app) as client:
            paths = ("/livez", "/startupz", "/readyz")
            return [(await client.get(f"http://kesu{path}")).status_code for path in paths]

    assert await codes() == [200, 503, 503]
    app.health.started = True
    assert await codes() == [200, 200, 200]
    app.health.checks["database"] = broken
    assert await codes() == [200, 200, 503]
    app.health.checks.clear()
    app.health.draining = True
    assert await codes() == [200, 200, 503]


async def test_metrics_name_the_template_and_never_the_path(tmp_path: Path) -> None:
    canary = "0192f0c1-2d3e-7abc-8def-0000000ca9a1"
    async with client_of(app_in(tmp_path), **CLERK) as client:
        await client.get(f"/repairs/{canary}")
        await client.get(f"/{canary}?phone={canary}")
        await client.request(canary[:8].upper(), "/repairs")
        metrics = (await client.get("http://kesu/metrics")).text

    assert canary not in metrics
    assert 'route="/bicycles/v1/repairs/{repair_id}",method="GET"' in metrics.replace(
        'method="GET",route="/bicycles/v1/repairs/{repair_id}"',
        'route="/bicycles/v1/repairs/{repair_id}",method="GET"',
    )
    assert 'method="OTHER"' in metrics


async def test_a_line_is_written_for_what_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client_of(app_in(tmp_path), **CLERK) as client:
        await client.get("/repairs?limit=3")
        await client.post(
            "/repairs/0192f0c1-2d3e-7abc-8def-001122334455/approval?secret=1",
            headers={"Idempotency-Key": "a"},
        )
        await client.get("/broken/bug")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(each["event"], each.get("code")) for each in lines] == [
        ("request failed", None),
        ("request", 500),
    ]
    assert all(each["service"] == "bicycles" and each["correlation_id"] for each in lines)
    assert "break_down" in lines[0]["exception"][-1]


async def test_a_gate_lets_in_so_many_and_turns_the_rest_away() -> None:
    gate = Gate(at_once=1, queue=1, wait_s=5)
    await gate.enter()
    second = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)

    with pytest.raises(Refusal) as refused:
        await gate.enter()
    gate.leave()
    await second

    assert refused.value.slug == "overloaded"
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 3
    gate.leave()
    assert gate.inside == 0


async def test_nobody_waits_for_ever_at_the_gate() -> None:
    gate = Gate(at_once=1, queue=5, wait_s=0.01)
    await gate.enter()

    with pytest.raises(Refusal, match="overloaded"):
        await gate.enter()
    gate.leave()
    await gate.enter()

    assert gate.inside == 1


async def test_whoever_leaves_the_queue_takes_no_place() -> None:
    gate = Gate(at_once=1, queue=5, wait_s=5)
    await gate.enter()
    waiting = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.leave()

    assert gate.inside == 0


async def test_a_full_house_is_said_politely_and_health_still_answers(tmp_path: Path) -> None:
    app = app_in(tmp_path, concurrency_max=1, queue_max=0)
    async with client_of(app, **CLERK) as client:
        slow = asyncio.create_task(client.get("/broken/slow"))
        await asyncio.sleep(0.2)
        shed = await client.get("/repairs")
        alive = await client.get("http://kesu/livez")
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        after = await client.get("/repairs")

    assert (shed.status_code, shed.json()["code"]) == (503, "overloaded")
    assert "retry-after" in shed.headers
    assert (alive.status_code, after.status_code) == (200, 200)


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
