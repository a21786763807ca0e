"""What can have come of the work on a case: findings, resolutions, closing. See `events`."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.escalation_service.domain.case import RemedyOffered, TextRef


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRecorded:
    finding_id: UUID
    substantiated: str
    cause: str
    fault_confirmed: bool
    accused: tuple[str, ...]
    text: TextRef
    attributes: dict[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionProposed:
    resolution_id: UUID
    remedies: tuple[RemedyOffered, ...]
    final: bool
    expected_by: datetime | None
    text: TextRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionAccepted:
    resolution_id: UUID
    evidence: str
    evidence_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionRejected:
    resolution_id: UUID
    reason_code: str
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionExecuted:
    resolution_id: UUID
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimNoted:
    """Compensation told how a claim stands."""

    claim_id: UUID
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerTold:
    """The complainant knows the result."""

    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWithdrawn:
    """The complainant took it back: handling ends, what is open lapses (decision 24)."""

    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingAsked:
    round: int
    outcome: str
    cause: str
    questions: dict[str, bool] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    summary: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingAnswered:
    """A neighbour answered for its part; no open items: settled."""

    round: int
    service: str
    open_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingFailed:
    round: int
    open_items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed:
    round: int
    outcome: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened:
    """After the closing: back to handling, one rung up, another handler (decision 25)."""

    reason_code: str
    tier: str
    rung: str
    unit: str
    barred: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRaised:
    """Somebody of `unit` must look at this (decision 4)."""

    task_id: UUID
    code: str
    unit: str
