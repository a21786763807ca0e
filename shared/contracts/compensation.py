"""What compensation tells the world: claims, approvals, money, promises. Amounts in minor units."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.envelope import Contract
from shared.contracts.words import Code, Currency, OpaqueId, PersonId, UnitPath


class ClaimProposedV1(Contract):
    """Something is to be given. `exposure_minor` is the cumulative sum it was tested on."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_proposed.v1"

    claim_id: UUID
    complaint_id: UUID
    remedy: Code
    currency: Currency
    cost_minor: int
    face_minor: int
    exposure_minor: int
    proposed_by: PersonId
    row: Code


class ApprovalRequestedV1(Contract):
    """The next person needed: this role, at this unit, by this moment."""

    TYPE: ClassVar[str] = "kesu.compensation.approval_requested.v1"

    claim_id: UUID
    complaint_id: UUID
    step: int
    role: Code
    unit: UnitPath
    exposure_minor: int
    due_at: datetime | None = None
    row: Code


class ApprovalGrantedV1(Contract):
    TYPE: ClassVar[str] = "kesu.compensation.approval_granted.v1"

    claim_id: UUID
    complaint_id: UUID
    step: int
    role: Code
    approved_by: PersonId
    exposure_minor: int
    row: Code


class ApprovalRefusedV1(Contract):
    TYPE: ClassVar[str] = "kesu.compensation.approval_refused.v1"

    claim_id: UUID
    complaint_id: UUID
    step: int
    role: Code
    refused_by: PersonId
    reason_code: Code


class ApprovalWarnedV1(Contract):
    """`percent` of the time for this approval is gone."""

    TYPE: ClassVar[str] = "kesu.compensation.approval_warned.v1"

    claim_id: UUID
    complaint_id: UUID
    step: int
    role: Code
    percent: int
    due_at: datetime


class ApprovalExpiredV1(Contract):
    """Nobody answered in time; it moved up, never approved by silence (F54)."""

    TYPE: ClassVar[str] = "kesu.compensation.approval_expired.v1"

    claim_id: UUID
    complaint_id: UUID
    step: int
    role: Code
    next_role: Code | None = None


class ClaimAuthorisedV1(Contract):
    """Every approval it needs stands, or none was needed (published terms)."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_authorised.v1"

    claim_id: UUID
    complaint_id: UUID
    cost_minor: int
    currency: Currency
    row: Code


class ClaimPaidV1(Contract):
    """It was given or paid; `proof` is an opaque reference to the paper."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_paid.v1"

    claim_id: UUID
    complaint_id: UUID
    cost_minor: int
    currency: Currency
    paid_by: PersonId
    proof: OpaqueId
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
    reason_code: Code


class ClaimReversedV1(Contract):
    """A person took back what was paid."""

    TYPE: ClassVar[str] = "kesu.compensation.claim_reversed.v1"

    claim_id: UUID
    complaint_id: UUID
    cost_minor: int
    currency: Currency
    reason_code: Code


class PromiseRecordedV1(Contract):
    """Something was promised to the complainant, within authority or not (N1)."""

    TYPE: ClassVar[str] = "kesu.compensation.promise_recorded.v1"

    promise_id: UUID
    complaint_id: UUID
    remedy: Code
    currency: Currency
    cost_minor: int
    promised_by: PersonId
    verdict: Literal["allowed", "needs", "forbidden"]
    needs_role: Code | None = None
    row: Code


class EntitlementDeterminedV1(Contract):
    """What the published terms grant for these goods facts (AUTO-27…37)."""

    TYPE: ClassVar[str] = "kesu.compensation.entitlement_determined.v1"

    entitlement_id: UUID
    complaint_id: UUID
    grants: list[Code]
    rows: list[Code]
    evidence_id: UUID | None = None


class ReviewNeededV1(Contract):
    """A fact met the money in a state a person must look at (decision 4).

    `claim_id` names the claim, or the promise where there is no claim.
    """

    TYPE: ClassVar[str] = "kesu.compensation.review_needed.v1"

    claim_id: UUID
    complaint_id: UUID
    code: Code


class ClosingSettledV1(Contract):
    TYPE: ClassVar[str] = "kesu.compensation.closing_settled.v1"

    complaint_id: UUID
    round: int


class ClosingUnsettledV1(Contract):
    TYPE: ClassVar[str] = "kesu.compensation.closing_unsettled.v1"

    complaint_id: UUID
    round: int
    open_items: list[Code]


FACTS: tuple[type[Contract], ...] = (
    ClaimProposedV1,
    ApprovalRequestedV1,
    ApprovalGrantedV1,
    ApprovalRefusedV1,
    ApprovalWarnedV1,
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
