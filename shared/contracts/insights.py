"""What insights tells the world: what is changed so that it does not recur."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Contract
from shared.contracts.words import Code, UnitPath


class CorrectiveActionOpenedV1(Contract):
    TYPE: ClassVar[str] = "kesu.insights.corrective_action_opened.v1"

    action_id: UUID
    complaint_id: UUID | None = None
    cause: Code
    unit: UnitPath
    due_at: datetime


class CorrectiveActionOverdueV1(Contract):
    """The due moment passed and it is not done."""

    TYPE: ClassVar[str] = "kesu.insights.corrective_action_overdue.v1"

    action_id: UUID
    complaint_id: UUID | None = None
    unit: UnitPath
    due_at: datetime


class CorrectiveActionClosedV1(Contract):
    TYPE: ClassVar[str] = "kesu.insights.corrective_action_closed.v1"

    action_id: UUID
    effective: bool
    complaint_id: UUID | None = None


FACTS: tuple[type[Contract], ...] = (
    CorrectiveActionOpenedV1,
    CorrectiveActionOverdueV1,
    CorrectiveActionClosedV1,
)
