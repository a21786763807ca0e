"""What intake tells the world: complaints, customers and visits as ids, codes and moments."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.envelope import Contract, Part
from shared.contracts.words import (
    Accused,
    Attributes,
    Code,
    OpaqueId,
    PersonId,
    PolicyText,
    Reference,
    Sha256,
    UnitPath,
)


class Policy(Part):
    """The pack version in force at receipt; `hash` names it for good (decision 21)."""

    pack: Code
    version: Code
    hash: Code


class ComplaintRegisteredV1(Contract):
    """Somebody is owed an answer. Opens the case when `kind` is `complaint`."""

    TYPE: ClassVar[str] = "kesu.intake.complaint_registered.v1"

    complaint_id: UUID
    reference: Reference
    kind: Code
    channel: Code
    complainant_type: Code
    customer: OpaqueId | None = None
    member: bool = False
    key_customer: bool = False
    recording_unit: UnitPath
    classification: dict[Code, Code] = {}
    severity: Code | None = None
    flags: list[Code] = []
    attributes: Attributes = {}
    accused: list[Accused] = []
    awaits_confirmation: bool
    registered_by: PersonId
    received_at: datetime
    hotline_ticket: OpaqueId | None = None
    policy: Policy


class ComplaintConfirmedV1(Contract):
    """The recording unit's head confirmed the record: handling may begin (MALL-33)."""

    TYPE: ClassVar[str] = "kesu.intake.complaint_confirmed.v1"

    complaint_id: UUID
    confirmed_by: PersonId
    confirmed_at: datetime
    row: Code


class ConfirmationOverdueV1(Contract):
    """The confirmation clock of the recording unit passed its due moment."""

    TYPE: ClassVar[str] = "kesu.intake.confirmation_overdue.v1"

    complaint_id: UUID
    clock: Code
    due_at: datetime


class ComplaintClassifiedV1(Contract):
    """Triage, classification, severity or flags were set anew; absent fields kept."""

    TYPE: ClassVar[str] = "kesu.intake.complaint_classified.v1"

    complaint_id: UUID
    kind: Code
    classification: dict[Code, Code]
    severity: Code | None = None
    flags: list[Code] = []
    reason_code: Code


class ComplaintAmendedV1(Contract):
    """Attributes or the accused were corrected; the values after the change."""

    TYPE: ClassVar[str] = "kesu.intake.complaint_amended.v1"

    complaint_id: UUID
    attributes: Attributes
    accused: list[Accused]
    changed: list[Code]
    customer: OpaqueId | None = None


class ComplaintPromotedV1(Contract):
    """A non-complaint became a complaint; clocks count from the first receipt (F02)."""

    TYPE: ClassVar[str] = "kesu.intake.complaint_promoted.v1"

    complaint_id: UUID
    received_at: datetime
    reason_code: Code
    kind: Code = "complaint"
    awaits_confirmation: bool = False


class ContactRecordedV1(Contract):
    """A word passed between us and the complainant."""

    TYPE: ClassVar[str] = "kesu.intake.contact_recorded.v1"

    complaint_id: UUID
    contact_id: UUID
    direction: Literal["in", "out"]
    channel: Code
    topic: Code


class EvidenceAttachedV1(Contract):
    """Evidence exists; `sha256` is of its content, which stays with intake."""

    TYPE: ClassVar[str] = "kesu.intake.evidence_attached.v1"

    complaint_id: UUID
    evidence_id: UUID
    kind: Code
    sha256: Sha256
    source_expires_at: datetime | None = None


class RepeatLinkedV1(Contract):
    """Two complaints belong together; exposure counts over both (N3)."""

    TYPE: ClassVar[str] = "kesu.intake.repeat_linked.v1"

    complaint_id: UUID
    linked_complaint_id: UUID
    relation: Literal["repeat", "same_incident", "same_customer"]


class ComplaintWithdrawnV1(Contract):
    """The complainant took it back; open claims and approvals lapse (decision 24)."""

    TYPE: ClassVar[str] = "kesu.intake.complaint_withdrawn.v1"

    complaint_id: UUID
    reason_code: Code


class ClosingSettledV1(Contract):
    """Asked whether it may close, intake says: nothing is open here (decision 17)."""

    TYPE: ClassVar[str] = "kesu.intake.closing_settled.v1"

    complaint_id: UUID
    round: int


class ClosingUnsettledV1(Contract):
    """Asked whether it may close, intake names what is still open here."""

    TYPE: ClassVar[str] = "kesu.intake.closing_unsettled.v1"

    complaint_id: UUID
    round: int
    open_items: list[Code]


class CustomerRecordedV1(Contract):
    """A customer's file exists or changed: its reference, standing and consents."""

    TYPE: ClassVar[str] = "kesu.intake.customer_recorded.v1"

    customer: OpaqueId
    member: bool
    key_customer: bool
    callback_consent: bool
    reachable: bool


class ServiceCompletedV1(Contract):
    """A customer was served; members are called back within three days (AUTO-64, AUTO-65)."""

    TYPE: ClassVar[str] = "kesu.intake.service_completed.v1"

    visit_id: UUID
    customer: OpaqueId
    member: bool
    callback_consent: bool
    reachable: bool
    unit: UnitPath
    completed_at: datetime
    policy: Policy


Section = Literal["pack", "intake", "escalation", "compensation", "followup"]


class PolicyVersionActivatedV1(Contract):
    """Two persons put a version of the organisation's policy in force from a moment on.

    Every service keeps it for ever. `content` is what `hash` covers: the five sections as canonical
    JSON, the organisation's values filled in; the policy of an organisation holds no personal data.
    """

    TYPE: ClassVar[str] = "kesu.intake.policy_version_activated.v1"

    version_id: UUID
    pack: Code
    version: Code
    hash: Code
    in_force_from: datetime
    proposed_by: PersonId
    activated_by: PersonId
    content: dict[Section, PolicyText]


FACTS: tuple[type[Contract], ...] = (
    ComplaintRegisteredV1,
    ComplaintConfirmedV1,
    ConfirmationOverdueV1,
    ComplaintClassifiedV1,
    ComplaintAmendedV1,
    ComplaintPromotedV1,
    ContactRecordedV1,
    EvidenceAttachedV1,
    RepeatLinkedV1,
    ComplaintWithdrawnV1,
    ClosingSettledV1,
    ClosingUnsettledV1,
    CustomerRecordedV1,
    ServiceCompletedV1,
    PolicyVersionActivatedV1,
)
