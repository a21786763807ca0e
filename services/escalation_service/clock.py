"""Door 3: which command a due moment of a case is."""

from datetime import datetime

from services.escalation_service.domain.commands import EndClosingRound, PassTime


def moment_of(name: str, _due_at: datetime) -> PassTime | EndClosingRound:
    """`clock:resolve:warn:75` passes time for a clock, `closing:2` ends a round."""
    kind, subject, *_ = name.split(":")
    if kind == "closing":
        return EndClosingRound(round=int(subject))
    return PassTime(clock=subject)
