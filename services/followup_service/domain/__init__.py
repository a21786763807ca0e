"""What followup decides: one aggregate, `Followup`, for a complaint or a service visit."""

from services.followup_service.domain.commands import Command
from services.followup_service.domain.events import Event
from services.followup_service.domain.evolving import evolve
from services.followup_service.domain.followup import decide
from services.followup_service.domain.rules import Rules
from services.followup_service.domain.state import Followup

__all__ = ["Command", "Event", "Followup", "Rules", "decide", "evolve"]
