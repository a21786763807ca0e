"""Followup's HTTP front, put together."""

from pathlib import Path

from services.followup_service.api import complaints
from services.followup_service.api_callbacks import callbacks
from services.followup_service.handler import Desk
from services.followup_service.store import followups
from shared.plumbing.applying import TRANSIENT
from shared.plumbing.http import Cursors
from shared.plumbing.http import create_app as app_of
from shared.plumbing.inbox import Premature
from shared.plumbing.running import Parts
from shared.plumbing.settings import Settings
from shared.plumbing.web.app import ServiceApp

SETTINGS = Settings
PROBLEMS = Path(__file__).with_name("problems.yaml")


def create_app(parts: Parts) -> ServiceApp:
    """The app of this process. Raises BadPack."""
    settings = parts.settings
    packs = parts.packs
    app = app_of(
        service="followup",
        title="Kesu followup 回訪",
        description="What we owe a complainant after the first word, and whether it was paid.",
        doors=(complaints, callbacks),
        settings=settings,
        health=parts.health(Path(__file__).parent),
        problems=PROBLEMS,
        unavailable_on=(*TRANSIENT, Premature),
    )
    app.state.desk = Desk(
        pool=parts.pool,
        shell=parts.shell,
        time=parts.time,
        packs=packs,
        followups=followups(packs),
        cursors=Cursors(settings.cursor_key.get_secret_value()),
    )
    return app
