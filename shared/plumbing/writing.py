"""Hands changes to the write statement: the only place that writes an aggregate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from sqlalchemy import Table

from shared.plumbing.changes import Answer, Aside, Change, Premise
from shared.plumbing.statement import (
    KEYED,
    MANY,
    AsideShape,
    Counts,
    PremiseShape,
    Shape,
    counted,
    sql_of,
)
from shared.plumbing.web.preconditions import Idempotency

Row: TypeAlias = tuple[Any, ...]
Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy


async def write(
    connection: Connection,
    table: Table,
    changes: Sequence[Change],
    *,
    keyed: tuple[Idempotency, Answer, datetime] | None = None,
) -> set[UUID]:
    """Writes changes of one table, all created or all updated, in one statement.

    Returns the ids written; one that is missing was stale, or its premises no longer hold.
    Raises asyncpg's UniqueViolationError when a key, an id or an aside's constraint is taken.
    """
    query, arguments = prepared(table, changes, keyed)
    return {row[0] for row in await connection.fetch(query, *arguments)}


def prepared(
    table: Table,
    changes: Sequence[Change],
    keyed: tuple[Idempotency, Answer, datetime] | None = None,
) -> tuple[str, list[Any]]:
    """The statement and what it is given."""
    single = len(changes) == 1
    rows = _rows(changes, table)
    premises = changes[0].premises if single else ()
    assert single or not any(each.premises for each in changes), "premises go with one change"
    shape = _shape(table, changes, rows, (keyed is not None, premises))
    arguments = _states(changes, premises)
    for part, given in zip(rows.parts, (2, 1, 1, 2), strict=True):
        arguments += _passed(part, given if single else 0)
    if keyed:
        arguments += _keyed(*keyed)
    for aside in rows.asides.values():
        arguments += _passed(aside, 1 if single else 0)
    return sql_of(shape), arguments


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of each part, over all changes: journal, armed, disarmed, texts; and asides."""

    parts: tuple[Sequence[Row], Sequence[Row], Sequence[Row], Sequence[Row]]
    asides: dict[tuple[Table, tuple[str, ...], tuple[str, ...]], list[Row]]


def _rows(changes: Sequence[Change], table: Table) -> _Rows:
    return _Rows(
        (
            [row for change in changes for row in _journal(change)],
            [row for change in changes for row in _armed(change, table)],
            [(change.id, name) for change in changes for name in change.disarmed],
            [row for change in changes for row in _texts(change)],
        ),
        _asides(changes),
    )


def _shape(
    table: Table,
    changes: Sequence[Change],
    rows: _Rows,
    more: tuple[bool, Sequence[Premise]],
) -> Shape:
    """Found by its few facts: to build and compare the whole description costs each command."""
    first, (keyed, premises) = changes[0], more
    facts = (
        table,
        first.before.version == 0,
        len(changes) == 1,
        tuple(first.columns),
        any(entry.fact for change in changes for entry in change.entries),
        keyed,
        tuple([counted(len(part)) for part in rows.parts]),
        tuple([(*aside, counted(len(each))) for aside, each in rows.asides.items()]),
        tuple([(p.table, tuple(p.values), p.since and p.since[0]) for p in premises]),
    )
    return _SHAPES.get(facts) or _SHAPES.setdefault(facts, _described(facts))


_SHAPES: dict[Row, Shape] = {}


def _described(facts: Row) -> Shape:
    table, creates, single, columns, posts, keyed, counts, asides, premises = facts
    journal, armed, disarmed, texts = counts
    return Shape(
        table=table,
        creates=creates,
        single=single,
        columns=columns,
        posts=posts,
        keyed=keyed,
        counts=Counts(
            journal=journal,
            armed=armed,
            disarmed=disarmed,
            texts=texts,
            asides=tuple(
                (AsideShape(table=beside, columns=names, replaces=replaces), count)
                for beside, names, replaces, count in asides
            ),
        ),
        premises=tuple(
            PremiseShape(table=other, columns=names, since=since)
            for other, names, since in premises
        ),
    )


def _states(changes: Sequence[Change], premises: Sequence[Premise]) -> list[Any]:
    """The state rows, and what must not be there for them to be written."""
    if len(changes) > 1:
        return _columns([_state(change) for change in changes])
    arguments = [*_state(changes[0])]
    for premise in premises:
        arguments += premise.values.values()
        if premise.since:
            arguments.append(premise.since[1])
    return arguments


def _passed(rows: Sequence[Row], given: int) -> list[Any]:
    """Few rows as plain parameters, many as one array for each column.

    The first `given` columns are not passed: the state row has them.
    """
    if counted(len(rows)) == MANY:
        return _columns(rows)[given:]
    return [value for row in rows for value in row[given:]]


def _columns(rows: Sequence[Row]) -> list[Any]:
    return [list(column) for column in zip(*rows, strict=True)]


def _state(change: Change) -> Row:
    after = change.after
    return (
        change.id,
        change.organisation,
        after.version,
        after.facts,
        after.revision - change.before.revision,
        after.head,
        *change.columns.values(),
        change.before.version,
    )


def _journal(change: Change) -> Iterable[Row]:
    bucket = bucket_of(change.partition_key)
    return (
        (
            change.id,
            change.organisation,
            entry.seq,
            entry.event_id,
            entry.type,
            entry.actor,
            entry.at,
            entry.origin.correlation,
            entry.origin.cause,
            entry.policy,
            entry.entry,
            entry.hash,
            bucket,
            change.partition_key,
            entry.fact_sequence,
            entry.fact,
        )
        for entry in change.entries
    )


def bucket_of(partition_key: UUID) -> int:
    """Which of the relay's 16 buckets a partition key belongs to, stable for good."""
    return partition_key.bytes[-1] & 15


def _armed(change: Change, table: Table) -> Iterable[Row]:
    return ((change.id, name, table.name, due_at) for name, due_at in change.armed.items())


def _texts(change: Change) -> Iterable[Row]:
    return (
        (change.id, change.organisation, text.id, text.subject, text.body, text.salt)
        for text in change.texts
    )


def _keyed(key: Idempotency, answer: Answer, at: datetime) -> list[Any]:
    row = (
        key.organisation,
        key.actor,
        key.route,
        key.key,
        key.fingerprint,
        answer.status,
        answer.revision,
        answer.location,
        answer.body,
        at,
    )
    assert len(row) == len(KEYED)
    return list(row)


def _asides(
    changes: Sequence[Change],
) -> dict[tuple[Table, tuple[str, ...], tuple[str, ...]], list[Row]]:
    """The asides by table, columns and what they replace, in the order in which they first come."""
    found: dict[tuple[Table, tuple[str, ...], tuple[str, ...]], dict[object, Row]] = {}
    for change in changes:
        for aside in change.asides:
            kind = (aside.table, tuple(aside.values), aside.replaces)
            rows = found.setdefault(kind, {})
            rows[_identity(aside, len(rows))] = (change.id, *aside.values.values())
    return {kind: list(rows.values()) for kind, rows in found.items()}


def _identity(aside: Aside, position: int) -> object:
    """One statement may not replace a row twice: of several events' rows the last one stands."""
    if not aside.replaces:
        return position
    return tuple([aside.values[name] for name in _keys(aside.table)])


@cache
def _keys(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key.columns)
