"""The app around the doors: who may, what is written about it, what every answer carries."""

import asyncio
import json
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from shared.kernel.roles import Role
from shared.plumbing.http import Permit
from tests.integration.http.bicycles import app_in, bearer, client_of

CLERK = {"Authorization": bearer()}
APP = "https://app.example"
CLERK_ONLY = Permit(Role.CLERK)


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
            "/repairs/0192f0c1-2d3e-7abc-8def-001122334455/approval",
            headers={"Idempotency-Key": "a"},
        )
        await client.get("/broken/bug")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(each["event"], each.get("code")) for each in lines] == [
        ("request", 403),
        ("request failed", None),
        ("request", 500),
    ]
    assert all(each["service"] == "bicycles" and each["correlation_id"] for each in lines)
    assert "break_down" in lines[1]["exception"][-1]


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
