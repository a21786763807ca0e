"""What may be asked of a case: by a person, by a neighbour's fact, by the clock."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.escalation_service.domain.case import Known, RemedyOffered, TextRef


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """Intake registered something; only a complaint opens a case."""

    complaint_id: UUID
    known: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRecord:
    by: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassify:
    kind: str
    classification: dict[str, str]
    severity: str | None
    flags: tuple[str, ...]
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend:
    attributes: dict[str, str | int | bool]
    accused: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """It is a complaint after all; clocks count from the first receipt."""

    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRepeat:
    linked: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteClaim:
    claim_id: UUID
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReview:
    """Compensation asks that somebody look at a claim."""

    claim_id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTold:
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDissatisfied:
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClosing:
    round: int
    service: str
    open_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PassTime:
    """A moment of this clock came."""

    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndClosingRound:
    """Not everybody answered in time."""

    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCustody:
    unit: str
    person: str | None
    reason_code: str
    exchange: tuple[str, ...] = ()
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptCustody:
    """`earlier_handlers`: who handled the complaints this one repeats."""

    offer_id: UUID
    exchange: tuple[str, ...] = ()
    earlier_handlers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnCustody:
    offer_id: UUID
    reason_code: str
    duty_unit: str | None = None
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arbitrate:
    unit: str
    person: str | None
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateCase:
    """MALL-42: not understood, or beyond what I may decide. A flag of the vocabulary re-routes."""

    reason_code: str
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAssistance:
    item: str
    unit: str
    must_answer: bool
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveAssistance:
    task_id: UUID
    outcome: str
    result: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseClock:
    clock: str
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeClock:
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFinding:
    substantiated: str
    cause: str
    fault_confirmed: bool
    accused: tuple[str, ...]
    text: TextRef
    attributes: dict[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeResolution:
    remedies: tuple[RemedyOffered, ...]
    final: bool
    expected_by: datetime | None
    text: TextRef


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptResolution:
    resolution_id: UUID
    evidence: str
    evidence_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectResolution:
    resolution_id: UUID
    reason_code: str
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteResolution:
    resolution_id: UUID
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClosing:
    outcome: str | None
    cause: str | None
    questions: dict[str, bool] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    summary: TextRef | None = None


Heard: TypeAlias = (
    ConfirmRecord
    | Reclassify
    | Amend
    | Promote
    | LinkRepeat
    | Withdraw
    | NoteClaim
    | NoteReview
    | NoteTold
    | NoteDissatisfied
    | AnswerClosing
)
"""What neighbours' facts ask: never refused (decision 4)."""

Asked: TypeAlias = (
    OfferCustody
    | AcceptCustody
    | ReturnCustody
    | Arbitrate
    | EscalateCase
    | AskAssistance
    | GiveAssistance
    | PauseClock
    | ResumeClock
    | RecordFinding
    | ProposeResolution
    | AcceptResolution
    | RejectResolution
    | ExecuteResolution
    | AskClosing
)
"""What persons ask."""

Command: TypeAlias = OpenCase | Heard | PassTime | EndClosingRound | Asked
