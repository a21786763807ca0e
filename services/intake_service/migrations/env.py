"""Alembic's environment of intake's own history."""

from services.intake_service.tables import METADATA
from shared.plumbing.migrating import run

run(METADATA)
