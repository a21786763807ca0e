"""What callers send: closed, strict, and small enough to be read in microseconds."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from services.intake_service.domain.words import (
    Direction,
    EvidenceKind,
    Reclassified,
    Relation,
    Topic,
)
from shared.plumbing.http import RequestModel

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
UnitPath = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+){0,15}$", max_length=200)
]
Accused = UnitPath
"""A staff id (`p-…`) or a unit's path."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=8000, pattern=r"\S")]
Note = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"\S")]
TicketId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/+=-]*$", max_length=64)
]
"""A provider's own number of a ticket."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Form = dict[str, Any]
"""The fields of `GET /forms/{kind}`; checked against the pack, field by field."""

FLAGS_MAX = 32
ACCUSED_MAX = 20
SIZE_MAX = 2**40


class Registration(RequestModel):
    """A complaint, or another word of a customer, as it was taken down."""

    id: Annotated[UUID | None, Field(strict=False, description="A UUIDv7 of the caller's.")] = None
    kind: Code
    channel: Code
    complainant_type: Code
    unit: Annotated[
        UnitPath | None,
        Field(description="The recording unit; may be left out by who has only one."),
    ] = None
    received_at: Annotated[AwareDatetime | None, Field(strict=False)] = None
    classification: Annotated[dict[Code, Code], Field(max_length=16)] = Field(default_factory=dict)
    severity: Code | None = None
    flags: Annotated[list[Code], Field(max_length=FLAGS_MAX)] = Field(default_factory=list)
    accused: Annotated[list[Accused], Field(max_length=ACCUSED_MAX)] = Field(default_factory=list)
    form: Form = Field(default_factory=dict)


class Classification(RequestModel):
    """What is to be set anew; what is left out stays as it is."""

    reason: Annotated[Reclassified, Field(strict=False)]
    kind: Code | None = None
    classification: Annotated[dict[Code, Code], Field(max_length=16)] = Field(default_factory=dict)
    severity: Code | None = None
    flags: Annotated[list[Code] | None, Field(max_length=FLAGS_MAX)] = None


class Amendment(RequestModel):
    """Fields of the form to correct or complete, and the accused if they change."""

    form: Form = Field(default_factory=dict)
    accused: Annotated[list[Accused] | None, Field(max_length=ACCUSED_MAX)] = None


class Promotion(RequestModel):
    """The kind of complaint it turned out to be, and why."""

    kind: Code
    reason: Annotated[Reclassified, Field(strict=False)]


class ContactNote(RequestModel):
    """A word that passed between us and the complainant; `text` goes to the texts."""

    direction: Annotated[Direction, Field(strict=False)]
    channel: Code
    topic: Annotated[Topic, Field(strict=False)]
    text: Words | None = None


class EvidenceNote(RequestModel):
    """A piece of evidence: attached (with `sha256` and `size`), expected (without), or
    unavailable for good. `id` names one that was expected.
    """

    id: Annotated[UUID | None, Field(strict=False)] = None
    kind: Annotated[EvidenceKind, Field(strict=False)]
    sha256: Sha256 | None = None
    size: Annotated[int | None, Field(ge=0, le=SIZE_MAX, description="Bytes.")] = None
    unavailable: bool = False
    source_expires_at: Annotated[AwareDatetime | None, Field(strict=False)] = None
    note: Note | None = None


class LinkNote(RequestModel):
    """An earlier complaint that belongs with this one."""

    complaint: Annotated[UUID, Field(strict=False)]
    relation: Annotated[Relation, Field(strict=False)]


class Withdrawal(RequestModel):
    """Why it is taken back: a reason of the pack."""

    reason: Code


class Caller(RequestModel):
    """Who called the hotline, as far as they said."""

    name: Annotated[str | None, StringConstraints(max_length=200)] = None
    phone: Annotated[str | None, StringConstraints(max_length=64)] = None


class HotlineTicket(RequestModel):
    """A ticket as a hotline passes it on. `called` is the number the customer dialled."""

    ticket: TicketId
    called: Annotated[str, StringConstraints(min_length=3, max_length=32)]
    content: Words
    caller: Caller = Field(default_factory=Caller)
    kind: Code = "complaint"
    complainant_type: Code = "customer"
    received_at: Annotated[AwareDatetime | None, Field(strict=False)] = None
    classification: Annotated[dict[Code, Code], Field(max_length=16)] = Field(default_factory=dict)
    form: Form = Field(default_factory=dict)


class CustomerFile(RequestModel):
    """A customer's file as the organisation's own system keeps it."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    phone: Annotated[str | None, StringConstraints(min_length=3, max_length=32)] = None
    birthday: Annotated[date | None, Field(strict=False)] = None
    member: bool = False
    key_customer: bool = False
    callback_consent: bool = False


class ServiceVisit(RequestModel):
    """A service that a customer received. `customer` is the number of the customer's file."""

    id: Annotated[UUID | None, Field(strict=False, description="A UUIDv7 of the caller's.")] = None
    customer: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    unit: UnitPath
    completed_at: Annotated[AwareDatetime, Field(strict=False)]
