"""What a record makes of its neighbours' word and of time: total, never a refusal (decision 4)."""

from typing import assert_never

from services.intake_service.domain import confirming
from services.intake_service.domain.commands import (
    AnswerClosing,
    ByKesu,
    CloseRecord,
    Thaw,
    Tick,
)
from services.intake_service.domain.complaint import Complaint
from services.intake_service.domain.events import (
    ClosingSettled,
    ClosingUnsettled,
    Event,
    RecordClosed,
    Thawed,
)
from services.intake_service.domain.words import EvidenceState, Status
from shared.kernel.occasion import Occasion
from shared.kernel.policy.pack import Pack

AWAITING_CONFIRMATION = "awaiting-confirmation"
EVIDENCE_EXPECTED = "evidence-expected"
FORM_INCOMPLETE = "form-incomplete"


def hear(state: Complaint, command: ByKesu, occasion: Occasion, pack: Pack) -> list[Event]:
    """The events that follow, or none."""
    match command:
        case AnswerClosing():
            return [_answer(state, command.round)]
        case Thaw():
            thaws = state.frozen or (command.reopened and state.status is Status.CLOSED)
            return [Thawed(reopened=command.reopened)] if thaws else []
        case CloseRecord():
            return [] if state.settled else [RecordClosed(round=command.round)]
        case Tick():
            return [*confirming.ticked(pack, state, at=occasion.at)]
        case _:
            assert_never(command)


def open_items(state: Complaint) -> tuple[str, ...]:
    """What is still open here and keeps the case from closing; none once withdrawn."""
    if state.status is Status.WITHDRAWN:
        return ()
    found = {
        AWAITING_CONFIRMATION: state.status is Status.AWAITING_CONFIRMATION,
        EVIDENCE_EXPECTED: any(e.state is EvidenceState.EXPECTED for e in state.evidence),
        FORM_INCOMPLETE: bool(state.missing),
    }
    return tuple(item for item, still in found.items() if still)


def _answer(state: Complaint, round_: int) -> ClosingSettled | ClosingUnsettled:
    items = open_items(state)
    if items:
        return ClosingUnsettled(round=round_, open_items=items)
    return ClosingSettled(round=round_)
