"""Whatever comes to the hotline's door: believed by signature or refused and forgotten, once."""

import asyncio
import base64
import hmac
import time
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.plumbing.problems import MEDIA_TYPE
from shared.plumbing.running import Parts
from tests.fuzz.effort import looking
from tests.fuzz.garbage import WEIRD, changed, places, written
from tests.fuzz.listening import served
from tests.integration.intake.conftest import FORMER_KEY, HOTLINE_KEY

DOOR = "/hotline/180/tickets"
TOLERANCE_S = 300
STRANGER = "whsec_" + "QUJD" * 8
TICKET: dict[str, Any] = {
    "ticket": "T-1",
    "called": "02-5550-0201",
    "caller": {"name": "林先生", "phone": "0987654321"},
    "content": "冷氣太冷，服務臺無人理會。",
    "received_at": "2026-11-01T08:00:00Z",
    "classification": {"category": "equipment"},
    "form": {},
}
STORED = ("complaints", "journal", "outbox", "hotline_tickets", "webhook_in", "texts")


def signed(
    body: bytes, message: str = "msg_1", *, key: str = HOTLINE_KEY, at: float | None = None
) -> dict[str, str]:
    """Headers as Standard Webhooks signs these bytes at this moment (seconds, now)."""
    moment = int(time.time() if at is None else at)
    secret = base64.b64decode(key.removeprefix("whsec_"))
    mac = hmac.digest(secret, f"{message}.{moment}.".encode() + body, "sha256")
    return {
        "webhook-id": message,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        "content-type": "application/json",
    }


async def rows(parts: Parts) -> dict[str, int]:
    """How much intake has stored."""
    return {
        table: await parts.pool.fetchval(f"select count(*) from intake.{table}")  # noqa: S608
        for table in STORED
    }


def is_clear(answer: httpx.Response, *codes: str) -> bool:
    """A problem of the catalogue, one of these if any are named."""
    return bool(
        400 <= answer.status_code < 500
        and answer.headers["content-type"] == MEDIA_TYPE
        and (not codes or answer.json()["code"] in codes)
    )


def wrong_signatures() -> dict[str, dict[str, str]]:
    """Headers that sign nothing or something else, by what is wrong."""
    body, now = written(TICKET), time.time()
    good = signed(body)
    first, signature = good["webhook-id"], good["webhook-signature"]
    return {
        "none": {"content-type": "application/json"},
        "another secret": signed(body, key=STRANGER),
        "another body": signed(body + b" "),
        "another message": good | {"webhook-id": f"{first}x"},
        "another moment": good | {"webhook-timestamp": str(int(now) - 1)},
        "too old": signed(body, at=now - TOLERANCE_S - 5),
        "too early": signed(body, at=now + TOLERANCE_S + 5),
        "a moment in Arabic digits": good | {"webhook-timestamp": "١٧٠٠٠٠٠٠٠٠"},
        "a moment in full-width digits": good | {"webhook-timestamp": "１７０００００００"},
        "a negative moment": good | {"webhook-timestamp": f"-{int(now)}"},
        "a moment with a fraction": good | {"webhook-timestamp": f"{now}"},
        "an endless moment": good | {"webhook-timestamp": "9" * 4000},
        "no moment": good | {"webhook-timestamp": ""},
        "no message": good | {"webhook-id": ""},
        "an endless message": signed(body, "m" * 129),
        "a message beyond ASCII": signed(body, "消息"),
        "version 2": good | {"webhook-signature": signature.replace("v1,", "v2,")},
        "no version": good | {"webhook-signature": signature.removeprefix("v1,")},
        "an empty signature": good | {"webhook-signature": "v1,"},
        "not base64": good | {"webhook-signature": "v1,%%%%"},
        "a signature beyond ASCII": good | {"webhook-signature": "v1,簽名"},
        "a cut signature": good | {"webhook-signature": signature[:-4]},
        "the good one as the eleventh": good | {"webhook-signature": "v1,AAAA " * 10 + signature},
        "a provider nobody knows": good,
    }


