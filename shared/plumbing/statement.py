"""The write statement: state, journal, outbox, timers, texts, asides and key in one CTE.

Every part selects from `state`, so nothing happens when the version is stale (decision 2).
The outbox id is drawn after the row lock, so one aggregate's facts keep their order.
The text of a statement depends only on which parts a command needs; it is built once
for each such shape and prepared once per connection.
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]

MANY = -1
INLINE_MAX = 4
"""So many rows go as plain parameters: cheaper than arrays on both sides, measured."""

STATE_BASE = ("id", "organisation", "version", "facts", "revision", "head")
"""`revision` is passed as what it rises by: what is noted beside a record may raise it too."""
_NOT_SET = {"id", "organisation", "revision"}
JOURNAL = (
    ("aggregate", "uuid"),
    ("seq", "int"),
    ("event_id", "uuid"),
    ("organisation", "text"),
    ("type", "text"),
    ("actor", "text"),
    ("at", "timestamptz"),
    ("correlation", "uuid"),
    ("cause", "uuid"),
    ("policy", "text"),
    ("entry", "bytea"),
    ("hash", "bytea"),
    ("bucket", "smallint"),
    ("partition_key", "uuid"),
    ("fact_sequence", "int"),
    ("fact", "bytea"),
)
TIMERS = (("aggregate", "uuid"), ("name", "text"), ("kind", "text"), ("due_at", "timestamptz"))
DISARMED = (("aggregate", "uuid"), ("name", "text"))
TEXTS = (
    ("id", "uuid"),
    ("organisation", "text"),
    ("aggregate", "uuid"),
    ("subject", "text"),
    ("body", "text"),
    ("salt", "bytea"),
)
KEYED = (
    ("organisation", "text"),
    ("actor", "text"),
    ("route", "text"),
    ("key", "text"),
    ("fingerprint", "bytea"),
    ("status", "smallint"),
    ("revision", "int"),
    ("location", "text"),
    ("body", "bytea"),
    ("created_at", "timestamptz"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideShape:
    """Which table, which columns, and which of them replace an existing row's."""

    table: Table
    columns: tuple[str, ...]
    replaces: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many rows of each part are passed; `MANY` stands for any number, as arrays."""

    journal: int
    armed: int = 0
    disarmed: int = 0
    texts: int = 0
    asides: tuple[tuple[AsideShape, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which parts a write has. `single`: one aggregate, state passed as plain parameters."""

    table: Table
    creates: bool
    single: bool
    columns: tuple[str, ...]
    posts: bool
    keyed: bool
    counts: Counts


def sql_type(table: Table, column: str) -> str:
    """The PostgreSQL type of a column, as a cast writes it."""
    return str(table.c[column].type.compile(dialect=DIALECT))


class _Numbered:
    """Hands out $1, $2, … in the order in which the parameters will be passed."""

    def __init__(self) -> None:
        self.count = 0

    def next(self, kind: str) -> str:
        self.count += 1
        return f"${self.count}::{kind}"


def counted(rows: int) -> int:
    """How a part with so many rows is passed: inline when they are few, else as arrays."""
    return rows if rows <= INLINE_MAX else MANY


def _rows(numbered: _Numbered, columns: tuple[tuple[str, str], ...], name: str, count: int) -> str:
    """The rows of a part as a FROM item `name(columns…, ordinal)`."""
    names = ", ".join(f'"{column}"' for column, _ in columns)
    if count == MANY:
        arrays = ", ".join(numbered.next(f"{kind}[]") for _, kind in columns)
        return f"unnest({arrays}) with ordinality as {name}({names}, ordinal)"
    rows = (
        ", ".join(numbered.next(kind) for _, kind in columns) + f", {ordinal}"
        for ordinal in range(1, count + 1)
    )
    return f"(values {', '.join(f'({row})' for row in rows)}) as {name}({names}, ordinal)"


def _input(shape: Shape, numbered: _Numbered) -> str:
    columns = [(c, sql_type(shape.table, c)) for c in (*STATE_BASE, *shape.columns)]
    columns.append(("expected", "int"))
    if shape.single:
        picks = ", ".join(f'{numbered.next(kind)} as "{name}"' for name, kind in columns)
        return f"input as (select {picks})"
    return f"input as (select * from {_rows(numbered, tuple(columns), 'i', MANY)})"


