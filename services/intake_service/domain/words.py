"""The closed words of intake and the small values its commands, events and states share."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

Attribute: TypeAlias = str | int | bool
"""What a fact may say of a form: a code, an id, a moment, a number. Never prose."""


class Status(StrEnum):
    """Where the record stands; where the work stands is `Standing`."""

    AWAITING_CONFIRMATION = "awaiting_confirmation"
    OPEN = "open"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Relation(StrEnum):
    """Why two complaints belong together (N3)."""

    REPEAT = "repeat"
    SAME_INCIDENT = "same_incident"
    SAME_CUSTOMER = "same_customer"


class Direction(StrEnum):
    """Who spoke: the complainant to us, or we to them."""

    IN = "in"
    OUT = "out"


class Topic(StrEnum):
    """What a contact was about."""

    ENQUIRY = "enquiry"
    ADDITION = "addition"
    DEMAND = "demand"
    PROGRESS = "progress"
    ANSWER = "answer"
    OTHER = "other"


class EvidenceKind(StrEnum):
    """What a piece of evidence is (F38)."""

    PHOTO = "photo"
    VIDEO = "video"
    RECORDING = "recording"
    RECEIPT = "receipt"
    DOCUMENT = "document"
    STATEMENT = "statement"
    SIGNATURE = "signature"
    CHAT = "chat"
    OTHER = "other"


class EvidenceState(StrEnum):
    """Whether we have it: asked for, here, or gone for good."""

    EXPECTED = "expected"
    ATTACHED = "attached"
    UNAVAILABLE = "unavailable"


class Reclassified(StrEnum):
    """Why a classification changed (F11)."""

    TRIAGE = "triage"
    CORRECTION = "correction"
    NEW_INFORMATION = "new_information"
    FINDING = "finding"
    CUSTOMER_REQUEST = "customer_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRef:
    """Something a person typed: where it is and its salted commitment, never the words."""

    id: UUID
    subject: str
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A word that passed between us and the complainant."""

    id: UUID
    at: datetime
    by: str
    direction: Direction
    channel: str
    topic: Topic
    text: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A piece of evidence, or the wait for one. `sha256` is of its content, in hex."""

    id: UUID
    kind: EvidenceKind
    state: EvidenceState
    by: str
    sha256: str | None = None
    size: int | None = None
    source_expires_at: datetime | None = None
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another complaint that belongs with this one. `later`: this one came second."""

    complaint: UUID
    relation: Relation
    later: bool
