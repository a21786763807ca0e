"""What a dossier can be asked. `elsewhere` are the linked cases' dossiers, locked with this one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from services.compensation_service.domain.dossier import Dossier

Pairs: TypeAlias = tuple[tuple[str, str | int | bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDossier:
    complaint_id: UUID
    policy: str
    kind: str
    unit: str
    customer: str | None = None
    complainant_type: str = ""
    classification: tuple[tuple[str, str], ...] = ()
    severity: str = ""
    flags: tuple[str, ...] = ()
    attributes: Pairs = ()
    accused: tuple[str, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRecord:
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassify:
    kind: str
    classification: tuple[tuple[str, str], ...]
    severity: str | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promote:
    """What was no complaint has become one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend:
    attributes: Pairs
    accused: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEvidence:
    evidence_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCase:
    linked: UUID
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteHandling:
    """Where escalation says the case is; None: unchanged."""

    tier: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteFinding:
    fault_confirmed: bool
    accused: tuple[str, ...] = ()
    attributes: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedGoods:
    """What is known about goods; `evidence` proves it, `sold_on` gives the age."""

    goods: str
    installation: str
    fault: str
    sold_on: date
    flags: tuple[str, ...] = ()
    packaging_grants: tuple[str, ...] = ()
    evidence: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DetermineEntitlement:
    entitlement_id: UUID
    facts: CitedGoods
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A remedy and its price; `entered_cost_minor` where the proposer says what it costs."""

    remedy: str
    currency: str
    face_minor: int
    entered_cost_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPromise:
    """`claim_id` names the claim that is opened when the promise needs somebody's approval."""

    promise_id: UUID
    claim_id: UUID
    wish: Wish
    elsewhere: tuple[Dossier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePromise:
    promise_id: UUID
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeClaim:
    claim_id: UUID
    wish: Wish
    entitlement_id: UUID | None = None
    promise_id: UUID | None = None
    note_id: UUID | None = None
    elsewhere: tuple[Dossier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputy:
    """A delegation in force for the actor, read in the same transaction (AUTO-06)."""

    delegation_id: UUID
    giver: str
    role: str
    limit_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveClaim:
    claim_id: UUID
    elsewhere: tuple[Dossier, ...] = ()
    deputies: tuple[Deputy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseClaim:
    claim_id: UUID
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelClaim:
    claim_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PayClaim:
    """`delegations` are those in force now, among the ones the approvals rest on."""

    claim_id: UUID
    proof: str
    elsewhere: tuple[Dossier, ...] = ()
    delegations: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignClaim:
    claim_id: UUID
    evidence_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseClaim:
    claim_id: UUID
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconsider:
    """Look at every claim again: a link came, somebody was accused, a delegation ended."""

    elsewhere: tuple[Dossier, ...] = ()
    delegations: frozenset[UUID] | None = None
    """Delegations in force now; None: not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskClosing:
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thaw:
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDossier:
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenDossier:
    reason_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassMoment:
    """A due moment of a claim's approval clock came."""

    claim_id: UUID
    due_at: datetime


Command: TypeAlias = (
    OpenDossier
    | ConfirmRecord
    | Reclassify
    | Promote
    | Amend
    | NoteEvidence
    | LinkCase
    | NoteHandling
    | NoteFinding
    | DetermineEntitlement
    | RecordPromise
    | ReleasePromise
    | ProposeClaim
    | ApproveClaim
    | RefuseClaim
    | CancelClaim
    | PayClaim
    | SignClaim
    | ReverseClaim
    | Reconsider
    | Withdraw
    | AskClosing
    | Thaw
    | CloseDossier
    | ReopenDossier
    | PassMoment
)
