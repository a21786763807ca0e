"""Escalation's app: its doors, its problems, what it needs to answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from services.escalation_service import api, api_custody, api_registry, api_time, api_work
from services.escalation_service.assembling import assembled
from shared.plumbing.applying import TRANSIENT
from shared.plumbing.http import Cursors
from shared.plumbing.http import create_app as open_app
from shared.plumbing.inbox import Premature
from shared.plumbing.running import Parts
from shared.plumbing.settings import Settings
from shared.plumbing.web.app import ServiceApp

SETTINGS = Settings
DESCRIPTION = (
    "Who must act on a complaint now, until when, and what came of it: tiers, custody, help of "
    "other units, clocks, findings, resolutions and closing; units and persons as master data."
)


def create_app(parts: Parts) -> ServiceApp:
    """The app of one process. Raises BadPack for a policy that would decide wrongly."""
    service = assembled(parts)

    @asynccontextmanager
    async def living(_app: FastAPI) -> AsyncIterator[None]:
        await service.seed()
        keeping = asyncio.create_task(service.directory.keep())
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    app = open_app(
        service="escalation",
        title="Kesu escalation",
        description=DESCRIPTION,
        doors=[api.doors, api_custody.doors, api_time.doors, api_work.doors, api_registry.doors],
        settings=parts.settings,
        lifespan=living,
        health=parts.health(Path(__file__).parent),
        problems=Path(__file__).with_name("problems.yaml"),
        unavailable_on=(*TRANSIENT, Premature),
    )
    app.state.escalation = service
    app.state.cursors = Cursors(parts.settings.cursor_key.get_secret_value())
    return app
