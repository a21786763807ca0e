"""What can have happened to a complaint. When and by whom says the occasion."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.intake_service.domain.words import (
    Attribute,
    Contact,
    Evidence,
    Reclassified,
    Relation,
    TextRef,
)
from shared.kernel.clocks import ClockFact
from shared.kernel.policy.pack import PackRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRegistered:
    """`awaits_confirmation` false: confirmed by the pack's rule, at once (decision 16)."""

    complaint_id: UUID
    reference: str
    kind: str
    channel: str
    complainant_type: str
    unit: str
    policy: PackRef
    received_at: datetime
    awaits_confirmation: bool
    is_complaint: bool
    row: str
    customer: str | None = None
    member: bool = False
    key_customer: bool = False
    classification: dict[str, str] = field(default_factory=dict)
    severity: str | None = None
    flags: tuple[str, ...] = ()
    attributes: dict[str, Attribute] = field(default_factory=dict)
    accused: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    texts: tuple[TextRef, ...] = ()
    hotline_ticket: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintConfirmed:
    """`apart`: the pack wants confirmer and registrar to be two persons."""

    row: str
    apart: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintClassified:
    """The values after the change."""

    kind: str
    classification: dict[str, str]
    severity: str | None
    flags: tuple[str, ...]
    reason: Reclassified


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintAmended:
    """`changed` names what was corrected; values after the change, without the particulars."""

    attributes: dict[str, Attribute]
    accused: tuple[str, ...]
    changed: tuple[str, ...]
    filled: tuple[str, ...]
    missing: tuple[str, ...]
    texts: tuple[TextRef, ...] = ()
    customer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintPromoted:
    """It is a complaint from now on, received when it was first received."""

    kind: str
    awaits_confirmation: bool
    row: str
    reason: Reclassified
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecorded:
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceNoted:
    """Evidence arrived, is expected, or will never come: see its state."""

    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatLinked:
    complaint: UUID
    relation: Relation
    later: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintWithdrawn:
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingSettled:
    """Nothing is open here; the record is frozen until the round is over."""

    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingUnsettled:
    round: int
    open_items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thawed:
    reopened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordClosed:
    round: int


Happened: TypeAlias = (
    ComplaintRegistered
    | ComplaintConfirmed
    | ComplaintClassified
    | ComplaintAmended
    | ComplaintPromoted
    | ComplaintWithdrawn
)
Added: TypeAlias = ContactRecorded | EvidenceNoted | RepeatLinked
Heard: TypeAlias = ClosingSettled | ClosingUnsettled | Thawed | RecordClosed
Event: TypeAlias = Happened | Added | Heard | ClockFact
