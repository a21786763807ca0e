"""What callers send. Amounts are whole minor units; unknown fields are refused."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from services.compensation_service.domain.commands import CitedGoods, Wish
from services.compensation_service.views import Code, Cost, Currency, Minor, UnitPath
from shared.plumbing.http import RequestModel

Person: TypeAlias = Annotated[str, StringConstraints(pattern=r"^p-[a-z0-9-]+$", max_length=64)]
Proof: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$")]
"""An opaque reference to the paper: a voucher's number, never a name."""
Note: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
GoodsFlag: TypeAlias = Literal[
    "opened",
    "packaging_complete",
    "proof_of_purchase",
    "misuse",
    "force_majeure",
    "within_product_warranty",
]
PromisedGrant: TypeAlias = Literal["refund", "exchange", "repair", "maintenance"]
Installation: TypeAlias = Literal["none", "by_us", "by_other"]
Fault: TypeAlias = Literal["none", "quality", "mismatch"]


class WishBody(RequestModel):
    """A remedy and its price. `cost_minor` only where the remedy's cost is entered by hand."""

    complaint_id: UUID
    remedy: Code
    currency: Currency
    face_minor: Minor
    cost_minor: Cost | None = None

    @property
    def wish(self) -> Wish:
        """It in the domain's words."""
        return Wish(
            remedy=self.remedy,
            currency=self.currency,
            face_minor=self.face_minor,
            entered_cost_minor=self.cost_minor,
        )


class ClaimBody(WishBody):
    """`entitlement_id`: the published terms grant it; `promise_id`: it makes a promise good."""

    entitlement_id: UUID | None = None
    promise_id: UUID | None = None
    note: Note | None = None


class ReasonBody(RequestModel):
    """Why, as a code of the pack."""

    reason_code: Code


class PaymentBody(RequestModel):
    proof: Proof


class SignatureBody(RequestModel):
    """The signed paper, as evidence of this complaint."""

    evidence_id: UUID


class ReversalBody(RequestModel):
    reason_code: Literal["paid_in_error", "paid_twice", "returned_by_payee", "withdrawn", "fraud"]


class ReleaseBody(RequestModel):
    """Why a promise is owed no longer."""

    complaint_id: UUID
    reason_code: Literal["let_go_by_complainant", "replaced", "said_in_error"]


class Evidenced(RequestModel):
    """Something that evidence on record proves."""

    evidence_id: UUID


class Cited(Evidenced):
    value: Code


class CitedInstallation(Evidenced):
    value: Installation


class CitedFault(Evidenced):
    value: Fault


class CitedDay(Evidenced):
    value: date


class CitedFlag(Evidenced):
    value: GoodsFlag


class CitedGrant(Evidenced):
    value: PromisedGrant


class EntitlementBody(RequestModel):
    """Facts about goods, each citing an evidence id (decision 23).

    `packaging_grants`: what the packaging promises at this age beyond the terms (AUTO-29).
    """

    complaint_id: UUID
    goods: Cited
    installation: CitedInstallation
    fault: CitedFault
    sold_on: CitedDay
    flags: Annotated[tuple[CitedFlag, ...], Field(max_length=6)] = ()
    packaging_grants: Annotated[tuple[CitedGrant, ...], Field(max_length=4)] = ()

    @property
    def facts(self) -> CitedGoods:
        """It in the domain's words."""
        single: tuple[Evidenced, ...] = (self.goods, self.installation, self.fault, self.sold_on)
        cited = [each.evidence_id for each in (*single, *self.flags, *self.packaging_grants)]
        return CitedGoods(
            goods=self.goods.value,
            installation=self.installation.value,
            fault=self.fault.value,
            sold_on=self.sold_on.value,
            flags=tuple(sorted({each.value for each in self.flags})),
            packaging_grants=tuple(sorted({each.value for each in self.packaging_grants})),
            evidence=tuple(dict.fromkeys(cited)),
        )


class DelegationBody(RequestModel):
    """To whom, how much, where, and from when until when (AUTO-06)."""

    taker: Person
    taker_role: Code
    unit: UnitPath
    currency: Currency
    limit_minor: Minor
    starts_at: AwareDatetime
    ends_at: AwareDatetime

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From, until."""
        return self.starts_at, self.ends_at
