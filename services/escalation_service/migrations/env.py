"""Escalation's schema history."""

from services.escalation_service.tables import METADATA
from shared.plumbing.migrating import run

run(METADATA)
