"""What a service has heard: fact sequences, verdicts, and the parking lot (decisions 1, 4)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from pydantic import ValidationError

from shared.contracts.envelope import Contract, Envelope
from shared.contracts.registry import BY_TYPE
from shared.plumbing.writing import Connection


class Verdict(StrEnum):
    APPLY = "apply"
    DUPLICATE = "duplicate"
    GAP = "gap"
    DIVERGED = "diverged"


@dataclass(frozen=True, slots=True)
class Received:
    """A fact as it came: envelope, its contract when the type is known, and the raw bytes."""

    envelope: Envelope
    contract: Contract | None
    record: bytes

    @property
    def stream(self) -> tuple[str, UUID]:
        return (self.envelope.source, self.envelope.subject)


@dataclass(frozen=True, slots=True)
class LastHeard:
    """The newest fact applied of one stream."""

    sequence: int = 0
    event_id: UUID | None = None


class Unreadable(Exception):
    """The record is not one of Kesu's envelopes."""


class BadFact(Exception):
    """The envelope is right but its data does not fit the contract of its type."""


class Premature(Exception):
    """The fact speaks of something that has not arrived here yet; it is tried again soon."""


def read_envelope(record: bytes | None) -> Envelope:
    """Raises Unreadable, with the places that are wrong and never their values."""
    try:
        return Envelope.model_validate_json(record or b"")
    except ValidationError as error:
        raise Unreadable(_places(error)) from None


def read_fact(record: bytes, envelope: Envelope) -> Received:
    """Raises BadFact when the data of a known type does not fit; unknown types have no contract."""
    kind = BY_TYPE.get(envelope.type)
    if kind is None:
        return Received(envelope, None, record)
    try:
        return Received(envelope, kind.model_validate(envelope.data), record)
    except ValidationError as error:
        raise BadFact(_places(error)) from None


def _places(error: ValidationError) -> str:
    """Where it is wrong. A key of a mapping may be anything that anybody wrote: only what looks
    like a field is said.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    places = {".".join(map(_said, each["loc"])) or "body" for each in found}
    return ", ".join(sorted(places)[:5])


def _said(part: int | str) -> str:
    return str(part) if isinstance(part, int) or _FIELD.fullmatch(part) else "?"


_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


def verdict_of(last: LastHeard, envelope: Envelope) -> Verdict:
    """How a fact stands to what was heard of its stream."""
    if envelope.sequence == last.sequence + 1:
        return Verdict.APPLY
    if envelope.sequence > last.sequence:
        return Verdict.GAP
    if envelope.sequence == last.sequence and envelope.id != last.event_id:
        return Verdict.DIVERGED
    return Verdict.DUPLICATE


async def heard(
    connection: Connection, schema: str, streams: Iterable[tuple[str, UUID]]
) -> dict[tuple[str, UUID], LastHeard]:
    """The last fact applied of each of these streams."""
    wanted = sorted(set(streams))
    rows = await connection.fetch(
        f"select i.source, i.aggregate, i.last_sequence, i.last_event_id from {schema}.inbox i "
        "join unnest($1::text[], $2::uuid[]) w(source, aggregate) using (source, aggregate)",
        [source for source, _ in wanted],
        [aggregate for _, aggregate in wanted],
    )
    return {
        (row["source"], row["aggregate"]): LastHeard(row["last_sequence"], row["last_event_id"])
        for row in rows
    }


async def advance(
    connection: Connection, schema: str, heads: dict[tuple[str, UUID], LastHeard]
) -> None:
    """Remembers how far these streams were applied."""
    if not heads:
        return
    await connection.execute(
        f"insert into {schema}.inbox (source, aggregate, last_sequence, last_event_id) "
        "select * from unnest($1::text[], $2::uuid[], $3::int[], $4::uuid[]) "
        "on conflict (source, aggregate) do update "
        "set last_sequence = excluded.last_sequence, last_event_id = excluded.last_event_id",
        [source for source, _ in heads],
        [aggregate for _, aggregate in heads],
        [last.sequence for last in heads.values()],
        [last.event_id for last in heads.values()],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A fact that waits: `kind` is gap, premature, failure or diverged."""

    envelope: Envelope
    record: bytes
    kind: str
    problem: str
    attempts: int = 0

    @property
    def stream(self) -> tuple[str, UUID]:
        return (self.envelope.source, self.envelope.subject)


async def park(connection: Connection, schema: str, facts: Sequence[Parked]) -> None:
    """Puts facts aside in the order of their aggregate; the partition flows on."""
    if not facts:
        return
    await connection.executemany(
        f"insert into {schema}.parked "
        "(source, aggregate, sequence, event_id, type, kind, problem, attempts, record) "
        "values ($1,$2,$3,$4,$5,$6,$7,$8,$9) on conflict (source, aggregate, sequence) do update "
        "set kind = excluded.kind, problem = excluded.problem, "
        "attempts = parked.attempts + excluded.attempts",
        [
            (
                fact.envelope.source,
                fact.envelope.subject,
                fact.envelope.sequence,
                fact.envelope.id,
                fact.envelope.type,
                fact.kind,
                fact.problem,
                fact.attempts,
                fact.record,
            )
            for fact in facts
        ],
    )
