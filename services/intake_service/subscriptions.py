"""Door 2: what neighbours tell becomes commands on our record, or news of it, purely."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.intake_service.domain.commands import (
    AnswerClosing,
    ByKesu,
    CloseRecord,
    Thaw,
)
from services.intake_service.domain.standing import News
from shared.contracts import compensation, escalation, followup
from shared.contracts.envelope import Contract
from shared.plumbing.inbox import Received
from shared.plumbing.reacting import Reaction

TABLE = "complaints"
CALLBACK = "callback"


def commands_for(received: Received) -> list[Reaction]:
    """What a fact asks of the complaint it speaks of; nothing when it is not about one."""
    fact = received.contract
    complaint: UUID | None = getattr(fact, "complaint_id", None)
    if fact is None or complaint is None:
        return []
    return [Reaction(TABLE, complaint, command) for command in _commands(fact)]


def news_of(received: Received) -> tuple[UUID, News] | None:
    """Which complaint stands differently after this fact, and how; None when none does."""
    fact = received.contract
    complaint: UUID | None = getattr(fact, "complaint_id", None)
    news = _NEWS.get(type(fact)) if fact is not None else None
    return (complaint, news(fact)) if news and complaint else None


def _commands(fact: Contract) -> list[ByKesu]:
    match fact:
        case escalation.ClosingAskedV1():
            return [AnswerClosing(round=fact.round)]
        case escalation.ClosingFailedV1():
            return [Thaw(round=fact.round)]
        case escalation.CaseReopenedV1():
            return [Thaw(reopened=True)]
        case escalation.CaseClosedV1():
            return [CloseRecord(round=fact.round)]
        case _:
            return []


_NEWS: dict[type[Contract], Callable[[Any], News]] = {
    escalation.CaseOpenedV1: lambda f: News(status="opened", tier=f.tier, unit=f.unit),
    escalation.CaseRoutedV1: lambda f: News(status="routed", tier=f.tier),
    escalation.CustodyOfferedV1: lambda f: News(status="offered", offered_to=f.to_unit),
    escalation.CustodyAcceptedV1: lambda f: News(
        status="accepted", unit=f.unit, person=f.person, offered_to=""
    ),
    escalation.CustodyReturnedV1: lambda _f: News(status="returned", offered_to=""),
    escalation.CustodyArbitratedV1: lambda f: News(
        status="arbitrated", unit=f.unit, person=f.person or "", offered_to=""
    ),
    escalation.ClockStartedV1: lambda f: News(dues={f.clock: f.due_at}),
    escalation.ClockResumedV1: lambda f: News(dues={f.clock: f.due_at}),
    escalation.ClockPausedV1: lambda f: News(dues={f.clock: None}),
    escalation.ClockMetV1: lambda f: News(dues={f.clock: None}),
    escalation.CaseEscalatedV1: lambda f: News(status="escalated", tier=f.to_tier, unit=f.to_unit),
    escalation.FindingRecordedV1: lambda _f: News(status="investigated"),
    escalation.ResolutionProposedV1: lambda _f: News(status="resolution-proposed"),
    escalation.ResolutionAcceptedV1: lambda _f: News(status="resolution-accepted"),
    escalation.ResolutionRejectedV1: lambda _f: News(status="resolution-rejected"),
    escalation.ResolutionExecutedV1: lambda _f: News(status="executed"),
    escalation.ClosingAskedV1: lambda _f: News(status="closing"),
    escalation.ClosingFailedV1: lambda _f: News(status="closing-failed"),
    escalation.CaseClosedV1: lambda _f: News(status="closed"),
    escalation.CaseReopenedV1: lambda f: News(status="reopened", tier=f.tier, unit=f.unit),
    compensation.PromiseRecordedV1: lambda _f: News(promises=1),
    followup.NoticeSentV1: lambda f: News(told_at=f.sent_at),
    followup.ReplyDeliveredV1: lambda f: News(replied_at=f.delivered_at),
    followup.CallbackDueV1: lambda f: News(dues={CALLBACK: f.due_at}),
    followup.CallbackCompletedV1: lambda _f: News(dues={CALLBACK: None}),
    followup.CallbackExcludedV1: lambda _f: News(dues={CALLBACK: None}),
}
