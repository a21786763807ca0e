"""What insights shows: lines of the queue, a timeline, counts, the board, corrective actions."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    model_config = ConfigDict(frozen=True)


class WordView(View):
    code: str
    label: str


class QueueItem(View):
    """One complaint in the queue: what is due next, and what it waits for."""

    complaint_id: UUID
    reference: str
    unit: str
    unit_label: str
    kind: str
    content: str
    channel: str
    severity: str
    tier: str
    status: str
    status_label: str
    holder_unit: str
    holder_unit_label: str
    holder_person: str | None
    next_clock: str | None
    next_due_at: datetime | None
    warned: bool
    breached: bool
    waiting_for: list[WordView]
    opened_at: datetime | None


class QueuePage(View):
    items: list[QueueItem]
    next: str | None


class TimelineItem(View):
    """One fact about a complaint, as it was told: when, by whom, which codes."""

    event_id: UUID
    at: datetime
    service: str
    type: str
    label: str
    actor: str
    subject: UUID
    sequence: int
    codes: dict[str, object]


class TimelinePage(View):
    complaint_id: UUID
    reference: str
    items: list[TimelineItem]
    next: str | None


class CountRow(View):
    """The counts of one group. `paid_minor` in minor units of the organisation's currency."""

    group: str
    label: str
    registered: int
    closed: int
    breached: int
    reopened: int
    withdrawn: int
    escalated: int
    dissatisfied: int
    paid_minor: int


class CountsView(View):
    """Counts by local day, both ends included."""

    since: date
    until: date
    group_by: str
    currency: str
    rows: list[CountRow]
    total: CountRow


class BoardView(View):
    """What is pressing in my units now."""

    at: datetime
    open: int
    due_today: int
    breached: int
    waiting_confirmation: int
    waiting_acceptance: int
    waiting_approval: int
    waiting_payment: int
    waiting_signature: int
    callbacks_due_today: int
    callbacks_overdue: int
    custody_gaps: int
    actions_overdue: int


class ActionView(View):
    """A corrective action. `what` and `proof` are what people wrote."""

    action_id: UUID
    complaint_id: UUID | None
    cause: str
    unit: str
    owner: str
    due_at: datetime
    standing: str
    standing_label: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    effective: bool | None
    what: str | None
    proof: str | None


class ActionItem(View):
    """One line of the list of corrective actions."""

    action_id: UUID
    complaint_id: UUID | None
    cause: str
    unit: str
    owner: str
    due_at: datetime
    standing: str
    standing_label: str


class ActionPage(View):
    items: list[ActionItem]
    next: str | None


class ActionReceipt(View):
    """Where a corrective action stands after what was recorded."""

    action_id: UUID
    standing: str
    due_at: datetime
    effective: bool | None
