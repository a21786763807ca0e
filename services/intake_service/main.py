"""Intake's app: its doors, its problems, what it needs to answer."""

from pathlib import Path

from services.intake_service import (
    api,
    api_changes,
    api_customers,
    api_hotline,
    api_policy,
    api_reading,
    api_versions,
)
from services.intake_service.blinding import Blind
from services.intake_service.handler import Intake
from services.intake_service.hotline import Hotlines, lines_of
from services.intake_service.policies import Policies
from services.intake_service.references import References
from services.intake_service.settings import IntakeSettings
from services.intake_service.signatures import Signatures
from services.intake_service.store import complaints, customer_files, policy_versions, visits
from shared.plumbing.applying import TRANSIENT
from shared.plumbing.http import Cursors
from shared.plumbing.http import create_app as open_app
from shared.plumbing.inbox import Premature
from shared.plumbing.running import Parts
from shared.plumbing.web.app import ServiceApp

SETTINGS = IntakeSettings
DOORS = (
    api.doors,
    api_changes.doors,
    api_reading.doors,
    api_policy.doors,
    api_versions.doors,
    api_customers.doors,
    api_hotline.doors,
)
DESCRIPTION = (
    "Complaints as customers made them: registered, confirmed, classified, linked. Keeps who the "
    "complainant is; tells the other services ids, codes and moments only."
)


def create_app(parts: Parts) -> ServiceApp:
    """The app of one process. Raises BadPack for a policy that would decide wrongly."""
    settings = parts.settings
    app = open_app(
        service="intake",
        title="Kesu intake",
        description=DESCRIPTION,
        doors=DOORS,
        settings=settings,
        health=parts.health(Path(__file__).parent),
        problems=Path(__file__).with_name("problems.yaml"),
        unavailable_on=(*TRANSIENT, Premature),
    )
    intake = app.state.intake = service_of(parts)
    app.state.hotlines = Hotlines(
        intake=intake,
        signatures=Signatures([each.get_secret_value() for each in settings.hotline_secrets]),
        lines=lines_of(intake.packs.organisations),
    )
    app.state.policies = Policies(
        shell=parts.shell, uptake=parts.uptake, versions=policy_versions(parts.packs)
    )
    app.state.cursors = Cursors(settings.cursor_key.get_secret_value())
    return app


def service_of(parts: Parts) -> Intake:
    """The service with its packs read and proved."""
    settings = parts.settings
    assert isinstance(settings, IntakeSettings), "loaded with this module's SETTINGS"
    packs = parts.packs
    return Intake(
        shell=parts.shell,
        packs=packs,
        blind=Blind(settings.blind_key.get_secret_value()),
        references=References(parts.pool),
        complaints=complaints(packs),
        customers=customer_files(),
        visits=visits(),
    )
