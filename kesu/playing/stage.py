"""A player for the Kesu that runs here: its documents, its personas' tokens, its hotline secret."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
from standardwebhooks.webhooks import Webhook

from kesu.commands._databases import admin_dsn
from kesu.commands.clock import length
from kesu.home import PROJECT, SERVICES, Home
from kesu.playing.catalogue import Operation, operations
from kesu.playing.player import Player, Told
from shared.plumbing.issuer import DevelopmentIssuer, personas_of
from shared.plumbing.settings import AUDIENCE, ISSUER

TOKEN_SECONDS = 3600
HOTLINE = "180"


@asynccontextmanager
async def stage(
    *, origin: str | None = None, tell: Callable[[Told], None] = lambda _: None
) -> AsyncIterator[Player]:
    """Opens a player against the running Kesu. Raises httpx.HTTPError when it does not answer."""
    home = Home.from_environment()
    async with httpx.AsyncClient(base_url=origin or home.address, timeout=30) as client:
        yield Player(
            client=client,
            operations=await _operations(client),
            headers_of=_headers(home),
            sign=signer(home.hotline_secret()),
            advance=advance_clock,
            tell=tell,
        )


async def _operations(client: httpx.AsyncClient) -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    for service in SERVICES:
        response = await client.get(f"/{service}/v1/openapi.json")
        response.raise_for_status()
        found |= operations(service, response.json())
    return found


def _headers(home: Home) -> Callable[[str, str], dict[str, str]]:
    issuer = DevelopmentIssuer(home.folder, issuer=ISSUER, audience=AUDIENCE)
    folder = Path(PROJECT / "organisations")
    personas = {(each.organisation, each.name): each for each in personas_of(folder)}
    tokens: dict[tuple[str, str], str] = {}

    def headers_of(organisation: str, persona: str) -> dict[str, str]:
        who = (organisation, persona)
        if who not in tokens:
            tokens[who] = issuer.token(personas[who], seconds=TOKEN_SECONDS)
        return {"Authorization": f"Bearer {tokens[who]}"}

    return headers_of


def signer(secret: str) -> Callable[[str, bytes], dict[str, str]]:
    """Signs raw bytes as Standard Webhooks 1.0 does, each attempt with its own timestamp."""
    webhook = Webhook(secret)

    def sign(message: str, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": webhook.sign(message, now, body.decode()),
        }

    return sign


async def advance_clock(by: str) -> None:
    """Moves business time forward, then gives the due timers a moment to fire."""
    connection = await asyncpg.connect(admin_dsn())
    try:
        await connection.execute("update platform.business_time set ahead = ahead + $1", length(by))
    finally:
        await connection.close()
    await asyncio.sleep(1.5)
