"""A body is read with a bound on its length, its time and its kind."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.types import Message

from shared.plumbing.http import Refusal, read_raw
from tests.integration.http.bicycles import CLERK, JSON, KEY, app_in, ask, client_of, order


async def test_a_long_body_is_refused_before_it_is_read() -> None:
    async def receive() -> Message:
        raise AssertionError("nobody reads this")

    with pytest.raises(Refusal, match="body-too-large"):
        await read_raw({b"content-length": b"262145"}, receive)


async def test_a_body_longer_than_it_says_is_refused_too(tmp_path: Path) -> None:
    answer = await order(tmp_path, b'{"note": "' + b"x" * 300_000 + b'"}')

    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


async def test_a_long_body_in_chunks_is_refused_while_reading(tmp_path: Path) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 10_000:
            taken += 1
            yield b"x" * 65_536

    async with client_of(app_in(tmp_path)) as client:
        answer = await client.post("/repairs", content=endless(), headers={**CLERK, **KEY, **JSON})

    assert answer.status_code == 413
    assert taken < 10


@pytest.mark.parametrize(
    "wrong",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/jsonx"},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_only_plain_json_is_taken(tmp_path: Path, wrong: dict[str, str]) -> None:
    answer = await ask(
        tmp_path, "POST", "/repairs", content=b"{}", headers={**CLERK, **KEY, **JSON, **wrong}
    )

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/merge-patch+json"]
)
async def test_json_by_another_name_is_taken(tmp_path: Path, kind: str) -> None:
    assert (await order(tmp_path, b'{"note": "x"}', **{"Content-Type": kind})).status_code == 201


async def test_a_webhook_comes_without_a_token_and_stays_small(tmp_path: Path) -> None:
    rung = await ask(tmp_path, "POST", "/hooks/bell", content=b"ding")
    shaken = await ask(tmp_path, "POST", "/hooks/bell", content=b"x" * 65)

    assert (rung.json(), shaken.status_code) == (4, 413)


async def test_a_body_that_drips_is_given_up_in_time() -> None:
    async def dripping() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    with pytest.raises(Refusal, match="malformed-body"):
        await asyncio.wait_for(read_raw({}, dripping, within=0.2), 10)


async def test_a_body_that_never_begins_is_given_up_in_time() -> None:
    async def silent() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(Refusal):
        await asyncio.wait_for(read_raw({}, silent, within=0.1), 10)
