"""The gateway carries what clients and services say, whole, as it flows, or says why not."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from kesu.embedded.processes import Program, free_port, spawn, stop, wait_until
from kesu.gateway import exchange
from kesu.home import PROJECT
from kesu.tending import answers_ready
from tests.support.postgres import folder

HERE = Path(__file__).parent
QUICK = ("--timeout-graceful-shutdown", "1")
SERVE = "from kesu.gateway.serving import serve; import sys; from kesu.gateway import exchange; "
SERVE += "exchange.HEAD_SECONDS = 1.0; serve({'intake': ('127.0.0.1', int(sys.argv[1])), "
SERVE += "'followup': ('127.0.0.1', 1)}, host='127.0.0.1', port=int(sys.argv[2]))"


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    port = free_port()
    argv = ["-m", "uvicorn", "upstream:app", "--port", str(port), "--app-dir", str(HERE), *QUICK]
    with _running(argv) as ready:
        ready(lambda: _answers(f"http://127.0.0.1:{port}/intake/gone"))
        yield port


@pytest.fixture(scope="module")
def origin(upstream: int) -> Iterator[str]:
    port = free_port()
    with _running(["-c", SERVE, str(upstream), str(port)]) as ready:
        ready(lambda: answers_ready(port))
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def client(origin: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=origin, timeout=20) as one:
        yield one


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
async def test_a_body_arrives_whole(client: httpx.AsyncClient, size: int) -> None:
    body = os.urandom(size)
    answer = await client.post("/intake/echo", content=body)
    assert answer.content == body


async def test_a_body_without_a_length_arrives_whole(client: httpx.AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(50):
            yield b"%d," % number
            await asyncio.sleep(0)

    answer = await client.post("/intake/echo", content=parts())
    assert answer.text == "".join(f"{number}," for number in range(50))


async def test_a_large_answer_arrives_whole(client: httpx.AsyncClient) -> None:
    assert len((await client.get("/intake/large")).content) == 5_000_000


async def test_an_answer_before_the_end_of_the_body_is_heard(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b"x" * 10_000
            await asyncio.sleep(0.005)

    answer = await client.post("/intake/refuse", content=endless())
    assert answer.status_code == 413
    assert (await client.get("/intake/headers")).status_code == 200


async def test_answers_without_a_body_do_not_hang(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/intake/nothing")).status_code == 204
    assert (await client.head("/intake/large")).status_code == 405
    assert (await client.get("/intake/headers")).status_code == 200


async def test_path_and_query_pass_as_they_are(client: httpx.AsyncClient) -> None:
    said = (await client.get("/intake/headers?cursor=a%2Fb&text=%E5%AE%A2")).json()
    assert said["path"] == "/intake/headers"
    assert said["query"] == "cursor=a%2Fb&text=%E5%AE%A2"


async def test_only_the_gateway_says_where_a_call_comes_from(client: httpx.AsyncClient) -> None:
    forged = {"X-Forwarded-For": "10.1.2.3", "X-User-Id": "boss", "X-Tenant": "other"}
    heard = (await client.get("/intake/headers", headers=forged)).json()["headers"]
    assert heard["x-forwarded-for"] == "127.0.0.1"
    assert not {"x-user-id", "x-tenant"} & set(heard)


async def test_events_flow_one_by_one(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/intake/events") as answer:
        first = await anext(answer.aiter_text())
    assert first == "data: 0\n\n"


async def test_a_client_that_leaves_frees_the_service(client: httpx.AsyncClient) -> None:
    before = (await client.get("/intake/gone")).json()["gone"]
    async with client.stream("GET", "/intake/events") as answer:
        await anext(answer.aiter_text())
    for _ in range(100):
        if (await client.get("/intake/gone")).json()["gone"] > before:
            return
        await asyncio.sleep(0.05)
    pytest.fail("the service still speaks to nobody")


async def test_many_at_once_do_not_mix(client: httpx.AsyncClient) -> None:
    async def ask(number: int) -> bool:
        body = b"%d" % number * 500
        return (await client.post("/intake/echo", content=body)).content == body

    assert all(await asyncio.gather(*map(ask, range(200))))


async def test_a_service_that_is_down_is_a_503_with_a_hint(client: httpx.AsyncClient) -> None:
    answer = await client.get("/followup/v1/callbacks", headers={"Accept-Language": "zh-TW"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"


async def test_a_service_that_thinks_too_long_is_a_504(client: httpx.AsyncClient) -> None:
    answer = await client.get("/intake/slow")
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline-exceeded")


async def test_an_answer_cut_short_looks_cut_short(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/intake/broken")


@pytest.mark.parametrize("path", ["/", "/nobody/x", "/intake/metrics", "/intake/readyz", "//x"])
async def test_what_is_not_for_the_public_is_not_there(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_the_documents_list_every_service_and_need_no_other_origin(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/docs", headers={"Accept-Language": "zh-Hans"})
    assert page.headers["content-language"] == "zh-Hans"
    assert "/intake/openapi.json" in page.text
    assert "<code>/intake/echo</code>" in page.text
    assert "Says back &lt;what&gt; it hears" in page.text
    assert "目前没有响应" in page.text  # followup is down
    assert "src=" not in page.text
    assert "http" not in page.text.replace("http-equiv", "")


async def test_a_service_that_was_restarted_is_found_again(origin: str) -> None:
    port = free_port()
    gateway_port = free_port()
    with _running(["-c", SERVE, str(port), str(gateway_port)]) as gateway_ready:
        gateway_ready(lambda: answers_ready(gateway_port))
        argv = [
            "-m",
            "uvicorn",
            "upstream:app",
            "--port",
            str(port),
            "--app-dir",
            str(HERE),
            *QUICK,
        ]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{gateway_port}") as client:
            for _ in range(2):
                with _running(argv) as ready:
                    ready(lambda: _answers(f"http://127.0.0.1:{port}/intake/gone"))
                    assert (await client.get("/intake/headers")).status_code == 200
            assert (await client.get("/intake/headers")).status_code == 503


def test_the_gateway_waits_longer_than_the_doors_do() -> None:
    assert exchange.HEAD_SECONDS > 2.0


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def _running(argv: list[str]) -> Iterator[Callable[[Callable[[], bool]], None]]:
    with folder() as home:
        child = spawn(
            Program(name="child", argv=[sys.executable, *argv], log=home / "log", cwd=PROJECT)
        )
        try:
            yield lambda ready: wait_until(ready, within=30, what="it", child=child)
        finally:
            stop(child, sign=signal.SIGTERM, within=10)
