"""The books: every step of a claim as a transfer between two accounts, so that they balance (F57).

The accounts are stages: `available` → `reserved` → `approved` → `paid` → `signed`. What a stage's
account holds is what stands there; the sum over all accounts is zero at any moment.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never
from uuid import UUID, uuid5

from services.compensation_service.domain.dossier import Claim, Dossier
from services.compensation_service.domain.events import (
    ClaimAuthorised,
    ClaimLapsed,
    ClaimPaid,
    ClaimProposed,
    ClaimReversed,
    ClaimSigned,
    Event,
    RequirementRaised,
)

_NAMESPACE = UUID("b7a1c0de-5d0c-5a3e-9a57-6b6573750001")


class Account(StrEnum):
    """Where a sum stands."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    APPROVED = "approved"
    PAID = "paid"
    SIGNED = "signed"


class Kind(StrEnum):
    """What a transfer records. `pay` and `void` are a claim's resolution: it has one at most."""

    RESERVE = "reserve"
    APPROVE = "approve"
    RECONSIDER = "reconsider"
    PAY = "pay"
    VOID = "void"
    SIGN = "sign"
    REVERSE = "reverse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One sum from one account to another; both sides are named, so it cannot be lopsided."""

    id: UUID
    kind: Kind
    claim_id: UUID
    round: int
    currency: str
    minor: int
    debit: Account
    credit: Account


def transfer_of(event: Event, dossier: Dossier) -> Transfer | None:
    """What an event moves in the books; `dossier` is the one after it. None: nothing moves."""
    match event:
        case ClaimProposed():
            return _moved(event.claim, Kind.RESERVE, Account.AVAILABLE, Account.RESERVED)
        case RequirementRaised() if event.authorised:
            return _moved(event.claim, Kind.RECONSIDER, Account.APPROVED, Account.RESERVED)
        case ClaimAuthorised() | ClaimPaid() | ClaimSigned() | ClaimLapsed() | ClaimReversed():
            claim = dossier.claim(event.claim_id)
            assert claim is not None, "the books follow claims"
            return _later(claim, event)
        case _:
            return None


def _later(
    claim: Claim, event: ClaimAuthorised | ClaimPaid | ClaimSigned | ClaimLapsed | ClaimReversed
) -> Transfer:
    match event:
        case ClaimAuthorised():
            return _moved(claim, Kind.APPROVE, Account.RESERVED, Account.APPROVED)
        case ClaimPaid():
            return _moved(claim, Kind.PAY, Account.APPROVED, Account.PAID)
        case ClaimSigned():
            return _moved(claim, Kind.SIGN, Account.PAID, Account.SIGNED)
        case ClaimLapsed():
            stood = Account.APPROVED if event.authorised else Account.RESERVED
            return _moved(claim, Kind.VOID, stood, Account.AVAILABLE)
        case ClaimReversed():
            stood = Account.SIGNED if event.signed else Account.PAID
            return _moved(claim, Kind.REVERSE, stood, Account.AVAILABLE)
        case _:
            assert_never(event)


def _moved(claim: Claim, kind: Kind, source: Account, target: Account) -> Transfer:
    return Transfer(
        id=uuid5(_NAMESPACE, f"{claim.id}:{kind}:{claim.round}"),
        kind=kind,
        claim_id=claim.id,
        round=claim.round,
        currency=claim.currency,
        minor=claim.cost_minor,
        debit=target,
        credit=source,
    )
