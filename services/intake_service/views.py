"""What intake shows, for the document; the answers themselves are written as bytes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.intake_service.domain.words import (
    Attribute,
    Direction,
    EvidenceKind,
    EvidenceState,
    Relation,
    Status,
    Topic,
)


class View(BaseModel):
    """Something a caller reads."""

    model_config = ConfigDict(frozen=True)


class PossibleRepeat(View):
    """An earlier complaint that may be about the same: to be looked at, never merged (F08)."""

    id: UUID
    reference: str
    status: Status
    received_at: datetime


class Registered(View):
    """A record was made. `possible_repeats` are those the caller may see."""

    id: UUID
    reference: str
    status: Status
    kind: str
    unit: str
    received_at: datetime
    awaits_confirmation: bool
    missing: list[str]
    possible_repeats: list[PossibleRepeat]


class Changed(View):
    """A record after a change."""

    id: UUID
    reference: str
    status: Status
    kind: str
    revision: int


class Added(Changed):
    """Something was added under this id."""

    added: UUID


class ListedComplaint(View):
    """A row of a list."""

    id: UUID
    reference: str
    unit: str
    status: Status
    kind: str
    channel: str
    severity: str | None
    customer: str | None
    received_at: datetime
    revision: int


class ComplaintPage(View):
    """Newest first."""

    items: list[ListedComplaint]
    next: str | None


class PolicyOfRecord(View):
    """The policy version that was in force at receipt."""

    pack: str
    version: str
    hash: str


class TextOfRecord(View):
    """A text that can be read under `/texts/{id}`."""

    id: UUID
    subject: str


class ContactOfRecord(View):
    """A word that passed; its text, if any, by id."""

    id: UUID
    at: datetime
    by: str
    direction: Direction
    channel: str
    topic: Topic
    text: UUID | None


class EvidenceOfRecord(View):
    """A piece of evidence, or the wait for one."""

    id: UUID
    kind: EvidenceKind
    state: EvidenceState
    by: str
    sha256: str | None
    size: int | None
    source_expires_at: datetime | None
    note: UUID | None


class LinkOfRecord(View):
    """Another complaint that belongs with this one; `later`: this one came second."""

    complaint: UUID
    relation: Relation
    later: bool


class StandingView(View):
    """How the work stands, as the other services told it."""

    status: str | None
    tier: str | None
    unit: str | None
    person: str | None
    offered_to: str | None
    promises: int
    told_at: datetime | None
    replied_at: datetime | None
    next_due: str | None
    next_due_at: datetime | None
    promise_due_at: datetime | None
    callback_due_at: datetime | None


class ComplaintView(View):
    """A record. `complainant` shows masked particulars only; `closing`: it is being closed."""

    id: UUID
    reference: str
    status: Status
    kind: str
    is_complaint: bool
    channel: str
    complainant_type: str
    complainant: dict[str, str]
    customer: str | None
    member: bool
    key_customer: bool
    unit: str
    received_at: datetime
    registered_at: datetime
    registered_by: str
    confirmed_at: datetime | None
    confirmed_by: str | None
    classification: dict[str, str]
    severity: str | None
    flags: list[str]
    attributes: dict[str, Attribute]
    accused: list[str]
    missing: list[str]
    texts: list[TextOfRecord]
    contacts: list[ContactOfRecord]
    evidence: list[EvidenceOfRecord]
    links: list[LinkOfRecord]
    withdrawal: str | None
    closing: bool
    hotline_ticket: str | None
    policy: PolicyOfRecord
    standing: StandingView
    revision: int


class JournalEntry(View):
    """What happened, in order; `data` holds ids, codes and moments only."""

    seq: int
    type: str
    at: datetime
    actor: str
    policy: str | None
    data: dict[str, Any]


class JournalPage(View):
    """Oldest first."""

    items: list[JournalEntry]
    next: str | None


class TextView(View):
    """What a person typed."""

    id: UUID
    subject: str
    body: str


class Complainant(View):
    """The particulars in clear, for one purpose, on record."""

    particulars: dict[str, Attribute]
    phone_e164: str | None
    purpose: str


class CustomerView(View):
    """A customer's file as the world knows it."""

    customer: str
    member: bool
    key_customer: bool
    callback_consent: bool
    reachable: bool


class VisitView(View):
    """A completed service."""

    id: UUID
    customer: str
    unit: str
    completed_at: datetime


class TicketView(View):
    """What a hotline is told of its ticket."""

    ticket: str
    complaint: UUID
    reference: str
    status: Status
    standing: StandingView
