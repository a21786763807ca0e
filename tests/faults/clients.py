"""Who asks while things break: web forms, a hotline's carrier, strangers; each keeps its books.

An op is `ok` when a 2xx came, `fail` when Kesu refused for good, `unknown` when nobody answered
and the client did not ask again. Most ask again with the same key; some give up at once.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson

from kesu.home import Home
from kesu.playing.player import AWAY
from kesu.playing.stage import Stage
from tests.faults.oracle.evidence import Answered, Op, Outcome, Ticket

CANARY_NAME, CANARY_PHONE = "金絲雀甲乙丙", "13922221111"
CANARY_WORDS = "canary-8f3d51c0 排了一個小時沒人理"
CANARIES = (CANARY_NAME, CANARY_PHONE, f"+86{CANARY_PHONE}", "canary-8f3d51c0")
CALLED = "021-5550-0101"
GIVES_UP = 0.1
"""How many of the clients do not ask again after silence."""
AGAIN_SECONDS = 0.25
PATIENCE_SECONDS = 90.0
SAME_AGAIN = 0.05
REFUSED = range(400, 500)


@dataclass(slots=True, kw_only=True)
class Books:
    """What the clients know. Their sum is the evidence of the run."""

    ops: list[Op] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    away: int = 0
    """How often nobody answered, or a 502 to 504 came instead."""


@dataclass(slots=True, kw_only=True)
class Clients:
    """Everybody who asks. `origins` are where they knock: services themselves and the gateway."""

    here: Stage
    home: Home
    rng: random.Random
    books: Books = field(default_factory=Books)
    bodies: dict[str, tuple[str, dict[str, str], bytes]] = field(default_factory=dict)
    """What was sent under a key, so that it can be sent again."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, *, at_once: int, pause: float) -> None:
        """All of them until `ended`; what is under way is finished."""
        clients = [self._forever(self.register, pause) for _ in range(at_once)]
        clients += [self._forever(self.pass_on, pause * 4), self._forever(self.intrude, pause * 10)]
        await asyncio.gather(*clients)

    async def _forever(self, once: Callable[[], Any], pause: float) -> None:
        while not self.ended.is_set():
            await once()
            await asyncio.sleep(pause * self.rng.uniform(0.5, 1.5))

    async def register(self) -> None:
        """One complaint over the web, by the gateway or straight to intake."""
        key, body = uuid4().hex, orjson.dumps(_complaint(self.rng))
        headers = self._headers() | {"Idempotency-Key": key, "Content-Type": "application/json"}
        url = self._origin("intake") + "/intake/v1/complaints"
        self.bodies[key] = (url, headers, body)
        sent: list[UUID] = []
        op = await self._persist(
            "register", key, lambda: self._post(url, body, _marked(headers, sent))
        )
        self.books.ops.append(replace(op, correlations=tuple(sent)))

    async def pass_on(self) -> None:
        """One ticket of the hotline, delivered until it is answered, now and then twice."""
        number, message = f"T-{self.rng.getrandbits(44):011x}", f"msg_{uuid4().hex}"
        body = orjson.dumps(_ticket(number))
        url = self._origin("intake") + "/intake/v1/hotline/180/tickets"

        def sent() -> Any:  # noqa: ANN401 awaitable
            signed = self.here.player.sign(message, body, False)
            return self._post(url, body, signed | {"Content-Type": "application/json"})

        op = await self._persist("ticket", message, sent, named="complaint", gives_up=0.0)
        if self.rng.random() < SAME_AGAIN * 4:
            again = await self._persist("ticket", message, sent, named="complaint", gives_up=0.0)
            op = _joined(op, again)
        self.books.tickets.append(_entry(number, message, op))

    async def intrude(self) -> None:
        """What must never be answered: another organisation's record, or nobody's token."""
        seen = next((op.id for op in reversed(self.books.ops) if op.id), None)
        if seen is None:
            return
        url = f"{self._origin('intake')}/intake/v1/complaints/{seen}"
        stranger = self.here.player.headers_of("mall-demo", "clerk")
        for headers in (stranger, {}):
            response = await self._get(url, headers)
            if response is not None and response.status_code not in AWAY:
                self.books.ops.append(_forbidden(seen, response))

    async def replay(self, share: float) -> int:
        """Asks some of the registrations once more with their keys; returns how many.

        What was answered must be answered the same; what nobody answered gets its answer now.
        """
        count = 0
        for place, op in enumerate(self.books.ops):
            if op.key not in self.bodies or self.rng.random() >= share:
                continue
            url, headers, body = self.bodies[op.key]
            sent = list(op.correlations)
            response = await self._post(url, body, _marked(headers, sent))
            marked = replace(op, correlations=tuple(sent))
            if response is not None and response.status_code not in AWAY:
                outcome, found = self._read(response, "id")
                more = (*op.answers, _answered(response, found))
                marked = replace(marked, outcome=outcome, id=found, answers=more)
                count += 1
            self.books.ops[place] = marked
        return count

    async def _persist(
        self,
        kind: str,
        key: str,
        ask: Callable[[], Any],
        *,
        named: str = "id",
        gives_up: float = GIVES_UP,
    ) -> Op:
        began, answers, attempts = time.monotonic(), [], 0
        outcome, found = Outcome.UNKNOWN, None
        while time.monotonic() < began + PATIENCE_SECONDS:
            response, attempts = await ask(), attempts + 1
            if response is not None and response.status_code not in AWAY:
                outcome, found = self._read(response, named)
                answers.append(_answered(response, found))
                if outcome is Outcome.FAIL or self.rng.random() >= SAME_AGAIN:
                    break
                continue
            self.books.away += 1
            if self.rng.random() < gives_up:
                break
            await asyncio.sleep(AGAIN_SECONDS)
        return Op(
            kind=kind,
            key=key,
            outcome=outcome,
            id=found,
            status=answers[-1].status if answers else None,
            attempts=attempts,
            began=began,
            ended=time.monotonic(),
            answers=tuple(answers),
        )

    def _read(self, response: httpx.Response, named: str) -> tuple[Outcome, UUID | None]:
        if response.is_success:
            return Outcome.OK, UUID(response.json()[named])
        self.books.problems.append(response.text)
        refused = response.status_code in REFUSED
        return (Outcome.FAIL if refused else Outcome.UNKNOWN), None

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response | None:
        try:
            return await self.here.player.client.post(url, content=body, headers=headers)
        except httpx.TransportError:
            return None

    async def _get(self, url: str, headers: dict[str, str]) -> httpx.Response | None:
        try:
            return await self.here.player.client.get(url, headers=headers)
        except httpx.TransportError:
            return None

    def _headers(self) -> dict[str, str]:
        return self.here.player.headers_of("auto-demo", "clerk")

    def _origin(self, service: str) -> str:
        if self.rng.random() < 0.5:
            return self.home.address
        return f"http://127.0.0.1:{self.home.ports.service(service)}"


