"""Names, phones and words planted in every input show up where they belong and nowhere else."""

import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr
from standardwebhooks import Webhook

from shared.plumbing.running import Parts
from tests.integration.intake.conftest import HOTLINE_KEY, People, a_complaint
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, client_of, once, parts_of, seen

NAME, PHONE, WORDS = "金絲雀", "13987654321", "金絲雀在礦坑裡唱歌"
SPELLINGS = (NAME, PHONE, "+86" + PHONE, WORDS)
VAULTS = {"particulars", "customer_particulars", "texts"}


@pytest.fixture
async def parts(
    postgres: PostgresServer, kesu_database: str, issuer: Issuer
) -> AsyncIterator[Parts]:
    secrets = (SecretStr(f"180:{HOTLINE_KEY}"),)
    async with parts_of(
        "intake", postgres, kesu_database, issuer, hotline_secrets=secrets
    ) as open_parts:
        yield open_parts


FORM = {
    "name": NAME,
    "phone": PHONE,
    "member_number": NAME,
    "plate": NAME,
    "receipt_number": NAME,
    "narrative": WORDS,
    "demand": WORDS,
}


async def everything_said(client: httpx.AsyncClient, auto: People) -> list[httpx.Response]:
    """Plants the canaries in every field of every door; gives back all answers."""
    clerk = auto("clerk")
    file = {"name": NAME, "phone": PHONE, "birthday": "1990-01-01", "member": True}
    answers = [
        await client.put(f"/customers/{PHONE}", json=file, headers=auto("integration")),
        await client.post("/complaints", json=a_complaint(form=FORM), headers=clerk | once()),
        await client.post("/complaints", json=a_complaint(form=FORM), headers=clerk | once()),
    ]
    first, second = (answer.json()["id"] for answer in answers[1:3])
    contact = {"direction": "in", "channel": "phone", "topic": "other", "text": WORDS}
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("contacts", contact),
        ("evidence", {"kind": "photo", "note": WORDS}),
        ("amendments", {"form": {"name": NAME + NAME, "phone": PHONE, "demand": WORDS + NAME}}),
        ("links", {"complaint": second, "relation": "repeat"}),
        ("classifications", {"reason": "triage", "flags": ["press"]}),
        ("withdrawal", {"reason": "mistaken"}),
    ]
    for revision, (door, body) in enumerate(bodies, start=1):
        place, headers = f"/complaints/{first}/{door}", clerk | once() | seen(revision)
        answer = await client.post(place, json=body, headers=headers)
        assert answer.is_success, (door, answer.text)
        answers.append(answer)
    answers += await wrong(client, clerk, first)
    answers += [
        await client.get(f"/complaints/{first}", headers=clerk),
        await client.get("/complaints", headers=clerk),
        await client.get(f"/complaints/{first}/journal", headers=clerk),
        await ticket(client, {"ticket": "T-1", "called": "021-5550-0101", "content": WORDS}),
    ]
    return answers


async def wrong(
    client: httpx.AsyncClient, clerk: dict[str, str], complaint: str
) -> list[httpx.Response]:
    """Requests with the canaries where they do not belong: all are refused."""
    bodies: list[dict[str, Any]] = [
        a_complaint(form=FORM | {NAME: WORDS, "occurred_on": WORDS, "store_goods": PHONE}),
        a_complaint(form={"phone": NAME, "paid": WORDS}),
        a_complaint(kind=NAME, channel=PHONE, unit=NAME, accused=[PHONE], severity=PHONE),
        a_complaint(classification={NAME: PHONE}, flags=[PHONE], received_at=WORDS),
        a_complaint(classification={"category": PHONE}, accused=[PHONE]),
        {NAME: WORDS},
    ]
    answers = [
        await client.post("/complaints", json=body, headers=clerk | once()) for body in bodies
    ]
    answers += [
        await client.post(
            f"/complaints/{complaint}/withdrawal",
            json={"reason": PHONE},
            headers=clerk | once() | seen(7),
        ),
        await client.get("/complaints", params={"customer": PHONE}, headers=clerk),
        await client.post("/hotline/180/tickets", content=WORDS.encode()),
        await ticket(client, {"ticket": NAME, "called": PHONE, "content": ""}),
    ]
    assert [a.status_code for a in answers] == [*[422] * 8, 401, 422], [a.text for a in answers]
    return answers


async def ticket(client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    caller = {"name": NAME, "phone": PHONE}
    raw = orjson.dumps(body | {"caller": caller, "classification": {"category": "service"}})
    moment = datetime.fromtimestamp(time.time(), UTC)
    headers = {
        "webhook-id": f"m-{len(raw)}",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(HOTLINE_KEY).sign(f"m-{len(raw)}", moment, raw.decode()),
        "content-type": "application/json",
    }
    return await client.post("/hotline/180/tickets", content=raw, headers=headers)


def canaries_in(text: str) -> list[str]:
    """Which canaries sing in this text, also escaped."""
    return [s for s in SPELLINGS if s in text or s.encode("unicode_escape").decode() in text]


async def test_no_name_phone_or_word_leaves_its_table(
    parts: Parts,
    auto: People,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, logger="httpx")  # the caller's own log, not ours
    async with client_of(parts) as client:
        answers = await everything_said(client, auto)
    for answer in answers:
        sung = canaries_in(answer.text) + canaries_in(str(answer.headers))
        assert not sung, (answer.request.method, answer.request.url.path, answer.text)
    written = capfd.readouterr()
    assert not canaries_in(caplog.text + written.out + written.err)
    assert not canaries_in(generate_latest().decode())
    tables = await parts.pool.fetch("select tablename from pg_tables where schemaname = 'intake'")
    for name in {row["tablename"] for row in tables} - {"alembic_version"}:
        rows = await parts.pool.fetch(f'select t::text as "row" from intake."{name}" t')  # noqa: S608
        text = "\n".join(readable(row["row"]) for row in rows)
        assert bool(canaries_in(text)) == (name in VAULTS), name


def readable(row: str) -> str:
    """A row as text, its bytea columns decoded: facts and journal entries are kept as bytes."""
    parts = row.split('"\\\\x')
    decoded = []
    for part in parts[1:]:
        digits = part[: part.find('"')]
        decoded.append(bytes.fromhex(digits).decode("utf-8", "replace"))
    return row + "\n".join(decoded)


async def test_the_canaries_do_sing_where_facts_are_kept(parts: Parts) -> None:
    """The test above can fail: bytes of the journal are really read."""
    hexed = WORDS.encode().hex()
    assert canaries_in(readable(f'(1,"\\\\x{hexed}",2)'))
