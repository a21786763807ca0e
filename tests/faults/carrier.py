"""A hotline's carrier with books of its own: it signs what it passes on, well or badly."""

import asyncio
import base64
import hmac
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import httpx
import orjson

from kesu.home import Home
from kesu.playing.player import AWAY
from tests.faults.clients import CALLED
from tests.faults.oracle.evidence import Ticket

PROVIDER = "180"
PATH = "/intake/v1/hotline/{}/tickets"
ATTEMPTS = 120
AGAIN_SECONDS = 0.25


Headers: TypeAlias = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A ticket as it is passed on: the same id and words at every attempt."""

    number: str
    id: str
    body: bytes


def message(rng: random.Random, **more: Any) -> Message:  # noqa: ANN401 whatever the body may say
    """A new ticket; `more` is added to its body."""
    number = f"F36-{rng.getrandbits(48):012x}"
    told = {
        "ticket": number,
        "called": CALLED,
        "caller": {"phone": f"137{rng.getrandbits(26):08d}"},
        "classification": {"category": "price"},
        "content": "等了很久沒有人理會",
    }
    return Message(number=number, id=f"msg_{uuid4().hex}", body=orjson.dumps(told | more))


def new_secret() -> str:
    """As Standard Webhooks spells one."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def signed(each: Message, secret: str, *, age: float = 0.0, body: bytes | None = None) -> Headers:
    """Headers for a message, stamped `age` seconds ago; `body` when other bytes are signed."""
    moment = str(int(time.time() - age))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = b".".join((each.id.encode(), moment.encode(), each.body if body is None else body))
    signature = base64.b64encode(hmac.digest(key, said, "sha256")).decode()
    return {
        "webhook-id": each.id,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
        "Content-Type": "application/json",
    }


@dataclass(slots=True, kw_only=True)
class Carrier:
    """Passes messages on to intake. `books` has an entry for every ticket that it may believe to
    be delivered in the end.
    """

    home: Home
    client: httpx.AsyncClient
    provider: str = PROVIDER
    books: dict[str, Ticket] = field(default_factory=dict)

    async def deliver(self, each: Message, secret: str) -> int:
        """Again and again with a new stamp until somebody answers; returns the last status."""
        for _ in range(ATTEMPTS):
            status = await self.once(each, signed(each, secret))
            if status not in {None, *AWAY}:
                break
            await asyncio.sleep(AGAIN_SECONDS)
        return status or 0

    async def once(self, each: Message, headers: Headers, body: bytes | None = None) -> int | None:
        """One attempt; a success goes into the books. None when nobody answered."""
        origin = f"http://127.0.0.1:{self.home.ports.service('intake')}"
        url = origin + PATH.format(self.provider)
        try:
            answer = await self.client.post(url, content=body or each.body, headers=headers)
        except httpx.TransportError:
            return None
        if answer.is_success:
            self._enter(each, answer)
        return answer.status_code

    def _enter(self, each: Message, answer: httpx.Response) -> None:
        told, before = answer.json(), self.books.get(each.number)
        self.books[each.number] = Ticket(
            number=each.number,
            message=each.id,
            deliveries=before.deliveries + 1 if before else 1,
            provider=self.provider,
            status=answer.status_code,
            complaint=UUID(told["complaint"]),
            reference=told["reference"],
        )
