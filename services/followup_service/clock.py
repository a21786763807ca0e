"""Due moments of followup: every timer asks the same, `decide` reads the clocks."""

from datetime import datetime

from services.followup_service.domain.commands import PassMoment


def moment_of(_name: str, _due_at: datetime) -> PassMoment:
    """The command of a due timer."""
    return PassMoment()