@asynccontextmanager
async def asking(
    here: Stage, home: Home, seed: int, *, at_once: int = 4, pause: float = 0.15
) -> AsyncIterator[Clients]:
    """Clients for as long as the block runs; their last ops end before the block does."""
    clients = Clients(here=here, home=home, rng=random.Random(seed))
    running = asyncio.create_task(clients.run(at_once=at_once, pause=pause))
    try:
        yield clients
    finally:
        clients.ended.set()
        await running


def _marked(headers: dict[str, str], sent: list[UUID]) -> dict[str, str]:
    """Each attempt has a mark of its own: exactly one of them may be found in the journals."""
    sent.append(uuid4())
    return headers | {"Kesu-Correlation-Id": str(sent[-1])}


def _answered(response: httpx.Response, found: UUID | None) -> Answered:
    replayed = response.headers.get("idempotency-replayed") == "true"
    return Answered(response.status_code, replayed, found)


def _joined(first: Op, then: Op) -> Op:
    if then.outcome is not Outcome.OK:
        return first
    return replace(
        then,
        attempts=first.attempts + then.attempts,
        began=first.began,
        answers=first.answers + then.answers,
    )


def _entry(number: str, message: str, op: Op) -> Ticket:
    return Ticket(
        number=number,
        message=message,
        deliveries=op.attempts,
        provider="180",
        status=op.status,
        complaint=op.id,
    )


def _forbidden(seen: UUID, response: httpx.Response) -> Op:
    outcome = Outcome.OK if response.is_success else Outcome.FAIL
    status = response.status_code
    return Op(kind="forbidden", key=uuid4().hex, outcome=outcome, id=seen, status=status)


def _complaint(rng: random.Random) -> dict[str, Any]:
    """A shop's complaint; most callers are strangers, some call again and again."""
    phone = CANARY_PHONE if rng.random() < 0.05 else f"139{rng.getrandbits(26):08d}"
    return {
        "kind": "complaint",
        "channel": "online",
        "complainant_type": "customer",
        "unit": "hq.store-001.service-desk",
        "classification": {"workflow": "complaint", "category": "service"},
        "form": {"phone": phone, "narrative": f"{CANARY_WORDS} {CANARY_NAME}"},
    }


def _ticket(number: str) -> dict[str, Any]:
    return {
        "ticket": number,
        "called": CALLED,
        "caller": {"name": CANARY_NAME, "phone": CANARY_PHONE},
        "classification": {"category": "price"},
        "content": CANARY_WORDS,
    }
