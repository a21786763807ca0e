"""Followup's schema history."""

from services.followup_service.tables import METADATA
from shared.plumbing.migrating import run

run(METADATA)
