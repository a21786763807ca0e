"""F36: a hotline's carrier that repeats, mixes up, forges, replays, ages, and dribbles."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeAlias
from uuid import uuid4

import httpx

from tests.faults.carrier import PATH, PROVIDER, Carrier, Message, message, new_secret, signed
from tests.faults.fault import Fault, NotStruck, happened, insist
from tests.faults.lab import Lab
from tests.faults.operating import retell, rows

Misdeed: TypeAlias = Callable[[Lab, Carrier, random.Random], Awaitable[int]]
ANSWER_SECONDS = 30.0
READY_SECONDS = 90.0
DAYS_5 = 5 * 86_400.0
JUST_TOO_OLD = 310.0
TICKETS = 6
TIMES = 4
BODY_MAX = 256 * 1024
DRIBBLE_SECONDS = 40.0
REFUSED, TOO_LARGE, TOO_SLOW = 401, 413, 408
ROTATING = "rotating"
SECRETS = "KESU_INTAKE_HOTLINE_SECRETS"


def faults() -> list[Fault]:
    """Nothing unbelieved is kept, and each ticket is one complaint however it comes."""
    return [
        _fault("delivered again and again, at once", _duplicates),
        _fault("delivered in another order", _reordered),
        _fault("one ticket in two messages", _two_messages),
        _fault("one message with two tickets", _two_tickets),
        _fault("signed with a wrong secret", _wrong_secret),
        _fault("changed on the way", _changed),
        _fault("an old signature replayed, five days old", _replayed),
        _fault("tried again after five days, stamped anew", _restamped),
        _fault("a body beyond all measure", _too_large),
        _fault("a body byte by byte", _dribbled),
        _fault("the secret rotated", _rotated, victims=frozenset({"intake"})),
    ]


def _fault(name: str, misdeed: Misdeed, victims: frozenset[str] = frozenset({"carrier"})) -> Fault:
    async def strike(lab: Lab, rng: random.Random) -> int:
        if not await happened(lab.members["intake"].ready, within=READY_SECONDS):
            raise NotStruck("intake was away")
        async with _carrier(lab) as carrier:
            return await misdeed(lab, carrier, rng)

    return Fault(name=f"hotline: {name}", row="F36", victims=victims, strike=strike)


@asynccontextmanager
async def _carrier(lab: Lab) -> AsyncIterator[Carrier]:
    """What it believes to be delivered becomes evidence."""
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
        carrier = Carrier(home=lab.home, client=client)
        try:
            yield carrier
        finally:
            lab.carried += carrier.books.values()


async def _duplicates(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    tickets, secret = [message(rng) for _ in range(TICKETS)], lab.home.hotline_secret()
    again = [each for each in tickets for _ in range(TIMES)]
    rng.shuffle(again)
    done = await asyncio.gather(*(carrier.deliver(each, secret) for each in again))
    _all_taken(done)
    await _each_once(lab, tickets)
    return len(again)


async def _reordered(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    """Later ones first; some a second time, long after."""
    tickets, secret = [message(rng) for _ in range(TICKETS)], lab.home.hotline_secret()
    for each in (*reversed(tickets), *tickets[::2]):
        _all_taken([await carrier.deliver(each, secret)])
    await _each_once(lab, tickets)
    return TICKETS


async def _two_messages(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    """The same ticket under another message id is the same complaint."""
    first, secret = message(rng), lab.home.hotline_secret()
    second = replace(first, id=f"msg_{uuid4().hex}")
    _all_taken(await asyncio.gather(*(carrier.deliver(e, secret) for e in (first, second))))
    await _each_once(lab, [first])
    return 1


async def _two_tickets(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    """Whatever else a known message says, its answer is the first one's."""
    first, secret = message(rng), lab.home.hotline_secret()
    _all_taken([await carrier.deliver(first, secret)])
    second = replace(message(rng), id=first.id)
    await carrier.deliver(replace(second, number=first.number), secret)
    await _each_once(lab, [first])
    await _nothing_of(lab, second)
    return 1


