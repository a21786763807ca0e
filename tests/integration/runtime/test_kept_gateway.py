"""The kept reverse proxy of compose does what the embedded gateway does (where nginx is)."""

import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from kesu.embedded.processes import Program, free_port, spawn, stop, wait_until
from kesu.home import PROJECT
from tests.support.postgres import folder

HERE = Path(__file__).parent
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    upstream, port = free_port(), free_port()
    serve = [sys.executable, "-m", "uvicorn", "upstream:app", "--port", str(upstream)]
    serve += ["--app-dir", str(HERE), "--timeout-graceful-shutdown", "1"]
    with folder() as home:
        _configure(home, upstream, port)
        proxy = [str(NGINX), "-c", str(home / "nginx.conf"), "-g", "daemon off;"]
        children = [
            spawn(Program(name="upstream", argv=serve, log=home / "upstream.log", cwd=PROJECT)),
            spawn(Program(name="nginx", argv=proxy, log=home / "nginx.log")),
        ]
        try:
            address = f"http://127.0.0.1:{port}"
            for path in ("/livez", "/intake/gone"):
                wait_until(lambda: _ok(address + path), within=20, what=path, child=children[1])  # noqa: B023
            yield address
        finally:
            for child in children:
                stop(child, sign=signal.SIGTERM, within=10)


def test_only_the_gateway_says_where_a_call_comes_from(origin: str) -> None:
    forged = {"X-Forwarded-For": "10.1.2.3", "X-User-Id": "boss", "X-Tenant": "other"}
    forged |= {"X-Forwarded-Host": "evil", "Forwarded": "for=10.1.2.3"}
    heard = httpx.get(f"{origin}/intake/headers?a=%2F", headers=forged).json()
    assert heard["headers"]["x-forwarded-for"] == "127.0.0.1"
    gone = {"x-user-id", "x-tenant", "x-forwarded-host", "forwarded"}
    assert not gone & set(heard["headers"])
    assert heard["query"] == "a=%2F"


def test_a_service_that_is_down_is_a_503_with_a_hint(origin: str) -> None:
    answer = httpx.get(f"{origin}/followup/v1/x", headers={"Accept-Language": "zh-TW"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"


@pytest.mark.parametrize("path", ["/", "/nobody/x", "/intake/metrics", "/intake/readyz"])
def test_what_is_not_for_the_public_is_not_there(origin: str, path: str) -> None:
    answer = httpx.get(origin + path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_services_own_refusal_passes_untouched(origin: str) -> None:
    assert httpx.get(f"{origin}/intake/nowhere").json() == {"detail": "Not Found"}


def test_events_flow_one_by_one(origin: str) -> None:
    with httpx.stream("GET", f"{origin}/intake/events") as answer:
        assert next(answer.iter_text()) == "data: 0\n\n"


def _configure(home: Path, upstream: int, port: int) -> None:
    text = (PROJECT / "deploy/gateway/nginx.conf").read_text()
    text = text.replace("listen 8080", f"listen 127.0.0.1:{port}").replace("/tmp/", f"{home}/")  # noqa: S108
    (home / "nginx.conf").write_text(text)
    routes = (PROJECT / "deploy/gateway/services.conf").read_text()
    routes = "".join(line for line in routes.splitlines(keepends=True) if "resolver" not in line)
    routes = routes.replace("intake:8000", f"127.0.0.1:{upstream}")
    for down in ("escalation", "compensation", "followup", "insights", "documents"):
        routes = routes.replace(f"{down}:8000", "127.0.0.1:1")
    (home / "services.conf").write_text(routes)


def _ok(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(url, timeout=1).status_code == 200
    return False
