"""What actions are answered with: ids, codes, amounts."""

from typing import Literal
from uuid import UUID

from services.compensation_service.views import View


class ClaimReceipt(View):
    """Where a claim stands after an action. `needs` is the role of the next step."""

    claim_id: UUID
    complaint_id: UUID
    status: str
    needs: str | None
    row: str
    exposure_minor: int
    payment_due: bool
    signature_due: bool


class PromiseReceipt(View):
    """What was recorded. `claim_id`: the claim that was opened because somebody must approve."""

    promise_id: UUID
    complaint_id: UUID
    verdict: Literal["allowed", "needs", "forbidden"]
    needs: list[str]
    row: str
    claim_id: UUID | None


class ReleaseReceipt(View):
    promise_id: UUID
    status: str


class EntitlementReceipt(View):
    """What the published terms grant for the goods, and which rows say so."""

    entitlement_id: UUID
    grants: list[str]
    rows: list[str]


class DelegationReceipt(View):
    delegation_id: UUID
    status: str
    row: str
