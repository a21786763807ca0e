"""What escalation tells about time: its named promises, armed, paused, met and missed."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Contract
from shared.contracts.words import Code


class ClockStartedV1(Contract):
    """A named promise of time was armed; `due_at` is absolute, by calendar `calendar`."""

    TYPE: ClassVar[str] = "kesu.escalation.clock_started.v1"

    complaint_id: UUID
    clock: Code
    round: int
    started_at: datetime
    due_at: datetime
    calendar: Code
    row: Code


class ClockPausedV1(Contract):
    TYPE: ClassVar[str] = "kesu.escalation.clock_paused.v1"

    complaint_id: UUID
    clock: Code
    round: int
    reason_code: Code
    paused_at: datetime


class ClockResumedV1(Contract):
    TYPE: ClassVar[str] = "kesu.escalation.clock_resumed.v1"

    complaint_id: UUID
    clock: Code
    round: int
    resumed_at: datetime
    due_at: datetime


class ClockMetV1(Contract):
    TYPE: ClassVar[str] = "kesu.escalation.clock_met.v1"

    complaint_id: UUID
    clock: Code
    round: int
    met_at: datetime
    late: bool


class ClockWarnedV1(Contract):
    """`percent` of the time is gone."""

    TYPE: ClassVar[str] = "kesu.escalation.clock_warned.v1"

    complaint_id: UUID
    clock: Code
    round: int
    percent: int
    due_at: datetime


class ClockBreachedV1(Contract):
    """The due moment passed unmet."""

    TYPE: ClassVar[str] = "kesu.escalation.clock_breached.v1"

    complaint_id: UUID
    clock: Code
    round: int
    due_at: datetime


FACTS: tuple[type[Contract], ...] = (
    ClockStartedV1,
    ClockPausedV1,
    ClockResumedV1,
    ClockMetV1,
    ClockWarnedV1,
    ClockBreachedV1,
)