async def _wrong_secret(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    each = message(rng)
    await _not_believed(lab, carrier, each, signed(each, new_secret()))
    return 1


async def _changed(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    """The signature of other words."""
    each, other = message(rng), message(rng)
    headers = signed(each, lab.home.hotline_secret(), body=other.body)
    await _not_believed(lab, carrier, each, headers)
    return 1


async def _replayed(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    """Who kept an old message cannot use it; nobody hears whether it was ever taken."""
    for age in (DAYS_5, JUST_TOO_OLD, -JUST_TOO_OLD):
        each = message(rng)
        await _not_believed(lab, carrier, each, signed(each, lab.home.hotline_secret(), age=age))
    return 3


async def _restamped(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    """An honest carrier stamps each attempt; the ticket may say that it is five days old."""
    each = message(rng, received_at="2020-01-01T00:00:00+00:00")
    secret = lab.home.hotline_secret()
    await _not_believed(lab, carrier, each, signed(each, secret, age=DAYS_5))
    plain = replace(message(rng), number=each.number, id=each.id)
    plain = replace(plain, body=plain.body.replace(_number(plain.body), each.number.encode()))
    _all_taken([await carrier.deliver(plain, secret)])
    await _each_once(lab, [plain])
    return 1


def _number(body: bytes) -> bytes:
    return body.split(b'"ticket":"')[1].split(b'"')[0]


async def _too_large(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    each = message(rng, content="長" * BODY_MAX)
    status = await carrier.once(each, signed(each, lab.home.hotline_secret()))
    insist(status in {None, TOO_LARGE}, f"a body of {len(each.body)} bytes was answered {status}")
    await _nothing_of(lab, each)
    return 1


async def _dribbled(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    """It is cut off or answered in bounded time, and meanwhile others are served."""
    each = message(rng)
    headers = signed(each, lab.home.hotline_secret()) | {"Content-Length": str(len(each.body))}
    lines = [
        f"POST {PATH.format(PROVIDER)} HTTP/1.1",
        "Host: intake",
        *(f"{k}: {v}" for k, v in headers.items()),
    ]
    port = lab.home.ports.service("intake")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join([*lines, "", ""]).encode())
        dribbling = asyncio.create_task(_dribble(writer, each.body))
        try:
            answer = await asyncio.wait_for(reader.readline(), DRIBBLE_SECONDS)
        except TimeoutError:
            insist(False, f"a dribbled body was borne for {DRIBBLE_SECONDS:.0f} s")
        except OSError:
            answer = b""
        finally:
            dribbling.cancel()
    finally:
        writer.close()
    insist(not answer or b" 4" in answer[:13], f"a dribbled body was answered {answer!r}")
    await _nothing_of(lab, each)
    return 1


async def _dribble(writer: asyncio.StreamWriter, body: bytes) -> None:
    for place in range(len(body) - 1):
        writer.write(body[place : place + 1])
        await asyncio.sleep(0.5)


async def _rotated(lab: Lab, carrier: Carrier, rng: random.Random) -> int:
    """While a secret changes both are believed; afterwards the old one is not. Another provider's,
    so that those who do not change go on.
    """
    old, new = new_secret(), new_secret()
    tickets = [message(rng), message(rng), message(rng)]
    carrier.provider = ROTATING
    try:
        await _told(lab, old, new)
        _all_taken([await carrier.deliver(tickets[0], old), await carrier.deliver(tickets[1], new)])
        await _told(lab, new)
        await _not_believed(lab, carrier, tickets[2], signed(tickets[2], old))
        _all_taken([await carrier.deliver(tickets[2], new)])
    finally:
        await _told(lab)
    await _each_once(lab, tickets)
    return 1


async def _told(lab: Lab, *secrets: str) -> None:
    known = [f"{PROVIDER}:{lab.home.hotline_secret()}", *(f"{ROTATING}:{each}" for each in secrets)]
    spelled = ",".join(known)
    await retell(lab, "intake", **{SECRETS: spelled})
    await asyncio.to_thread(lab.wait_ready)


async def _not_believed(lab: Lab, carrier: Carrier, each: Message, headers: dict[str, str]) -> None:
    status = await carrier.once(each, headers)
    insist(
        status in {None, REFUSED, 502, 503, 504}, f"what nobody may believe was answered {status}"
    )
    await _nothing_of(lab, each)


async def _nothing_of(lab: Lab, each: Message) -> None:
    found = await rows(lab, _TICKET, each.number)
    kept = await rows(lab, _MESSAGE, each.number)
    insist(not found and not kept, f"ticket {each.number} was kept")


async def _each_once(lab: Lab, tickets: list[Message]) -> None:
    for each in tickets:
        found = await rows(lab, _TICKET, each.number)
        insist(len(found) == 1, f"ticket {each.number} is there {len(found)} times")


def _all_taken(answers: list[int]) -> None:
    insist(all(200 <= each < 300 for each in answers), f"tickets were answered {answers}")


_TICKET = "select complaint from intake.hotline_tickets where ticket = $1"
_MESSAGE = "select message from intake.webhook_in where ticket = $1"
