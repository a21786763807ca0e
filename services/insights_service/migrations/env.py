"""Insights's schema history."""

from services.insights_service.tables import METADATA
from shared.plumbing.migrating import run

run(METADATA)
