"""What one command does to one aggregate, ready to be written in one statement."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from shared.plumbing.identifiers import new_id

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where an aggregate stands: see `tables.aggregate_table`."""

    version: int = 0
    facts: int = 0
    revision: int = 0
    head: bytes = GENESIS


NOWHERE = Head()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Something a person typed. Lives in `texts`; events carry only `id` and `commitment`."""

    id: UUID
    subject: str
    body: str
    salt: bytes

    @property
    def commitment(self) -> str:
        """A salted SHA-256, so that erasing text and salt leaves nothing to guess at."""
        return hashlib.sha256(self.salt + self.body.encode()).hexdigest()


def written(subject: str, body: str) -> Written:
    """Takes down a text with a fresh id and salt; `subject` says what it is (`narrative`)."""
    return Written(id=new_id(), subject=subject, body=body, salt=secrets.token_bytes(16))


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A row of a table of the service beside the state: an approval, a clock step, a vault entry.

    `replaces` names the columns to overwrite when the row exists; empty means plain insert,
    so that a unique constraint can refuse the command.
    """

    table: Table
    values: Mapping[str, Any]
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Premise:
    """What a decision took for granted: no row of `table` has these `values`, or none whose
    column `since` names is at or after its moment. Written only while that holds.
    """

    table: Table
    values: Mapping[str, Any]
    since: tuple[str, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Why a command runs: the request's or chain's correlation, and the fact just before."""

    correlation: UUID
    cause: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One journal row, and the fact it publishes, if any."""

    seq: int
    event_id: UUID
    type: str
    at: datetime
    entry: bytes
    hash: bytes
    fact_sequence: int | None
    fact: bytes | None
    actor: str
    origin: Origin
    policy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All effects of one command (or of several in a row) on one aggregate."""

    id: UUID
    organisation: str
    before: Head
    after: Head
    columns: Mapping[str, Any]
    partition_key: UUID
    entries: Sequence[Entry] = ()
    armed: Mapping[str, datetime] = field(default_factory=dict)
    disarmed: Sequence[str] = ()
    texts: Sequence[Written] = ()
    asides: Sequence[Aside] = ()
    premises: Sequence[Premise] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a door answers and, under an idempotency key, answers again: ids and codes only."""

    status: int
    body: bytes
    revision: int
    location: str | None = None
    replayed: bool = False
