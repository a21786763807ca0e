"""Compensation's HTTP front, put together."""

from pathlib import Path

from services.compensation_service.api import claims
from services.compensation_service.api_cases import cases
from services.compensation_service.api_delegations import delegations as delegating
from services.compensation_service.api_ledger import ledger
from services.compensation_service.api_promises import promises
from services.compensation_service.handler import Compensation
from services.compensation_service.store import Shelf, delegations, dossiers
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
    app = app_of(
        service="compensation",
        title="Kesu compensation 補償授權",
        description="What is given to a complainant, who may decide it, and the books about it.",
        doors=(promises, claims, cases, delegating, ledger),
        settings=settings,
        health=parts.health(Path(__file__).parent),
        problems=PROBLEMS,
        unavailable_on=(*TRANSIENT, Premature),
    )
    shelf = Shelf(parts.packs, parts.time)
    app.state.compensation = Compensation(
        shell=parts.shell,
        shelf=shelf,
        dossiers=dossiers(shelf),
        delegations=delegations(shelf),
        cursors=Cursors(settings.cursor_key.get_secret_value()),
    )
    return app
