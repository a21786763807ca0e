"""Alembic's environment of compensation's own history."""

from services.compensation_service.tables import METADATA
from shared.plumbing.migrating import run

run(METADATA)