async def test_a_message_that_is_not_believed_leaves_nothing(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    before, believed = await rows(parts), []
    for why, said in wrong_signatures().items():
        headers = [(name.encode(), value.encode()) for name, value in said.items()]
        door = DOOR.replace("180", "181") if why.startswith("a provider") else DOOR
        answer = await client.post(door, content=written(TICKET), headers=headers)
        if answer.status_code != 401 or not is_clear(answer, "signature-invalid"):
            believed.append(f"{why}: {answer.status_code} {answer.text}")
    assert believed == []
    assert await rows(parts) == before


@pytest.mark.parametrize("seconds", [-TOLERANCE_S + 2, 0, TOLERANCE_S - 2])
async def test_a_message_within_five_minutes_is_believed(
    client: httpx.AsyncClient, seconds: int
) -> None:
    body = written(TICKET)
    answer = await client.post(DOOR, content=body, headers=signed(body, at=time.time() + seconds))
    assert answer.status_code == 201, answer.text


async def test_while_a_secret_changes_both_are_believed_in_one_header(
    client: httpx.AsyncClient,
) -> None:
    body = written(TICKET)
    now, before = signed(body, key=STRANGER), signed(body, key=FORMER_KEY)
    both = f"{now['webhook-signature']} {before['webhook-signature']}"
    answer = await client.post(DOOR, content=body, headers=before | {"webhook-signature": both})
    assert answer.status_code == 201, answer.text


async def test_a_message_of_before_with_another_ticket_is_refused_and_not_swallowed(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    body = written(TICKET)
    assert (await client.post(DOOR, content=body, headers=signed(body))).status_code == 201
    before = await rows(parts)
    other = written(TICKET | {"ticket": "T-2"})
    answer = await client.post(DOOR, content=other, headers=signed(other))
    assert answer.status_code == 422
    assert is_clear(answer, "message-reused")
    assert await rows(parts) == before


async def test_a_ticket_said_again_in_other_words_is_still_one_complaint(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    answers = []
    for message, words in (("m1", "a"), ("m1", "b"), ("m2", "c"), ("m2", "c")):
        body = written(TICKET | {"content": words})
        answers.append(await client.post(DOOR, content=body, headers=signed(body, message)))
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert (await rows(parts))["complaints"] == 1


async def test_ten_at_once_are_one_complaint(client: httpx.AsyncClient, parts: Parts) -> None:
    body = written(TICKET)
    sent = [client.post(DOOR, content=body, headers=signed(body, f"m{n % 3}")) for n in range(10)]
    answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.content for answer in answers}) == 1
    assert (await rows(parts))["complaints"] == 1


@st.composite
def tickets(draw: st.DrawFn) -> bytes:
    """A ticket with one to three things wrong, or no ticket at all."""
    value: Any = TICKET
    for _ in range(draw(st.integers(1, 3))):
        value = changed(value, draw(st.sampled_from(places(value))), draw(WEIRD))
    return written(value)


@looking(60, smaller=False)
@given(bodies=st.lists(tickets() | st.binary(max_size=60) | WEIRD.map(written), max_size=9))
async def test_signed_nonsense_is_refused_or_one_complaint_each(
    client: httpx.AsyncClient, parts: Parts, bodies: list[bytes]
) -> None:
    before = await rows(parts)
    made = 0
    for body in bodies:
        message = f"m-{time.monotonic_ns()}"
        answer = await client.post(DOOR, content=body, headers=signed(body, message))
        assert answer.status_code in {200, 201} or is_clear(answer), (body, answer.text)
        made += answer.status_code == 201
    after = await rows(parts)
    assert after["complaints"] - before["complaints"] == made
    assert after["hotline_tickets"] - before["hotline_tickets"] == made


MOMENTS = ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1970-01-01T00:00:00Z")


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_moment_at_the_end_of_time_is_no_fault_of_ours(
    client: httpx.AsyncClient, moment: str
) -> None:
    body = written(TICKET | {"received_at": moment})
    answer = await client.post(DOOR, content=body, headers=signed(body))
    assert answer.status_code == 201 or is_clear(answer), answer.text


KINDS = (
    "",
    "text/plain",
    "application/json; charset=utf-16",
    "application/xml",
    "json",
    "a/b" * 99,
)


@pytest.mark.parametrize("kind", KINDS)
async def test_another_content_type_is_refused_after_the_signature(
    client: httpx.AsyncClient, parts: Parts, kind: str
) -> None:
    body = written(TICKET)
    answer = await client.post(DOOR, content=body, headers=signed(body) | {"content-type": kind})
    assert answer.status_code == 415
    assert is_clear(answer, "media-type-not-supported")
    assert (await rows(parts))["webhook_in"] == 0


async def test_a_body_too_large_is_refused_whoever_signed_it(client: httpx.AsyncClient) -> None:
    body = written(TICKET | {"content": "x" * 300_000})
    answer = await client.post(DOOR, content=body, headers=signed(body))
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


async def test_a_message_that_breaks_off_or_drips_is_no_fault_of_ours(
    client: httpx.AsyncClient, parts: Parts
) -> None:
    app: Any = client._transport.app  # type: ignore[attr-defined]
    body = written(TICKET)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
    start = f"POST /intake/v1{DOOR} HTTP/1.1\r\nhost: kesu\r\n{head}"
    whole = f"{start}content-length: {len(body)}\r\n\r\n".encode()
    endless = f"{start}transfer-encoding: chunked\r\n\r\n".encode() + CHUNK * 9
    async with served(app) as address:
        port = int(address.rpartition(":")[2])
        assert await dripped(port, [whole, body[:40]]) == b""
        assert b" 413 " in await dripped(port, [endless])
        assert (await rows(parts))["hotline_tickets"] == 0
        pieces = [body[at : at + 40] for at in range(0, len(body), 40)]
        assert b" 201 " in await dripped(port, [whole, *pieces], half=False)
    assert (await rows(parts))["hotline_tickets"] == 1


CHUNK = b"8000\r\n" + b" " * 0x8000 + b"\r\n"


async def dripped(port: int, pieces: list[bytes], *, half: bool = True) -> bytes:
    """The first line of the answer to a request sent piece by piece; `half`: then hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)
    if half:
        writer.write_eof()
    try:
        return await asyncio.wait_for(reader.readline(), 10)
    finally:
        writer.close()
