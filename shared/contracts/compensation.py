"""What compensation tells the world: claims, approvals, money, promises. Amounts in minor units."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.envelope import Contract


class ClaimProposedV1(Contract):
    """Something is to be given. `exposure_minor` is the cumulative sum it was tested on."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_proposed.v1"

    claim_id: UUID
    complaint_id: UUID
    remedy: str
    currency: str
    cost_minor: int
    face_minor: int
    exposure_minor: int
    proposed_by: str
    row: str


class ApprovalRequestedV1(Contract):
    """The next person needed: this role, at this unit, by this moment."""

    TYPE: ClassVar[str] = "kesu.compensation.approval_requested.v1"

    claim_id: UUID
    complaint_id: UUID
    step: int
    role: str
    unit: str
    exposure_minor: int
    due_at: datetime | None = None
    row: str


class ApprovalGrantedV1(Contract):
    TYPE: ClassVar[str] = "kesu.compensation.approval_granted.v1"

    claim_id: UUID
    complaint_id: UUID
    step: int
    role: str
    approved_by: str
    exposure_minor: int
    row: str


class ApprovalRefusedV1(Contract):
    TYPE: ClassVar[str] = "kesu.compensation.approval_refused.v1"

    claim_id: UUID
    complaint_id: UUID
    step: int
    role: str
    refused_by: str
    reason_code: str


class ApprovalExpiredV1(Contract):
    """Nobody answered in time; it moved up, never approved by silence (F54)."""

    TYPE: ClassVar[str] = "kesu.compensation.approval_expired.v1"

    claim_id: UUID
    complaint_id: UUID
    step: int
    role: str
    next_role: str | None = None


class ClaimAuthorisedV1(Contract):
    """Every approval it needs stands, or none was needed (published terms)."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_authorised.v1"

    claim_id: UUID
    complaint_id: UUID
    cost_minor: int
    currency: str
    row: str


class ClaimPaidV1(Contract):
    """It was given or paid; `proof` is an opaque reference to the paper."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_paid.v1"

    claim_id: UUID
    complaint_id: UUID
    cost_minor: int
    currency: str
    paid_by: str
    proof: str
    awaits_signature: bool


class ClaimSignedV1(Contract):
    """The payee signed for it (MALL-36)."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_signed.v1"

    claim_id: UUID
    complaint_id: UUID
    evidence_id: UUID


class ClaimLapsedV1(Contract):
    """It will not be given: refused, cancelled, or the complaint was withdrawn."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_lapsed.v1"

    claim_id: UUID
    complaint_id: UUID
    reason_code: str


class ClaimReversedV1(Contract):
    """A person took back what was paid."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_reversed.v1"

    claim_id: UUID
    complaint_id: UUID
    cost_minor: int
    currency: str
    reason_code: str


class PromiseRecordedV1(Contract):
    """Something was promised to the complainant, within authority or not (N1)."""

    TYPE: ClassVar[str] = "kesu.compensation.promise_recorded.v1"

    promise_id: UUID
    complaint_id: UUID
    remedy: str
    currency: str
    cost_minor: int
    promised_by: str
    verdict: Literal["allowed", "needs", "forbidden"]
    needs_role: str | None = None
    row: str


class EntitlementDeterminedV1(Contract):
    """What the published terms grant for these goods facts (AUTO-27…37)."""

    TYPE: ClassVar[str] = "kesu.compensation.entitlement_determined.v1"

    entitlement_id: UUID
    complaint_id: UUID
    grants: list[str]
    rows: list[str]
    evidence_id: UUID | None = None


class ReviewNeededV1(Contract):
    """A fact met the money in a state a person must look at (decision 4)."""

    TYPE: ClassVar[str] = "kesu.compensation.review_needed.v1"

    claim_id: UUID
    complaint_id: UUID
    code: str


class ClosingSettledV1(Contract):
    TYPE: ClassVar[str] = "kesu.compensation.closing_settled.v1"

    complaint_id: UUID
    round: int


class ClosingUnsettledV1(Contract):
    TYPE: ClassVar[str] = "kesu.compensation.closing_unsettled.v1"

    complaint_id: UUID
    round: int
    open_items: list[str]


FACTS: tuple[type[Contract], ...] = (
    ClaimProposedV1,
    ApprovalRequestedV1,
    ApprovalGrantedV1,
    ApprovalRefusedV1,
    ApprovalExpiredV1,
    ClaimAuthorisedV1,
    ClaimPaidV1,
    ClaimSignedV1,
    ClaimLapsedV1,
    ClaimReversedV1,
    PromiseRecordedV1,
    EntitlementDeterminedV1,
    ReviewNeededV1,
    ClosingSettledV1,
    ClosingUnsettledV1,
)
