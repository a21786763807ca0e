"""What happens to a dossier. Moment and actor are on the occasion, not repeated here."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.compensation_service.domain.dossier import (
    ApprovalStep,
    Claim,
    ClaimStatus,
    Decision,
    Grant,
    Promise,
)
from shared.kernel.clocks import ClockFact


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierOpened:
    complaint_id: UUID
    policy: str
    kind: str
    unit: str
    customer: str | None
    complainant_type: str
    classification: tuple[tuple[str, str], ...]
    severity: str
    flags: tuple[str, ...]
    attributes: tuple[tuple[str, str | int | bool], ...]
    accused: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConfirmed:
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintReclassified:
    kind: str
    classification: tuple[tuple[str, str], ...]
    severity: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAmended:
    attributes: tuple[tuple[str, str | int | bool], ...]
    accused: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceNoted:
    evidence_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLinked:
    linked: UUID
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingNoted:
    tier: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingNoted:
    fault_confirmed: bool
    accused: tuple[str, ...]
    attributes: tuple[tuple[str, str | int | bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementDetermined:
    grant: Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRecorded:
    promise: Promise
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseReleased:
    promise_id: UUID
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimProposed:
    claim: Claim
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementRaised:
    """The claim needs more than it had or was asked for; approvals begin anew."""

    claim: Claim
    decision: Decision
    authorised: bool
    """Whether it had been authorised: the books take the approval back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested:
    claim_id: UUID
    step: int
    role: str
    clock: ClockFact | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGranted:
    claim_id: UUID
    number: int
    step: ApprovalStep


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRefused:
    claim_id: UUID
    number: int
    role: str
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalExpired:
    """Nobody answered in time; the step moves to the next level, never to yes (F54)."""

    claim_id: UUID
    number: int
    role: str
    next_role: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalClockMoved:
    """The approval clock warned, was breached, took a step, or was met."""

    claim_id: UUID
    fact: ClockFact
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAuthorised:
    claim_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPaid:
    claim_id: UUID
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSigned:
    claim_id: UUID
    evidence_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLapsed:
    claim_id: UUID
    status: ClaimStatus
    reason_code: str
    authorised: bool
    """Whether it had been authorised: where the books take the sum back from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimReversed:
    claim_id: UUID
    reason_code: str
    signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFlagged:
    """A person must look at this claim (or promise, where there is no claim)."""

    subject: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintWithdrawn:
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingAnswered:
    """Asked whether the case may close: nothing new until that has ended."""

    round: int
    open_items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierThawed:
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierClosed:
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierReopened:
    reason_code: str


Event: TypeAlias = (
    DossierOpened
    | RecordConfirmed
    | ComplaintReclassified
    | ComplaintAmended
    | EvidenceNoted
    | CaseLinked
    | HandlingNoted
    | FindingNoted
    | EntitlementDetermined
    | PromiseRecorded
    | PromiseReleased
    | ClaimProposed
    | RequirementRaised
    | ApprovalRequested
    | ApprovalGranted
    | ApprovalRefused
    | ApprovalExpired
    | ApprovalClockMoved
    | ClaimAuthorised
    | ClaimPaid
    | ClaimSigned
    | ClaimLapsed
    | ClaimReversed
    | ReviewFlagged
    | ComplaintWithdrawn
    | ClosingAnswered
    | DossierThawed
    | DossierClosed
    | DossierReopened
)
