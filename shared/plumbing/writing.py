"""Hands changes to the write statement: the only place that writes an aggregate."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Table

from shared.plumbing.changes import Answer, Aside, Change
from shared.plumbing.statement import KEYED, AsideShape, Shape, sql_of
from shared.plumbing.web.preconditions import Idempotency

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
    asides = _asides(changes)
    shape = _shape(table, changes, tuple(asides), keyed=keyed is not None)
    arguments = _arguments(shape, changes)
    if keyed:
        arguments += _keyed(*keyed)
    for rows in asides.values():
        arguments += rows
    return {row[0] for row in await connection.fetch(sql_of(shape), *arguments)}


def _shape(
    table: Table, changes: Sequence[Change], asides: tuple[AsideShape, ...], *, keyed: bool
) -> Shape:
    entries = [entry for change in changes for entry in change.entries]
    return Shape(
        table=table,
        creates=changes[0].before.version == 0,
        single=len(changes) == 1,
        columns=tuple(changes[0].columns),
        posts=any(entry.fact_sequence for entry in entries),
        arms=any(change.armed for change in changes),
        disarms=any(change.disarmed for change in changes),
        writes_texts=any(change.texts for change in changes),
        keyed=keyed,
        asides=asides,
    )


def _arguments(shape: Shape, changes: Sequence[Change]) -> list[Any]:
    states = [_state(change) for change in changes]
    arguments: list[Any] = list(states[0]) if shape.single else _columns(states)
    arguments += _columns([row for change in changes for row in _journal(change)])
    if shape.arms:
        arguments += _columns([row for change in changes for row in _armed(change, shape.table)])
    if shape.disarms:
        arguments += _columns([(c.id, name) for c in changes for name in c.disarmed])
    if shape.writes_texts:
        arguments += _columns([row for change in changes for row in _texts(change)])
    return arguments


def _columns(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [list(column) for column in zip(*rows, strict=True)]


def _state(change: Change) -> tuple[Any, ...]:
    after = change.after
    return (
        change.id,
        change.organisation,
        after.version,
        after.facts,
        after.revision,
        after.head,
        *change.columns.values(),
        change.before.version,
    )


def _journal(change: Change) -> Iterable[tuple[Any, ...]]:
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


def _armed(change: Change, table: Table) -> Iterable[tuple[Any, ...]]:
    return ((change.id, name, table.name, due_at) for name, due_at in change.armed.items())


def _texts(change: Change) -> Iterable[tuple[Any, ...]]:
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


def _asides(changes: Sequence[Change]) -> dict[AsideShape, list[Any]]:
    """The asides grouped by shape, each as the columns the statement unnests."""
    rows = [
        (_aside_shape(aside), (change.id, *aside.values.values()))
        for change in changes
        for aside in _latest(change.asides)
    ]
    order = {shape: position for position, (shape, _) in reversed(list(enumerate(rows)))}
    rows.sort(key=lambda row: order[row[0]])
    return {
        shape: _columns([values for _, values in group])
        for shape, group in groupby(rows, key=lambda row: row[0])
    }


def _latest(asides: Sequence[Aside]) -> list[Aside]:
    """Of several that replace the same row the last: one statement may touch a row only once."""
    kept: dict[Any, Aside] = {}
    for position, aside in enumerate(asides):
        keys = tuple(aside.values.get(column.name) for column in aside.table.primary_key)
        kept[(aside.table.name, keys) if aside.replaces else position] = aside
    return list(kept.values())


def _aside_shape(aside: Any) -> AsideShape:
    return AsideShape(table=aside.table, columns=tuple(aside.values), replaces=aside.replaces)
