"""Door 3: a due timer's name as a command. Names are `claim:<id>:clock:<clock>:…`."""

from datetime import datetime
from uuid import UUID

from services.compensation_service.domain.commands import Command, PassMoment


def moment_of(name: str, due_at: datetime) -> Command:
    """The approval clock of the claim that the name speaks of."""
    return PassMoment(claim_id=UUID(name.split(":")[1]), due_at=due_at)
