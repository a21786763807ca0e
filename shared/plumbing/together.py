"""The second write form: several aggregates, all or nothing (decision 3).

One transaction, all rows locked in one order (table name, id), decided in memory, written in
one statement per table. Used where a rule needs several aggregates, and by every batch.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from shared.plumbing.aggregate import Aggregate, Current, Given, decide
from shared.plumbing.changes import Answer, Change
from shared.plumbing.crashpoints import reach
from shared.plumbing.shell import current_of
from shared.plumbing.web.preconditions import Idempotency
from shared.plumbing.writing import Connection, write

NEVER = datetime.fromtimestamp(0, UTC)
"""The moment of a bench with nothing on it."""
AnyAggregate = Aggregate[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One aggregate to be locked: its kind and id."""

    aggregate: AnyAggregate
    id: UUID

    @property
    def order(self) -> tuple[str, bytes]:
        return (self.aggregate.table.name, self.id.bytes)


@dataclass(slots=True)
class Workbench:
    """Locked aggregates and what was decided about them so far, in memory.

    Commands on one aggregate may follow each other; their changes melt into one.
    """

    connection: Connection
    at: datetime
    current: dict[Target, Current[Any]] = field(default_factory=dict)
    changes: dict[Target, Change] = field(default_factory=dict)

    def state(self, target: Target) -> Any:
        """The state as it stands after what was decided here."""
        return self.current[target].state

    def decide(self, target: Target, command: Any, given: Given) -> None:
        """Decides one command on one locked aggregate. Raises the domain's errors."""
        current = self.current[target]
        if current.state is None:
            current = replace(current, organisation=given.occasion.by.organisation)
        decided = decide(target.aggregate, current, command, given)
        if decided.change is None:
            return
        self.current[target] = replace(current, head=decided.head, state=decided.state)
        earlier = self.changes.get(target)
        self.changes[target] = melted(earlier, decided.change) if earlier else decided.change

    async def write(self, *, keyed: tuple[Idempotency, Answer, datetime] | None = None) -> None:
        """Writes all changes, one statement per table; all rows are locked, so none is stale."""
        grouped = sorted(self.changes.items(), key=_statement_order)
        for _, group in groupby(grouped, key=_statement):
            batch = list(group)
            written = await write(
                self.connection,
                batch[0][0].aggregate.table,
                [change for _, change in batch],
                keyed=keyed,
            )
            assert len(written) == len(batch), "a locked row cannot be stale"
            keyed = None
            reach("bench.between")
        self.changes.clear()


def _statement(item: tuple[Target, Change]) -> tuple[str, bool, tuple[str, ...]]:
    target, change = item
    return (target.aggregate.table.name, change.before.version == 0, tuple(change.columns))


def _statement_order(item: tuple[Target, Change]) -> tuple[Any, ...]:
    return (*_statement(item), item[0].id.bytes)


def melted(first: Change, then: Change) -> Change:
    """Two changes of one aggregate in a row as one: first's before, then's after."""
    armed = {k: v for k, v in first.armed.items() if k not in then.disarmed} | dict(then.armed)
    disarmed = {*first.disarmed, *then.disarmed} - set(armed)
    return replace(
        then,
        before=first.before,
        entries=[*first.entries, *then.entries],
        armed=armed,
        disarmed=sorted(disarmed),
        texts=[*first.texts, *then.texts],
        asides=[*first.asides, *then.asides],
    )


async def lock(
    connection: Connection, targets: Iterable[Target], *, at: datetime | None = None
) -> Workbench:
    """Locks these aggregates in the global order and reads them; absent ones come as empty."""
    bench = Workbench(connection=connection, at=at or NEVER)
    ordered = sorted(set(targets), key=lambda target: target.order)
    for table, group in groupby(ordered, key=lambda target: target.aggregate.table.fullname):
        members = list(group)
        rows = await connection.fetch(_LOCK.format(table=table), [target.id for target in members])
        bench.at = at or rows[0]["at"]
        found = {row["id"]: row for row in rows}
        for target in members:
            row = found.get(target.id)
            bench.current[target] = current_of(target.aggregate, target.id, row, "")
    return bench


_LOCK = """
with found as materialized (
    select id, organisation, version, facts, revision, head, state from {table}
    where id = any($1) order by id for update)
select t.at, f.* from (select platform.business_now() as at) t left join found f on true
"""
