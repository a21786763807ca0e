"""Insights' HTTP front, put together."""

from pathlib import Path

from services.insights_service.api import boards
from services.insights_service.api_actions import corrective_actions
from services.insights_service.handler import Desk, names_of
from services.insights_service.store import actions
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
        service="insights",
        title="Kesu insights 統計",
        description="What is due, late and waiting; what happened; what is to change.",
        doors=(boards, corrective_actions),
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
        actions=actions(packs),
        cursors=Cursors(settings.cursor_key.get_secret_value()),
        names=names_of(packs),
    )
    return app
