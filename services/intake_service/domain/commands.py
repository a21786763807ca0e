"""What may be asked of a complaint. Ids are made at the door and ride along."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.intake_service.domain.words import (
    Attribute,
    Direction,
    EvidenceKind,
    EvidenceState,
    Reclassified,
    Relation,
    TextRef,
    Topic,
)
from shared.kernel.policy.pack import PackRef


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterComplaint:
    """Take down what the complainant said. The form is already checked and split."""

    complaint_id: UUID
    reference: str
    kind: str
    channel: str
    complainant_type: str
    unit: str
    policy: PackRef
    received_at: datetime | None = None
    customer: str | None = None
    member: bool = False
    key_customer: bool = False
    classification: dict[str, str] = field(default_factory=dict)
    severity: str | None = None
    flags: tuple[str, ...] = ()
    attributes: dict[str, Attribute] = field(default_factory=dict)
    accused: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    texts: tuple[TextRef, ...] = ()
    hotline_ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmComplaint:
    """The recording unit's head says the record is right (MALL-33)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyComplaint:
    """Set kind, classification, severity or flags anew; None keeps what is there (F11)."""

    reason: Reclassified
    kind: str | None = None
    classification: dict[str, str] = field(default_factory=dict)
    severity: str | None = None
    flags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendComplaint:
    """Correct or complete the form: attributes, particulars (by code), texts, the accused.

    `customer` is the new reference when the phone changed.
    """

    attributes: dict[str, Attribute] = field(default_factory=dict)
    particulars: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    texts: tuple[TextRef, ...] = ()
    accused: tuple[str, ...] | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteComplaint:
    """What was no complaint is one; its clocks count from the first receipt (F02)."""

    kind: str
    reason: Reclassified


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordContact:
    """Note a word that passed between us and the complainant."""

    contact_id: UUID
    direction: Direction
    channel: str
    topic: Topic
    text: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachEvidence:
    """Evidence is here, is expected, or is gone for good (F38)."""

    evidence_id: UUID
    kind: EvidenceKind
    state: EvidenceState
    sha256: str | None = None
    size: int | None = None
    source_expires_at: datetime | None = None
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkComplaint:
    """Say that another complaint belongs with this one; told to both."""

    complaint: UUID
    relation: Relation
    later: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawComplaint:
    """The complainant takes it back."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClosing:
    """Escalation asks whether anything is open here (decision 17)."""

    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thaw:
    """The closing failed, or the case was reopened: work goes on."""

    round: int | None = None
    reopened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRecord:
    """The case is closed; so is the record."""

    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A moment of the confirmation clock has come."""


ByPerson: TypeAlias = (
    RegisterComplaint
    | ConfirmComplaint
    | ClassifyComplaint
    | AmendComplaint
    | PromoteComplaint
    | WithdrawComplaint
)
Adding: TypeAlias = RecordContact | AttachEvidence | LinkComplaint
ByKesu: TypeAlias = AnswerClosing | Thaw | CloseRecord | Tick
Command: TypeAlias = ByPerson | Adding | ByKesu
