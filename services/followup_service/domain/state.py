"""A followup as it stands: what is owed to one complainant, what was said, whom we must call."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.kernel.clocks import Clock
from shared.kernel.occasion import Actor
from shared.kernel.policy.routing import RoutingFacts

CALLBACK_CLOCK = "callback:"
"""A callback's clock is named after its campaign: `callback:after-service`."""


class Status(StrEnum):
    """Where the complaint stands, as far as followup has heard."""

    OPEN = "open"
    FROZEN = "frozen"  # asked whether it may close, and answered: settled
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class CallbackStatus(StrEnum):
    """Where one callback stands. All but `DUE` settle it (decision 25)."""

    DUE = "due"
    COMPLETED = "completed"
    EXCLUDED = "excluded"  # by a coded reason
    EXHAUSTED = "exhausted"  # tried as often as the campaign says
    REFUSED = "refused"  # reached, and did not want to talk


class AttemptResult(StrEnum):
    """What came of one try."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    RESCHEDULED = "rescheduled"  # reached, asked for another moment; does not use up a try
    REFUSED = "refused"


class ReplyStage(StrEnum):
    """How far the written reply to a hotline's ticket has come (TELE-13)."""

    RECEIVED = "received"
    ACKED = "acked"
    ANSWERED = "answered"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRef:
    """Something a person typed, which lives in `texts`; `commitment` is a salted SHA-256."""

    id: UUID
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom it is about, in ids and codes: a complaint, or a service visit without one."""

    id: UUID
    visit: bool
    reference: str
    unit: str
    received_at: datetime
    policy: str
    kind: str = "complaint"
    channel: str = ""
    complainant_type: str = ""
    member: bool = False
    customer: str | None = None
    category: str = ""
    workflow: str = ""
    severity: str = ""
    flags: tuple[str, ...] = ()
    reopened: int = 0
    hotline_ticket: str | None = None

    @property
    def facts(self) -> RoutingFacts:
        """What the rows of a pack may test about it."""
        return RoutingFacts(
            kind=self.kind,
            channel=self.channel,
            complainant_type=self.complainant_type,
            category=self.category,
            workflow=self.workflow,
            severity=self.severity,
            reopened=self.reopened,
            flags=frozenset(self.flags),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A clock and its due moment; followup's clocks never pause, so the moment stands."""

    clock: Clock
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """A notice the pack says we owe. `paid_by` is the notice that paid it."""

    code: str
    row: str
    since: datetime
    paid_at: datetime | None = None
    paid_by: UUID | None = None
    waived: bool = False

    @property
    def open(self) -> bool:
        """Whether it is still owed."""
        return self.paid_at is None and not self.waived


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The complainant was told something. `handler` and `promised_at` are on its receipt."""

    id: UUID
    kind: str
    channel: str
    sent_at: datetime
    by: str
    handler: str | None = None
    promised_at: datetime | None = None
    said: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPart:
    """One part of the written reply, such as its process or its result."""

    code: str
    text: TextRef


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReply:
    """The written reply owed for a hotline's ticket; `row` is "" when the pack has no such row."""

    ticket: str
    row: str
    owed_at: datetime
    stage: ReplyStage = ReplyStage.RECEIVED
    parts: tuple[ReplyPart, ...] = ()
    answered_by: str | None = None
    answered_at: datetime | None = None
    delivered_at: datetime | None = None
    receipt: str | None = None
    waived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to reach the customer; `quiet`: it was made in the pack's quiet hours."""

    number: int
    at: datetime
    by: str
    result: AttemptResult
    quiet: bool = False
    said: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The answer to one question that has a scale."""

    question: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The answer to one question that offers words."""

    question: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the customer said to a questionnaire; `total` sums the counted scores."""

    scores: tuple[Score, ...]
    choices: tuple[Choice, ...]
    words: tuple[ReplyPart, ...]
    total: int
    satisfied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One call we owe. `round` counts the campaign's calls in this followup.

    `call_from` is the earliest sensible slot (Q07), after a try the next one.
    """

    id: UUID
    campaign: str
    round: int
    row: str
    gate: str
    unit: str
    role: str
    triggered_at: datetime
    call_from: datetime
    due_at: datetime
    status: CallbackStatus = CallbackStatus.DUE
    overdue: bool = False
    attempts: tuple[Attempt, ...] = ()
    reason: str | None = None
    answers: Answers | None = None
    settled_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether we still owe this call."""
        return self.status is CallbackStatus.DUE

    @property
    def tries(self) -> int:
        """How many attempts count against the campaign's maximum."""
        return sum(a.result is not AttemptResult.RESCHEDULED for a in self.attempts)

    @property
    def reached(self) -> bool:
        """Whether the customer was on the line, whatever they said (Q08)."""
        spoke = {AttemptResult.RESCHEDULED, AttemptResult.REFUSED}
        return self.answers is not None or any(a.result in spoke for a in self.attempts)

    @property
    def clock(self) -> str:
        """The name of its clock."""
        return CALLBACK_CLOCK + self.campaign


@dataclass(frozen=True, kw_only=True)  # no slots: replaced at every event
class Followup:
    """The aggregate. `holder` is the unit that has the case; `round` the closing round answered."""

    subject: Subject
    holder: str
    status: Status = Status.OPEN
    round: int = 0
    clocks: tuple[Timed, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    notices: tuple[Notice, ...] = ()
    reply: WrittenReply | None = None
    callbacks: tuple[Callback, ...] = ()
    told_at: datetime | None = None
    """When the complainant was told the present result; None again after a reopening."""
    promised_at: datetime | None = None
    """By when the case is to be settled, as escalation's clocks say."""

    def seen_by(self, actor: Actor) -> bool:
        """Whether the actor acts for the unit that recorded it or the unit that has it."""
        return actor.sees(self.subject.unit) or actor.sees(self.holder)

    def callback(self, callback_id: UUID) -> Callback | None:
        """The callback with this id, or None."""
        return next((known for known in self.callbacks if known.id == callback_id), None)

    def timed(self, name: str) -> Timed | None:
        """The newest clock of this name, or None."""
        named = (timed for timed in reversed(self.clocks) if timed.clock.name == name)
        return next(named, None)

    def callback_of(self, clock: str, round_: int) -> Callback | None:
        """The callback that a clock of this name and round is for; None: it is not a callback's."""
        found = (c for c in self.callbacks if c.clock == clock and c.round == round_)
        return next(found, None)
