"""Due moments of insights: a corrective action that is not done in time."""

from datetime import datetime

from services.insights_service.domain.corrective import PassMoment


def moment_of(_name: str, _due_at: datetime) -> PassMoment:
    """The command of a due timer."""
    return PassMoment()
