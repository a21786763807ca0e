"""A player for the Kesu that runs here: its documents, its personas' tokens, its hotline secret."""

import asyncio
import base64
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
from standardwebhooks.webhooks import Webhook

from kesu.home import PROJECT, SERVICES, Home
from kesu.playing.cast import Cast
from kesu.playing.catalogue import Operation, operations
from kesu.playing.player import Player
from shared.plumbing.apikeys import digest, mint, remember
from shared.plumbing.database import SAMPLE_SECONDS
from shared.plumbing.issuer import DevelopmentIssuer, Persona
from shared.plumbing.settings import Settings

TOKEN_SECONDS = 12 * 3600
ANSWER_SECONDS = 30.0
POLICIES, ORGANISATIONS = PROJECT / "policies", PROJECT / "organisations"
KEYS = "scenario-keys.json"
MACHINE = "machine:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A player with its cast."""

    player: Player
    cast: Cast


@asynccontextmanager
async def stage(
    home: Home, dsn: str, *, origin: str | None = None, language: str = "en"
) -> AsyncIterator[Stage]:
    """Opens a player against a running Kesu. `dsn` is the administrator's, to move its clock.

    Raises httpx.HTTPError when it does not answer.
    """
    clock = BusinessClock(dsn)
    cast = Cast.load(POLICIES, ORGANISATIONS, datetime.now(UTC).date())
    async with httpx.AsyncClient(
        base_url=origin or home.address,
        timeout=ANSWER_SECONDS,
        headers={"Accept-Language": language},
    ) as client:
        found = await _operations(client)
        await clock.sample()
        player = Player(
            client=client,
            operations=found,
            headers_of=_headers(home, cast),
            sign=signer(home.hotline_secret()),
            now=lambda organisation: clock.now().astimezone(cast.zone(organisation)),
            advance=clock.advance,
        )
        yield Stage(player=player, cast=cast)


@dataclass(slots=True)
class BusinessClock:
    """Business time, as the database tells it; only the administrator moves it (decision 9)."""

    dsn: str = field(repr=False)
    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """Business time by the last sample."""
        return datetime.now(UTC) + self.ahead

    async def sample(self) -> None:
        """Asks the database anew."""
        await self._run("select ahead from platform.business_time")

    async def advance(self, by: timedelta) -> None:
        """Moves it forward and waits until every process has sampled it."""
        await self._run("update platform.business_time set ahead = ahead + $1 returning ahead", by)
        await asyncio.sleep(SAMPLE_SECONDS * 1.2)

    async def _run(self, statement: str, *values: timedelta) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            self.ahead = await connection.fetchval(statement, *values)
        finally:
            await connection.close()


def signer(secret: str) -> Callable[[str, bytes, bool], dict[str, str]]:
    """Signs raw bytes as Standard Webhooks 1.0 does, each attempt with its own timestamp."""
    webhook = Webhook(secret)
    forger = Webhook(f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}")

    def sign(message: str, body: bytes, forged: bool) -> dict[str, str]:
        now = datetime.now(UTC)
        by = forger if forged else webhook
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": by.sign(message, now, body.decode()),
        }

    return sign


async def _operations(client: httpx.AsyncClient) -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    for service in SERVICES:
        response = await client.get(f"/{service}/v1/openapi.json")
        response.raise_for_status()
        found |= operations(service, response.json())
    return found


def _headers(home: Home, cast: Cast) -> Callable[[str, str], dict[str, str]]:
    """Persons come with a token of the development issuer, machines with an API key."""
    settings = Settings().model_copy(update={"home": home.folder})
    issuer = DevelopmentIssuer(home.folder, issuer=settings.issuer, audience=settings.audience)
    known: dict[tuple[str, str], dict[str, str]] = {}

    def headers_of(organisation: str, name: str) -> dict[str, str]:
        who = (organisation, name)
        if who not in known:
            persona = cast.persona(*who)
            known[who] = (
                {"Kesu-Api-Key": _key(home, settings, persona)}
                if persona.person.startswith(MACHINE)
                else {"Authorization": f"Bearer {issuer.token(persona, seconds=TOKEN_SECONDS)}"}
            )
        return dict(known[who])

    return headers_of


def _key(home: Home, settings: Settings, persona: Persona) -> str:
    """The machine's API key, minted once for this home and kept beside the others' secrets."""
    place = home.folder / KEYS
    kept: dict[str, Any] = json.loads(place.read_text()) if place.exists() else {}
    name = f"{persona.organisation}-{persona.name}"
    if name not in kept:
        kept[name] = mint(name)
        partial = place.with_name(f"{KEYS}.{os.getpid()}")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(kept))
        partial.rename(place)
    row = {
        "id": name,
        "organisation": persona.organisation,
        "roles": list(persona.roles),
        "units": list(persona.units),
        "hmac": digest(kept[name], settings.api_key_pepper.get_secret_value().encode()).hex(),
    }
    remember(settings.api_keys_path, row)
    return str(kept[name])
