"""What can happen to a followup. Clock events are the kernel's own, under their own names."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.followup_service.domain.state import (
    Answers,
    Attempt,
    Callback,
    Notice,
    ReplyPart,
    Subject,
)
from shared.kernel.clocks import (
    ClockBreached,
    ClockCancelled,
    ClockMet,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStepTaken,
    ClockWarned,
)

ClockEvent: TypeAlias = (
    ClockPaused
    | ClockResumed
    | ClockMet
    | ClockCancelled
    | ClockWarned
    | ClockBreached
    | ClockStepTaken
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupOpened:
    subject: Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderChanged:
    """Another unit has the case; its people see what is owed."""

    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectReclassified:
    """What the pack's rows may test changed; the values after the change."""

    kind: str
    category: str
    workflow: str
    severity: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseNoted:
    """What an acknowledgement may name: by when the case is to be settled."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationArmed:
    """A clock of what we owe began to count; `due_at` is absolute."""

    started: ClockStarted
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeOwed:
    """The pack's row says that this must be told."""

    code: str
    row: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRecorded:
    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOwed:
    """A hotline waits for the written reply to its ticket."""

    ticket: str
    row: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWritten:
    parts: tuple[ReplyPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDelivered:
    delivered_at: datetime
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackArmed:
    """We owe a call; its clock counts from the trigger."""

    callback: Callback
    started: ClockStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackNeverDue:
    """A call would have been owed, but the customer is left out by a coded reason (Q08)."""

    callback: Callback
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAttempted:
    """`next_at` is the earliest moment of another try."""

    callback_id: UUID
    attempt: Attempt
    next_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCompleted:
    callback_id: UUID
    attempt: int
    answers: Answers
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackExcluded:
    callback_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRefused:
    """The customer was reached and did not want to talk."""

    callback_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackExhausted:
    """Tried as often as the campaign says, in vain."""

    callback_id: UUID
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SatisfactionRecorded:
    callback_id: UUID
    score: int
    satisfied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissatisfied:
    """The answer did not satisfy; whatever comes next must be told anew."""

    callback_id: UUID
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingSettled:
    """Nothing is open here: frozen until the closing is decided."""

    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingUnsettled:
    round: int
    open_items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupThawed:
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupClosed:
    """The case is closed; what was owed before it is owed no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupReopened:
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupWithdrawn:
    """Every open obligation ended."""


Event: TypeAlias = (
    FollowupOpened
    | HolderChanged
    | SubjectReclassified
    | PromiseNoted
    | ObligationArmed
    | NoticeOwed
    | NoticeRecorded
    | ReplyOwed
    | ReplyWritten
    | ReplyDelivered
    | CallbackArmed
    | CallbackNeverDue
    | CallbackAttempted
    | CallbackCompleted
    | CallbackExcluded
    | CallbackRefused
    | CallbackExhausted
    | SatisfactionRecorded
    | Dissatisfied
    | ClosingSettled
    | ClosingUnsettled
    | FollowupThawed
    | FollowupClosed
    | FollowupReopened
    | FollowupWithdrawn
    | ClockEvent
)
