"""Door 3: a due moment of the confirmation clock becomes a command."""

from datetime import datetime

from services.intake_service.domain.commands import Tick


def moment_of(_name: str, _due_at: datetime) -> Tick:
    """Every timer of a complaint asks the same: what has the passing of time said?"""
    return Tick()
