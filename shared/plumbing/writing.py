"""Hands changes to the write statement: the only place that writes an aggregate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from sqlalchemy import Table

from shared.plumbing.changes import Answer, Aside, Change
from shared.plumbing.statement import KEYED, MANY, AsideShape, Counts, Shape, counted, sql_of
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

    Returns the ids written; one that is missing was stale. Raises asyncpg's
    UniqueViolationError when a key, an id or an aside's constraint is taken.
    """
    rows = _rows(changes, table)
    shape = _shape(table, changes, rows, keyed=keyed is not None)
    arguments = _arguments(shape, changes, rows)
    if keyed:
        arguments += _keyed(*keyed)
    for aside, (_, count) in zip(rows.asides.values(), shape.counts.asides, strict=True):
        arguments += _passed(aside, count)
    return {row[0] for row in await connection.fetch(sql_of(shape), *arguments)}


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of each part, over all changes."""

    journal: list[Row]
    armed: list[Row]
    disarmed: list[Row]
    texts: list[Row]
    asides: dict[AsideShape, list[Row]]


def _rows(changes: Sequence[Change], table: Table) -> _Rows:
    return _Rows(
        journal=[row for change in changes for row in _journal(change)],
        armed=[row for change in changes for row in _armed(change, table)],
        disarmed=[(change.id, name) for change in changes for name in change.disarmed],
        texts=[row for change in changes for row in _texts(change)],
        asides=_asides(changes),
    )


def _shape(table: Table, changes: Sequence[Change], rows: _Rows, *, keyed: bool) -> Shape:
    return Shape(
        table=table,
        creates=changes[0].before.version == 0,
        single=len(changes) == 1,
        columns=tuple(changes[0].columns),
        posts=any(entry.fact for change in changes for entry in change.entries),
        keyed=keyed,
        counts=Counts(
            journal=counted(len(rows.journal)),
            armed=counted(len(rows.armed)),
            disarmed=counted(len(rows.disarmed)),
            texts=counted(len(rows.texts)),
            asides=tuple((shape, counted(len(each))) for shape, each in rows.asides.items()),
        ),
    )


def _arguments(shape: Shape, changes: Sequence[Change], rows: _Rows) -> list[Any]:
    states = [_state(change) for change in changes]
    arguments: list[Any] = list(states[0]) if shape.single else _columns(states)
    counts = shape.counts
    arguments += _passed(rows.journal, counts.journal)
    arguments += _passed(rows.armed, counts.armed)
    arguments += _passed(rows.disarmed, counts.disarmed)
    arguments += _passed(rows.texts, counts.texts)
    return arguments


def _passed(rows: Sequence[Row], count: int) -> list[Any]:
    """Few rows as plain parameters, many as one array for each column."""
    if count == MANY:
        return _columns(rows)
    return [value for row in rows for value in row]


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
            entry.seq,
            entry.event_id,
            change.organisation,
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
        (text.id, change.organisation, change.id, text.subject, text.body, text.salt)
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


def _asides(changes: Sequence[Change]) -> dict[AsideShape, list[Row]]:
    """The asides by shape, in the order in which the shapes first come."""
    found: dict[AsideShape, dict[object, Row]] = {}
    for change in changes:
        for aside in change.asides:
            shape = AsideShape(
                table=aside.table, columns=tuple(aside.values), replaces=aside.replaces
            )
            rows = found.setdefault(shape, {})
            rows[_identity(aside, len(rows))] = (change.id, *aside.values.values())
    return {shape: list(rows.values()) for shape, rows in found.items()}


def _identity(aside: Aside, position: int) -> object:
    """One statement may not replace a row twice: of several events' rows the last one stands."""
    if not aside.replaces:
        return position
    return tuple(aside.values[column.name] for column in aside.table.primary_key.columns)