def _state(shape: Shape) -> str:
    table = shape.table.fullname
    names = (*STATE_BASE, *shape.columns)
    if shape.creates:
        listed = ", ".join(f'"{name}"' for name in names)
        return f"state as (insert into {table} ({listed}) select {listed} from input returning id)"
    sets = ", ".join(f'"{n}" = i."{n}"' for n in names if n not in _NOT_SET)
    return (
        f"state as (update {table} s set {sets}, revision = s.revision + i.revision from input i "
        f"where s.id = i.id and s.version = i.expected returning s.id)"
    )


def _journalled(schema: str, numbered: _Numbered, shape: Shape) -> list[str]:
    names = ", ".join(f'"{name}"' for name, _ in JOURNAL)
    picked = ", ".join(f'j."{name}"' for name, _ in JOURNAL)
    rows = _rows(numbered, JOURNAL, "j", shape.counts.journal)
    noted = (
        f"noted as (insert into {schema}.journal ({names}) select {picked} "
        f"from state join {rows} on j.aggregate = state.id "
        f"order by j.ordinal returning aggregate, seq, bucket, fact_sequence)"
    )
    if not shape.posts:
        return [noted]
    posted = (
        f"posted as (insert into {schema}.outbox (bucket, aggregate, seq) "
        f"select bucket, aggregate, seq from noted where fact_sequence is not null "
        f"order by aggregate, seq)"
    )
    return [noted, posted]


def _armed(schema: str, numbered: _Numbered, count: int) -> str:
    return (
        f"armed as (insert into {schema}.timers (aggregate, name, kind, due_at) "
        f"select t.aggregate, t.name, t.kind, t.due_at "
        f"from state join {_rows(numbered, TIMERS, 't', count)} on t.aggregate = state.id "
        f"on conflict (aggregate, name) do update "
        f"set due_at = excluded.due_at, attempts = 0, problem = null)"
    )


def _disarmed(schema: str, numbered: _Numbered, count: int) -> str:
    return (
        f"disarmed as (delete from {schema}.timers t using state "
        f"join {_rows(numbered, DISARMED, 'd', count)} on d.aggregate = state.id "
        f"where t.aggregate = d.aggregate and t.name = d.name)"
    )


def _texts(schema: str, numbered: _Numbered, count: int) -> str:
    names = ", ".join(name for name, _ in TEXTS)
    picked = ", ".join(f"x.{name}" for name, _ in TEXTS)
    return (
        f"worded as (insert into {schema}.texts ({names}) select {picked} "
        f"from state join {_rows(numbered, TEXTS, 'x', count)} on x.aggregate = state.id)"
    )


def _keyed(schema: str, numbered: _Numbered) -> str:
    names = ", ".join(name for name, _ in KEYED)
    picks = ", ".join(numbered.next(kind) for _, kind in KEYED)
    return (
        f"keyed as (insert into {schema}.idempotency ({names}) select {picks} from state limit 1)"
    )


def _aside(index: int, aside: AsideShape, numbered: _Numbered, count: int) -> str:
    columns = (
        ("of_aggregate", "uuid"),
        *((name, sql_type(aside.table, name)) for name in aside.columns),
    )
    names = ", ".join(f'"{name}"' for name in aside.columns)
    picked = ", ".join(f'a."{name}"' for name in aside.columns)
    conflict = ""
    if aside.replaces:
        keys = ", ".join(f'"{column.name}"' for column in aside.table.primary_key.columns)
        sets = ", ".join(f'"{name}" = excluded."{name}"' for name in aside.replaces)
        conflict = f" on conflict ({keys}) do update set {sets}"
    return (
        f"aside{index} as (insert into {aside.table.fullname} ({names}) select {picked} "
        f"from state join {_rows(numbered, columns, 'a', count)} on a.of_aggregate = state.id "
        f"order by a.ordinal{conflict})"
    )


@lru_cache(maxsize=512)
def sql_of(shape: Shape) -> str:
    """The statement of this shape; returns the ids that were written."""
    schema, numbered, counts = str(shape.table.schema), _Numbered(), shape.counts
    parts = [_input(shape, numbered), _state(shape)]
    parts += _journalled(schema, numbered, shape)
    if counts.armed:
        parts.append(_armed(schema, numbered, counts.armed))
    if counts.disarmed:
        parts.append(_disarmed(schema, numbered, counts.disarmed))
    if counts.texts:
        parts.append(_texts(schema, numbered, counts.texts))
    if shape.keyed:
        parts.append(_keyed(schema, numbered))
    parts += [_aside(i, each, numbered, count) for i, (each, count) in enumerate(counts.asides)]
    return "with " + ",\n".join(parts) + "\nselect id from state"
