"""What followup shows: obligations, notices, callbacks, with due moments and labels."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    model_config = ConfigDict(frozen=True)


class ObligationView(View):
    """A notice owed. `text` is what the pack would have us say, in the reader's language."""

    code: str
    label: str
    row: str
    state: str
    state_label: str
    since: datetime
    due_at: datetime | None
    paid_at: datetime | None
    text: str


class ClockView(View):
    """A clock of what is owed, as it stands now."""

    name: str
    label: str
    round: int
    row: str
    state: str
    state_label: str
    started_at: datetime
    due_at: datetime


class NoticeView(View):
    """What the complainant was told, and the receipt that went with it."""

    notice_id: UUID
    kind: str
    label: str
    channel: str
    sent_at: datetime
    by: str
    handler: str | None
    promised_at: datetime | None
    said: str | None


class ReplyPartView(View):
    code: str
    text: str


class ReplyView(View):
    """The written reply to the hotline's ticket."""

    ticket: str
    stage: str
    stage_label: str
    row: str
    due_at: datetime | None
    answered_at: datetime | None
    delivered_at: datetime | None
    receipt: str | None
    parts: list[ReplyPartView]


class AttemptView(View):
    number: int
    at: datetime
    by: str
    result: str
    result_label: str
    quiet: bool
    said: str | None


class CallbackView(View):
    """One call we owe or owed. `complaint_id` is null after a service visit."""

    callback_id: UUID
    complaint_id: UUID | None
    visit_id: UUID | None
    campaign: str
    campaign_label: str
    row: str
    gate: str
    unit: str
    role: str
    status: str
    status_label: str
    reason: str | None
    reason_label: str | None
    triggered_at: datetime
    call_from: datetime
    due_at: datetime
    overdue: bool
    attempts: list[AttemptView]
    scores: dict[str, int]
    choices: dict[str, str]
    words: list[ReplyPartView]
    total: int | None
    satisfied: bool | None
    settled_at: datetime | None


class FollowupView(View):
    """Everything owed to one complainant."""

    complaint_id: UUID
    reference: str
    unit: str
    holder: str
    status: str
    status_label: str
    told_at: datetime | None
    promised_at: datetime | None
    obligations: list[ObligationView]
    clocks: list[ClockView]
    notices: list[NoticeView]
    reply: ReplyView | None
    callbacks: list[CallbackView]


class QueuedCallback(View):
    """One line of the calling queue; `callable` when its earliest slot has come."""

    callback_id: UUID
    complaint_id: UUID | None
    visit_id: UUID | None
    reference: str
    customer: str | None
    campaign: str
    unit: str
    role: str
    call_from: datetime
    due_at: datetime
    overdue: bool
    callable: bool
    attempts: int


class CallbackPage(View):
    items: list[QueuedCallback]
    next: str | None


class WordView(View):
    code: str
    label: str


class QuestionView(View):
    code: str
    type: str
    label: str
    low: int | None
    high: int | None
    words: list[WordView]
    required: bool


class ScriptView(View):
    """What to ask on the phone, in the reader's language, and the coded ways out."""

    callback_id: UUID
    campaign: str
    label: str
    questionnaire: str
    questions: list[QuestionView]
    exclusions: list[WordView]
    results: list[WordView]


class ExclusionCount(View):
    reason: str
    label: str
    callbacks: int


class CoverageView(View):
    """Callbacks triggered in a period (Q08): owed, attempted and reached, exclusions by code.

    `owed` leaves out the coded exclusions. Percentages are of `owed`; null when nothing is owed.
    """

    triggered: int
    members: int
    excluded: list[ExclusionCount]
    owed: int
    attempted: int
    reached: int
    completed: int
    overdue: int
    attempted_percent: float | None
    reached_percent: float | None


class NoticeReceipt(View):
    """The answer to a recorded notice: what goes on the complainant's receipt."""

    complaint_id: UUID
    reference: str
    notice_id: UUID
    kind: str
    sent_at: datetime
    handler: str | None
    promised_at: datetime | None


class ReplyReceipt(View):
    complaint_id: UUID
    ticket: str
    stage: str
    delivered_at: datetime | None


class CallbackReceipt(View):
    """Where a callback stands after what was recorded."""

    callback_id: UUID
    status: str
    reason: str | None
    attempts: int
    call_from: datetime
    due_at: datetime
    total: int | None
    satisfied: bool | None
