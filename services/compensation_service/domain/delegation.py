"""A store manager lets somebody approve money for goods up to an amount, for a time (AUTO-06, Q06).

Depth one: who gives must hold the role by their own post. Nothing on record means nothing given.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never
from uuid import UUID

from services.compensation_service.domain.authority import Rules
from services.compensation_service.domain.dossier import AMOUNT_MAX_MINOR
from services.compensation_service.domain.errors import (
    AmountNotPossible,
    DelegationEnded,
    DelegationNotAllowed,
    DelegationNotKnown,
    DutiesNotSeparated,
)
from shared.kernel.occasion import Occasion
from shared.kernel.policy.compensation import DelegationRule
from shared.kernel.replacing import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveDelegation:
    """Gives it, or changes what was given; `policy` is the hash of the pack in force."""

    policy: str
    delegation_id: UUID
    taker: str
    taker_role: str
    unit: str
    limit_minor: int
    currency: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeDelegation:
    """From now on it is not in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationGiven:
    delegation_id: UUID
    giver_role: str
    taker: str
    taker_role: str
    unit: str
    limit_minor: int
    currency: str
    starts_at: datetime
    ends_at: datetime
    row: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRevoked:
    """Approvals that rest on it and are not paid yet do not stand any longer."""


Command: TypeAlias = GiveDelegation | RevokeDelegation
Event: TypeAlias = DelegationGiven | DelegationRevoked


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """State of the aggregate. In force from `starts_at` until before `ends_at`, unless revoked."""

    id: UUID
    giver: str
    giver_role: str
    taker: str
    taker_role: str
    unit: str
    limit_minor: int
    currency: str
    starts_at: datetime
    ends_at: datetime
    row: str
    policy: str
    revoked_at: datetime | None = None


def decide(
    delegation: Delegation | None, command: Command, occasion: Occasion, rules: Rules
) -> list[Event]:
    """Raises DelegationNotAllowed, DutiesNotSeparated, AmountNotPossible, DelegationEnded."""
    match command:
        case GiveDelegation():
            return [_given(delegation, command, occasion, rules)]
        case RevokeDelegation():
            if delegation is None:
                raise DelegationNotKnown
            return [] if delegation.revoked_at else [DelegationRevoked()]
        case _:
            assert_never(command)


def evolve(delegation: Delegation | None, event: Event, occasion: Occasion) -> Delegation:
    """One event folded in."""
    match event:
        case DelegationGiven():
            return Delegation(
                id=event.delegation_id,
                giver=occasion.by.id,
                giver_role=event.giver_role,
                taker=event.taker,
                taker_role=event.taker_role,
                unit=event.unit,
                limit_minor=event.limit_minor,
                currency=event.currency,
                starts_at=event.starts_at,
                ends_at=event.ends_at,
                row=event.row,
                policy=event.policy,
            )
        case DelegationRevoked():
            assert delegation is not None, "what was never given cannot be revoked"
            return replace(delegation, revoked_at=occasion.at)
        case _:
            assert_never(event)


def _given(
    delegation: Delegation | None, command: GiveDelegation, occasion: Occasion, rules: Rules
) -> DelegationGiven:
    if delegation and delegation.revoked_at:
        raise DelegationEnded
    if delegation and delegation.giver != occasion.by.id:
        raise DelegationNotAllowed
    if command.taker == occasion.by.id:
        raise DutiesNotSeparated
    if not 0 < command.limit_minor <= AMOUNT_MAX_MINOR:
        raise AmountNotPossible
    rule = _rule(command, occasion, rules)
    return DelegationGiven(
        delegation_id=command.delegation_id,
        giver_role=rule.giver,
        taker=command.taker,
        taker_role=command.taker_role,
        unit=command.unit,
        limit_minor=command.limit_minor,
        currency=command.currency,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        row=rule.id,
        policy=rules.current.ref.hash,
    )


def _rule(command: GiveDelegation, occasion: Occasion, rules: Rules) -> DelegationRule:
    """The pack's row that allows exactly this. Raises DelegationNotAllowed."""
    policy = rules.current.policy
    length = command.ends_at - command.starts_at
    for rule in policy.delegations:
        mine = rule.giver in occasion.by.roles and rule.taker == command.taker_role
        bounded = command.limit_minor <= rule.limit_minor and command.currency == policy.currency
        timely = timedelta(0) < length <= timedelta(days=rule.days_max)
        if mine and bounded and timely and command.ends_at > occasion.at:
            return rule
    raise DelegationNotAllowed
