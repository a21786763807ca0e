"""What followup tells the world: what was said to the complainant, and what came back."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.envelope import Contract
from shared.contracts.words import Code, OpaqueId, UnitPath


class NoticeSentV1(Contract):
    """The complainant was told something: acknowledgement, progress, result, thanks."""

    TYPE: ClassVar[str] = "kesu.followup.notice_sent.v1"

    complaint_id: UUID
    notice_id: UUID
    kind: Code
    channel: Code
    sent_at: datetime


class ObligationOwedV1(Contract):
    """The clock of something owed to the complainant began to count (F20)."""

    TYPE: ClassVar[str] = "kesu.followup.obligation_owed.v1"

    complaint_id: UUID
    obligation: Code
    due_at: datetime
    row: Code


class ObligationWarnedV1(Contract):
    """`percent` of the time for it is gone."""

    TYPE: ClassVar[str] = "kesu.followup.obligation_warned.v1"

    complaint_id: UUID
    obligation: Code
    percent: int
    due_at: datetime


class ObligationEndedV1(Contract):
    """It was paid (`met`), in time or `late`, or lost its purpose."""

    TYPE: ClassVar[str] = "kesu.followup.obligation_ended.v1"

    complaint_id: UUID
    obligation: Code
    met: bool
    late: bool


class ObligationOverdueV1(Contract):
    """Something owed to the complainant passed its due moment unpaid."""

    TYPE: ClassVar[str] = "kesu.followup.obligation_overdue.v1"

    complaint_id: UUID
    obligation: Code
    due_at: datetime


class ReplyDeliveredV1(Contract):
    """The hotline has the written reply (TELE-13)."""

    TYPE: ClassVar[str] = "kesu.followup.reply_delivered.v1"

    complaint_id: UUID
    ticket: OpaqueId
    delivered_at: datetime


class CallbackDueV1(Contract):
    """We owe this customer a call by `due_at` (AUTO-65), not before `call_from`."""

    TYPE: ClassVar[str] = "kesu.followup.callback_due.v1"

    callback_id: UUID
    complaint_id: UUID | None = None
    visit_id: UUID | None = None
    campaign: Code
    unit: UnitPath
    due_at: datetime
    row: Code
    call_from: datetime | None = None


class CallbackWarnedV1(Contract):
    """`percent` of the time for the call is gone."""

    TYPE: ClassVar[str] = "kesu.followup.callback_warned.v1"

    callback_id: UUID
    complaint_id: UUID | None = None
    campaign: Code
    unit: UnitPath
    percent: int
    due_at: datetime


class CallbackAttemptedV1(Contract):
    TYPE: ClassVar[str] = "kesu.followup.callback_attempted.v1"

    callback_id: UUID
    complaint_id: UUID | None = None
    attempt: int
    result_code: Code


class CallbackCompletedV1(Contract):
    TYPE: ClassVar[str] = "kesu.followup.callback_completed.v1"

    callback_id: UUID
    complaint_id: UUID | None = None
    campaign: Code
    score: int
    completed_at: datetime
    late: bool
    satisfied: bool | None = None


class CallbackExcludedV1(Contract):
    """No call will be made, by a coded reason or because attempts are exhausted (Q08)."""

    TYPE: ClassVar[str] = "kesu.followup.callback_excluded.v1"

    callback_id: UUID
    complaint_id: UUID | None = None
    reason_code: Code


class CallbackOverdueV1(Contract):
    TYPE: ClassVar[str] = "kesu.followup.callback_overdue.v1"

    callback_id: UUID
    complaint_id: UUID | None = None
    campaign: Code
    unit: UnitPath
    due_at: datetime


class OverdueStepTakenV1(Contract):
    """A step after a due moment was taken, once (F28); the pack's row says whom it tells."""

    TYPE: ClassVar[str] = "kesu.followup.overdue_step_taken.v1"

    complaint_id: UUID | None = None
    callback_id: UUID | None = None
    clock: Code
    step: int
    does: Code


class SatisfactionRecordedV1(Contract):
    TYPE: ClassVar[str] = "kesu.followup.satisfaction_recorded.v1"

    complaint_id: UUID
    callback_id: UUID | None = None
    score: int
    satisfied: bool


class DissatisfiedV1(Contract):
    """The answer did not satisfy: before closing back to handling, after it reopens."""

    TYPE: ClassVar[str] = "kesu.followup.dissatisfied.v1"

    complaint_id: UUID
    callback_id: UUID | None = None
    score: int


class ClosingSettledV1(Contract):
    TYPE: ClassVar[str] = "kesu.followup.closing_settled.v1"

    complaint_id: UUID
    round: int


class ClosingUnsettledV1(Contract):
    TYPE: ClassVar[str] = "kesu.followup.closing_unsettled.v1"

    complaint_id: UUID
    round: int
    open_items: list[Code]


FACTS: tuple[type[Contract], ...] = (
    NoticeSentV1,
    ObligationOwedV1,
    ObligationWarnedV1,
    ObligationEndedV1,
    ObligationOverdueV1,
    ReplyDeliveredV1,
    CallbackDueV1,
    CallbackWarnedV1,
    CallbackAttemptedV1,
    CallbackCompletedV1,
    CallbackExcludedV1,
    CallbackOverdueV1,
    OverdueStepTakenV1,
    SatisfactionRecordedV1,
    DissatisfiedV1,
    ClosingSettledV1,
    ClosingUnsettledV1,
)
