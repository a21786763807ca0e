"""What insights tells the world: ids, codes and moments of corrective actions."""

from typing import assert_never

from services.insights_service.domain.corrective import (
    ActionClosed,
    ActionOpened,
    ActionOverdue,
    CorrectiveAction,
    Event,
)
from shared.contracts import insights as told
from shared.contracts.envelope import Contract
from shared.kernel.occasion import Occasion


def fact_of(event: Event, state: CorrectiveAction, _occasion: Occasion) -> Contract:
    """The one fact of an event."""
    match event:
        case ActionOpened():
            return told.CorrectiveActionOpenedV1(
                action_id=state.id,
                complaint_id=state.complaint,
                cause=state.cause,
                unit=state.unit,
                due_at=state.due_at,
            )
        case ActionOverdue(due_at=due_at):
            return told.CorrectiveActionOverdueV1(
                action_id=state.id,
                complaint_id=state.complaint,
                unit=state.unit,
                due_at=due_at,
            )
        case ActionClosed(effective=effective):
            return told.CorrectiveActionClosedV1(
                action_id=state.id, effective=effective, complaint_id=state.complaint
            )
        case _:
            assert_never(event)
