"""What compensation shows: claims, cases, promises, authority, delegations, the books."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.compensation_service.domain.dossier import AMOUNT_MAX_MINOR
from shared.plumbing.explaining import Explained

Minor: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=AMOUNT_MAX_MINOR)]
"""An amount in minor units of the pack's currency: a whole number from 1 to 10^12."""
Cost: TypeAlias = Annotated[int, Field(strict=True, ge=0, le=AMOUNT_MAX_MINOR)]
Currency: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Code: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
UnitPath: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$", max_length=200)
]


class View(BaseModel):
    model_config = ConfigDict(frozen=True)


class AlternativeView(View):
    """Another remedy the person may promise alone; `up_to_minor` null: no limit of amount."""

    remedy: str
    label: str
    up_to_minor: int | None


class PromiseCheckView(View):
    """May I promise this? `headroom_minor` is what is left of one's own limit on this exposure."""

    verdict: Literal["allowed", "needs", "forbidden"]
    needs: list[str]
    row: str
    label: str
    cite: list[str]
    pack: str
    version: str
    exposure_minor: int
    headroom_minor: int | None
    alternatives: list[AlternativeView]


class StepView(View):
    """One thing a role must do; `by` is who did it, `delegation_id` for whom."""

    number: int
    role: str
    how: str
    by: str | None
    at: datetime | None
    delegation_id: UUID | None


class ClaimView(View):
    """A claim with the steps it needs. Amounts in minor units."""

    claim_id: UUID
    complaint_id: UUID
    unit: str
    remedy: str
    label: str
    kind: str
    currency: str
    face_minor: int
    cost_minor: int
    exposure_minor: int
    status: str
    awaits: str
    row: str
    proposer: str
    proposed_at: datetime
    steps: list[StepView]
    due_at: datetime | None
    entitlement_id: UUID | None
    promise_id: UUID | None
    authorised_at: datetime | None
    paid_by: str | None
    paid_at: datetime | None
    proof: str | None
    signature_evidence: UUID | None
    review: str | None


class ClaimLine(View):
    """A claim as a queue shows it. `role` is who must take the next step."""

    claim_id: UUID
    complaint_id: UUID
    unit: str
    remedy: str
    currency: str
    cost_minor: int
    exposure_minor: int
    status: str
    awaits: str
    role: str | None
    proposer: str
    proposed_at: datetime
    review: str | None


class ClaimPage(View):
    items: list[ClaimLine]
    next: str | None


class PromiseView(View):
    promise_id: UUID
    remedy: str
    currency: str
    face_minor: int
    cost_minor: int
    promised_by: str
    promised_at: datetime
    verdict: str
    needs: list[str]
    row: str
    open: bool
    released: str | None


class GrantView(View):
    entitlement_id: UUID
    at: datetime
    goods: str
    installation: str
    fault: str
    grants: list[str]
    rows: list[str]
    evidence: list[UUID]


class ExposureView(View):
    """What counts: this case alone, and with all that is linked to it."""

    complaint_id: UUID
    currency: str
    own_minor: int
    total_minor: int
    counted: list[UUID]


class CaseView(View):
    """The compensation file of one case. `open_items` keep it from closing."""

    complaint_id: UUID
    unit: str
    handling_unit: str
    status: str
    confirmed: bool
    exposure: ExposureView
    claims: list[ClaimView]
    promises: list[PromiseView]
    entitlements: list[GrantView]
    open_items: list[str]


class DecisionView(Explained):
    """Why a claim or a promise needs whom."""

    subject: UUID
    verdict: str
    exposure_minor: int
    steps: list[StepView]


class DecisionList(View):
    items: list[DecisionView]


class BandView(View):
    """A band of the ladder and what the reader may do in it. `up_to_minor` null: no end."""

    row: str
    label: str
    cite: list[str]
    from_minor: int
    up_to_minor: int | None
    may: list[str]


class SettlementView(View):
    """What the reader settles alone, within the row's scope; `limit_minor` null: any amount."""

    row: str
    label: str
    cite: list[str]
    scope: list[str]
    limit_minor: int | None


class HeadroomView(View):
    """How much of a remedy the reader may promise alone; null: no limit of amount."""

    remedy: str
    label: str
    up_to_minor: int | None


class AuthorityView(View):
    """One's own limits (MALL-25)."""

    person: str
    roles: list[str]
    units: list[str]
    pack: str
    version: str
    currency: str
    bands: list[BandView]
    settles: list[SettlementView]
    promises: list[HeadroomView]
    pays: bool


class DelegationView(View):
    delegation_id: UUID
    giver: str
    giver_role: str
    taker: str
    taker_role: str
    unit: str
    limit_minor: int
    currency: str
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


class DelegationPage(View):
    items: list[DelegationView]
    next: str | None


class TransferView(View):
    """A transfer of the books: one sum, from `credit` to `debit`; null where it is nothing."""

    transfer_id: UUID
    kind: str
    claim_id: UUID
    complaint_id: UUID
    round: int
    currency: str
    minor: int
    debit: str | None
    credit: str | None
    actor: str
    at: datetime


class TransferPage(View):
    items: list[TransferView]
    next: str | None
