"""A customer's file and a visit, as far as the world may know them (AUTO-64 … AUTO-66)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.kernel.errors import Conflict, Invalid, Pointer
from shared.kernel.occasion import Occasion
from shared.kernel.policy.pack import PackRef


class UnknownCustomer(Invalid):
    """No customer's file has this number."""


class VisitInFuture(Invalid):
    """A service cannot have been completed later than now."""


class VisitExists(Conflict):
    """A visit with this id exists already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCustomer:
    """Keep a customer's file. `seal` is a keyed digest of the particulars in the vault."""

    customer_id: UUID
    customer: str
    member: bool
    key_customer: bool
    callback_consent: bool
    reachable: bool
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecorded:
    """The file as it is from now on."""

    customer_id: UUID
    customer: str
    member: bool
    key_customer: bool
    callback_consent: bool
    reachable: bool
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer's file without who it is about. `customer` is the blind reference."""

    id: UUID
    customer: str
    member: bool
    key_customer: bool
    callback_consent: bool
    reachable: bool
    seal: str


def decide(
    state: Customer | None, command: RecordCustomer, _occasion: Occasion, _rules: None
) -> list[CustomerRecorded]:
    """Nothing happens when the file says just that already."""
    event = CustomerRecorded(
        customer_id=command.customer_id,
        customer=command.customer,
        member=command.member,
        key_customer=command.key_customer,
        callback_consent=command.callback_consent,
        reachable=command.reachable,
        seal=command.seal,
    )
    return [] if state == _file(event) else [event]


def evolve(_state: Customer | None, event: CustomerRecorded, _occasion: Occasion) -> Customer:
    """The newest word holds."""
    return _file(event)


def _file(event: CustomerRecorded) -> Customer:
    return Customer(
        id=event.customer_id,
        customer=event.customer,
        member=event.member,
        key_customer=event.key_customer,
        callback_consent=event.callback_consent,
        reachable=event.reachable,
        seal=event.seal,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVisit:
    """A customer was served; the file says who may be called back."""

    visit_id: UUID
    customer: str
    member: bool
    callback_consent: bool
    reachable: bool
    unit: str
    completed_at: datetime
    policy: PackRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCompleted:
    visit_id: UUID
    customer: str
    member: bool
    callback_consent: bool
    reachable: bool
    unit: str
    completed_at: datetime
    policy: PackRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One service to one customer."""

    id: UUID
    customer: str
    unit: str
    completed_at: datetime
    policy: PackRef


def decide_visit(
    state: Visit | None, command: RecordVisit, occasion: Occasion, _rules: None
) -> list[ServiceCompleted]:
    """A visit is told once. Raises VisitExists, VisitInFuture."""
    if state is not None:
        raise VisitExists
    if command.completed_at > occasion.at:
        raise VisitInFuture(errors=[Pointer("/completed_at", "too-large", "")])
    completed = ServiceCompleted(
        visit_id=command.visit_id,
        customer=command.customer,
        member=command.member,
        callback_consent=command.callback_consent,
        reachable=command.reachable,
        unit=command.unit,
        completed_at=command.completed_at,
        policy=command.policy,
    )
    return [completed]


def evolve_visit(_state: Visit | None, event: ServiceCompleted, _occasion: Occasion) -> Visit:
    """The visit as it was."""
    return Visit(
        id=event.visit_id,
        customer=event.customer,
        unit=event.unit,
        completed_at=event.completed_at,
        policy=event.policy,
    )
