"""`kesu policy activate` against a listening intake: one persona proposes, another activates."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from kesu.cli import main
from kesu.embedded.processes import free_port
from services.intake_service.main import create_app
from shared.plumbing.http import serve
from shared.plumbing.issuer import DevelopmentIssuer
from shared.plumbing.running import Parts
from tests.support.drafts import documents
from tests.support.packs import AUTO, AUTO_DEMO
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, parts_of

PORT = free_port()
ORIGIN = f"http://127.0.0.1:{PORT}"
CONFIRMED = {"intake": [("required: false", "required: true\n  role: store_manager")]}


@pytest.fixture
async def listening(
    postgres: PostgresServer,
    kesu_database: str,
    issuer: Issuer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Parts]:
    monkeypatch.setenv("KESU_HOME", str(tmp_path))
    DevelopmentIssuer(tmp_path)
    jwks = str(tmp_path / "jwks.json")
    async with parts_of("intake", postgres, kesu_database, issuer, jwks=jwks) as parts:
        stop = asyncio.Event()
        app = create_app(parts)
        serving = asyncio.create_task(
            serve(app, host="127.0.0.1", port=PORT, grace_s=0.0, stop=stop)
        )
        await _ready()
        yield parts
        stop.set()
        await serving


async def _ready() -> None:
    async with httpx.AsyncClient(base_url=ORIGIN) as client:
        for _ in range(200):
            try:
                await client.get("/livez")
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                return
    raise AssertionError("never ready")


async def typed(*words: str) -> int:
    """`kesu policy activate …` in a thread, as its own process would run it."""
    line = ["policy", "activate", *words, "--origin", ORIGIN, "--language", "en"]
    return await asyncio.to_thread(main, line)


async def test_one_persona_proposes_a_directory_and_another_activates_it(
    listening: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = (listening.time.now() + timedelta(minutes=5)).replace(microsecond=0)
    directory = tmp_path / AUTO.id / "next"
    directory.mkdir(parents=True)
    for section, text in documents(AUTO_DEMO, at, swaps=CONFIRMED).items():
        (directory / f"{section}.yaml").write_text(text)
    moment = ("--at", at.isoformat())
    assert await typed(str(directory), "--as", "administrator", *moment) == 0
    said = capsys.readouterr().out
    found = re.search(r"id ([0-9a-f-]{36})", said)
    assert found, said
    version = found[1]
    own = await typed(version, "--organisation", "auto-demo", "--as", "administrator")
    assert (own, "Whoever proposed" in capsys.readouterr().err) == (1, True)
    other = await typed(version, "--organisation", "auto-demo", "--as", "administrator-2")
    assert (other, capsys.readouterr().out.startswith("activated")) == (0, True)
    assert listening.packs.for_organisation("auto-demo", at).version == "second"


async def test_findings_are_printed_with_their_place(
    listening: Parts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = listening.time.now() + timedelta(minutes=5)
    directory = tmp_path / AUTO.id / "next"
    directory.mkdir(parents=True)
    for section, text in documents(AUTO_DEMO, at).items():
        (directory / f"{section}.yaml").write_text(text.replace("repeats:", "repeated:"))
    refused = await typed(str(directory), "--as", "administrator", "--at", at.isoformat())
    assert refused == 1
    assert "/documents/intake" in capsys.readouterr().err
