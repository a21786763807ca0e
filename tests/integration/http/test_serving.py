"""A process that listens and stops politely, and the commands around it."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from kesu.cli import main
from kesu.commands import token as token_command
from kesu.commands.problems import page
from shared.plumbing.http import serve
from shared.plumbing.problems import catalogue
from shared.plumbing.telemetry import configure_logging
from tests.integration.http.bicycles import app_in, bearer

PORT = 24_731
ADDRESS = f"http://127.0.0.1:{PORT}"
ORGANISATION = """
personas: {clerk: p-clerk-1, finance: p-money-1}
persons:
  - {id: p-clerk-1, roles: [clerk], units: [hq.store-001]}
  - {id: p-money-1, roles: [finance], units: [hq]}
"""


async def until_ready(client: httpx.AsyncClient) -> None:
    for _ in range(100):
        try:
            if (await client.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.02)
    raise AssertionError("never ready")


async def test_a_stopped_process_answers_what_it_took_and_then_ends(tmp_path: Path) -> None:
    released = False

    async def release() -> None:
        nonlocal released
        released = True

    app = app_in(tmp_path)
    serving = asyncio.create_task(
        serve(app, host="127.0.0.1", port=PORT, grace_s=0.3, on_shutdown=release)
    )
    headers = {"Authorization": bearer()}
    async with httpx.AsyncClient(base_url=ADDRESS, headers=headers) as client:
        await until_ready(client)
        before = await client.get("/bicycles/v1/repairs")
        assert "connection" not in before.headers
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.1)
        draining = await client.get("/readyz")
        served = await client.get("/bicycles/v1/repairs")
    await asyncio.wait_for(serving, 5)

    assert (draining.status_code, served.status_code) == (503, 200)
    assert served.headers["connection"] == "close", "the next request goes elsewhere"
    assert released


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "organisations").mkdir()
    (tmp_path / "organisations" / "auto-demo.yaml").write_text(ORGANISATION)
    monkeypatch.setenv("KESU_HOME", str(tmp_path))
    monkeypatch.setenv("KESU_ORGANISATIONS", str(tmp_path / "organisations"))
    return tmp_path


def test_one_can_be_a_persona(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--as", "clerk"]) == 0

    assert capsys.readouterr().out.count(".") == 2


def test_an_unknown_persona_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "--as", "king"]) == 1

    assert "--list" in capsys.readouterr().err


def test_the_personas_are_listed_and_printed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["token", "--list"]) == 0
    listed = capsys.readouterr().out
    token_command.print_personas()
    printed = capsys.readouterr().out

    assert "auto-demo  clerk  p-clerk-1  hq.store-001" in listed
    assert len(printed.splitlines()) == 4


def test_a_machine_gets_a_key_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["token", "--machine", "shop", "--organisation", "auto-demo", "--role", "integration"]
    assert main(words) == 0

    key = capsys.readouterr().out.strip()
    assert key.startswith("kesu_shop_")
    assert key not in (home / "apikeys.json").read_text()


def test_the_catalogue_is_a_page() -> None:
    text = page(catalogue())

    assert "| 412 | `stale-revision` |" in text
    assert "| `duplicate-key` |" in text


def test_a_line_end_in_a_value_stays_inside_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    import structlog  # noqa: PLC0415 - configured first

    configure_logging("bicycles")
    structlog.get_logger().info("x\r\ny", value="a\nb\u202ec")

    assert len(capsys.readouterr().err.splitlines()) == 1
