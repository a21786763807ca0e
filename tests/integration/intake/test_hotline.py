"""The hotline's door: believed by signature, carried out once, answered the same ever after."""

import time
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
from standardwebhooks import Webhook

from shared.plumbing.running import Parts
from tests.integration.intake.conftest import FORMER_KEY, HOTLINE_KEY, People

DOOR = "/hotline/180/tickets"
TICKET = {
    "ticket": "T-2026-77",
    "called": "02-5550-0201",
    "caller": {"name": "林先生", "phone": "0987654321"},
    "content": "冷氣太冷，服務臺無人理會。",
    "classification": {"category": "equipment"},
}


async def sent(
    client: httpx.AsyncClient,
    ticket: dict[str, Any],
    message: str = "msg_1",
    *,
    key: str = HOTLINE_KEY,
    ago_s: int = 0,
) -> httpx.Response:
    body = orjson.dumps(ticket)
    moment = datetime.fromtimestamp(time.time() - ago_s, UTC)
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(key).sign(message, moment, body.decode()),
        "content-type": "application/json",
    }
    return await client.post(DOOR, content=body, headers=headers)


async def test_a_ticket_three_times_is_one_complaint(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    first = await sent(client, TICKET)
    assert first.status_code == 201, first.text
    same_message = await sent(client, TICKET)
    new_message = await sent(client, TICKET, "msg_2")
    again = await sent(client, TICKET, "msg_2")
    for each in (same_message, new_message, again):
        assert each.status_code == 200
        assert each.content == first.content
        assert each.headers["idempotency-replayed"] == "true"
    assert await parts.pool.fetchval("select count(*) from intake.complaints") == 1
    assert await parts.pool.fetchval("select count(*) from intake.webhook_in") == 2
    told = orjson.loads(
        await parts.pool.fetchval("select fact from intake.journal where fact is not null")
    )["data"]
    assert told["hotline_ticket"] == "T-2026-77"
    assert told["recording_unit"] == "hq.store-001"
    assert told["registered_by"] == "machine:hotline-180"


async def test_the_former_secret_still_counts_and_another_does_not(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    former = await sent(client, TICKET, key=FORMER_KEY)
    assert former.status_code == 201
    stranger = await sent(client, TICKET, "msg_9", key="whsec_" + "QUJD" * 8)
    assert stranger.status_code == 401
    assert stranger.json()["code"] == "signature-invalid"
    late = await sent(client, TICKET, "msg_10", ago_s=600)
    assert late.status_code == 401
    assert await parts.pool.fetchval("select count(*) from intake.webhook_in") == 1


async def test_an_unsigned_message_is_not_even_read(client: httpx.AsyncClient) -> None:
    answer = await client.post(DOOR, content=b"not json", headers={"webhook-id": "x"})
    assert answer.status_code == 401
    signed_nonsense = await sent(client, {"ticket": "T-1", "called": "02-5550-0201"})
    assert signed_nonsense.status_code == 422
    assert signed_nonsense.json()["errors"][0]["pointer"] == "/content"
    unknown = await sent(client, TICKET | {"called": "02-9999-9999"}, "msg_3")
    assert unknown.json()["code"] == "hotline-unknown"
    large = await client.post(DOOR, content=b" " * (256 * 1024 + 1), headers={"webhook-id": "x"})
    assert large.status_code == 413


async def test_a_caller_who_says_little_is_not_turned_away(
    client: httpx.AsyncClient, mall: People
) -> None:
    little = TICKET | {"caller": {"phone": "anonymous"}}
    made = await sent(client, little)
    assert made.status_code == 201, made.text
    shown = await client.get(
        f"/complaints/{made.json()['complaint']}", headers=mall("store-manager")
    )
    assert shown.json()["complainant"] == {}
    assert shown.json()["missing"] == ["phone"]


async def test_the_hotline_asks_how_its_ticket_stands(
    client: httpx.AsyncClient, mall: People, auto: People
) -> None:
    await sent(client, TICKET)
    answer = await client.get(f"{DOOR}/T-2026-77", headers=mall("hotline"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "awaiting_confirmation"
    assert (await client.get(f"{DOOR}/T-2026-77", headers=auto("hotline"))).status_code == 404
    assert (await client.get(f"{DOOR}/T-2026-77", headers=mall("clerk"))).status_code == 403
