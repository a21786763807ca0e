"""What can have happened to a case. Who and when are the occasion's; free text is a reference."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.escalation_service.domain.case import Known, TextRef
from services.escalation_service.domain.outcomes import (
    CaseClosed,
    CaseReopened,
    CaseWithdrawn,
    ClaimNoted,
    ClosingAnswered,
    ClosingAsked,
    ClosingFailed,
    CustomerTold,
    FindingRecorded,
    ResolutionAccepted,
    ResolutionExecuted,
    ResolutionProposed,
    ResolutionRejected,
    TaskRaised,
)
from shared.kernel import clocks
from shared.kernel.policy.words import Because

__all__ = [
    "Amended",
    "AssistanceAsked",
    "AssistanceGiven",
    "CaseClosed",
    "CaseEscalated",
    "CaseOpened",
    "CaseReopened",
    "CaseRouted",
    "CaseSetAside",
    "CaseWithdrawn",
    "ClaimNoted",
    "ClockResumed",
    "ClockStarted",
    "ClosingAnswered",
    "ClosingAsked",
    "ClosingFailed",
    "ContactNoted",
    "CustodyAccepted",
    "CustodyArbitrated",
    "CustodyOffered",
    "CustodyReturned",
    "CustomerTold",
    "Event",
    "FindingRecorded",
    "FlagFound",
    "Reclassified",
    "RecordConfirmed",
    "RepeatLinked",
    "ResolutionAccepted",
    "ResolutionExecuted",
    "ResolutionProposed",
    "ResolutionRejected",
    "TaskRaised",
    "TierKept",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactNoted:
    """A contact that is no complaint: kept, so that it may be promoted later (F02)."""

    complaint_id: UUID
    known: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    """The recording unit holds custody from the first moment on (decision 16)."""

    complaint_id: UUID
    known: Known
    tier: str
    rung: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSetAside:
    """Triage found that it is no complaint after all."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConfirmed:
    """The record was confirmed, by a person or by rule `row`."""

    by: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassified:
    """What routing tests changed."""

    kind: str
    classification: dict[str, str]
    severity: str
    flags: tuple[str, ...]
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagFound:
    """A person here found out what routing may test; `flags` are all that are raised now."""

    flag: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """Attributes or the accused were corrected: the values after the change."""

    attributes: dict[str, str | int | bool]
    accused: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatLinked:
    """An earlier complaint about the same was linked."""

    linked: UUID
    repeats: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRouted:
    """Tier and unit under the rows in `because`, the deciding one first, and what they tested."""

    tier: str
    rung: str
    unit: str
    pack: str
    version: str
    because: tuple[Because, ...]
    facts: dict[str, str | int | tuple[str, ...]] = field(default_factory=dict)

    @property
    def rows(self) -> list[str]:
        """The ids of the rows that fired."""
        return [reason.row for reason in self.because]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierKept:
    """The facts now speak for a lower tier; a case never goes down by itself."""

    tier: str
    suggested: str
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEscalated:
    """One rung up, by a clock's step, a repeat, a dissatisfied complainant or a person."""

    from_tier: str
    to_tier: str
    rung: str
    unit: str
    reason_code: str
    row: str
    clock: str | None = None
    step: int | None = None
    barred: str | None = None
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyOffered:
    """Until somebody accepts, the giver stays responsible (N4)."""

    offer_id: UUID
    from_unit: str
    from_person: str | None
    unit: str
    role: str | None
    person: str | None
    reason_code: str
    exchange: tuple[str, ...] = ()
    accept_due_at: datetime | None = None
    note: TextRef | None = None
    row: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyAccepted:
    offer_id: UUID
    unit: str
    person: str
    exchange: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyReturned:
    """Sent back with a reason; with `arbiter_unit` it is for the arbiter to decide now."""

    offer_id: UUID
    from_unit: str
    to_unit: str
    to_person: str | None
    reason_code: str
    duty_unit: str | None
    returns: int
    row: str
    arbiter_unit: str | None = None
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyArbitrated:
    unit: str
    person: str | None
    row: str
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceAsked:
    task_id: UUID
    item: str
    unit: str
    role: str | None
    must_answer: bool
    clock: str | None
    clock_row: str | None
    due_at: datetime | None
    row: str | None = None
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistanceGiven:
    task_id: UUID
    outcome: str
    clock: str | None
    result: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStarted(clocks.ClockStarted):
    """The kernel's fact, with the due moment the calendar gives."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockResumed(clocks.ClockResumed):
    """The kernel's fact, with the due moment the calendar gives."""

    due_at: datetime


Event: TypeAlias = (
    ContactNoted
    | CaseOpened
    | CaseSetAside
    | RecordConfirmed
    | Reclassified
    | FlagFound
    | Amended
    | RepeatLinked
    | CaseRouted
    | TierKept
    | CaseEscalated
    | CustodyOffered
    | CustodyAccepted
    | CustodyReturned
    | CustodyArbitrated
    | AssistanceAsked
    | AssistanceGiven
    | clocks.ClockFact
    | FindingRecorded
    | ResolutionProposed
    | ResolutionAccepted
    | ResolutionRejected
    | ResolutionExecuted
    | ClaimNoted
    | CustomerTold
    | CaseWithdrawn
    | ClosingAsked
    | ClosingAnswered
    | ClosingFailed
    | CaseClosed
    | CaseReopened
    | TaskRaised
)
