"""What followup can be asked to do: by neighbours' facts, by people, by due moments."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.followup_service.domain.state import (
    AttemptResult,
    Choice,
    ReplyPart,
    Score,
    Subject,
    TextRef,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFollowup:
    """A complaint was registered, or a customer was served (AUTO-65).

    `consent` and `reachable` hold for visits; who complains wants to hear from us.
    """

    subject: Subject
    registered_at: datetime
    consent: bool = True
    reachable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOccurrence:
    """Something happened to the complaint: one of `vocabulary.OCCURRENCES`."""

    occurrence: str
    at: datetime
    holder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteClassification:
    """Kind, classification, severity or flags were set anew; what is None is kept."""

    kind: str
    category: str | None = None
    workflow: str | None = None
    severity: str | None = None
    flags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePromise:
    """Escalation's clock says by when the case is to be settled."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """The complainant took it back; what was owed ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClosing:
    """May it close, in this round? (decision 17) `withdrawn`: because it was taken back."""

    round: int
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thaw:
    """The closing of this round failed."""

    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The case is closed; calls that follow the closing begin."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen:
    """The case is back in handling: a new result will be told anew."""

    unit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassMoment:
    """A due moment came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNotice:
    """The complainant was told something. `sent_at` None: now."""

    notice_id: UUID
    kind: str
    channel: str
    sent_at: datetime | None = None
    handler: str | None = None
    promised_at: datetime | None = None
    said: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteReply:
    """The written reply to the hotline, part by part, and its delivery when that is known."""

    parts: tuple[ReplyPart, ...]
    delivery: "Delivery | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The hotline took the reply: when, and the opaque number of its receipt. `at` None: now."""

    at: datetime | None
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverReply:
    """The written reply reached the hotline."""

    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAttempt:
    """Somebody called. `again_at` goes with `rescheduled` alone."""

    callback_id: UUID
    result: AttemptResult
    again_at: datetime | None = None
    said: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteCallback:
    """The customer answered the questionnaire; `words` are answers in their own words."""

    callback_id: UUID
    scores: tuple[Score, ...]
    choices: tuple[Choice, ...] = ()
    words: tuple[ReplyPart, ...] = ()
    said: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludeCallback:
    """No call will be made, by one of the campaign's coded reasons (Q08)."""

    callback_id: UUID
    reason: str


Command: TypeAlias = (
    OpenFollowup
    | NoteOccurrence
    | NoteClassification
    | NotePromise
    | Withdraw
    | AnswerClosing
    | Thaw
    | Close
    | Reopen
    | PassMoment
    | RecordNotice
    | WriteReply
    | DeliverReply
    | RecordAttempt
    | CompleteCallback
    | ExcludeCallback
)
