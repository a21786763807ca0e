"""The write statement: state, journal, outbox, timers, texts, asides and key in one CTE.

Every part selects from `state`, so nothing happens when the version is stale (decision 2).
The outbox id is drawn after the row lock, so one aggregate's facts keep their order.
What `state` gives (id, organisation) is not passed again when there is one aggregate: its
parts then need no join. The text of a statement depends only on which parts a command needs;
it is built once for each such shape and prepared once per connection.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]

Columns: TypeAlias = tuple[tuple[str, str], ...]
Part: TypeAlias = tuple[Columns, str, int]
"""Columns with their types, the part's alias, and how many rows are passed."""

MANY = -1
INLINE_MAX = 4
"""So many rows go as plain parameters: cheaper than arrays on both sides, measured."""

STATE_BASE = ("id", "organisation", "version", "facts", "revision", "head")
"""`revision` is passed as what it rises by: what is noted beside a record may raise it too."""
_NOT_SET = {"id", "organisation", "revision"}
GIVEN = {"aggregate": "s.id", "organisation": "s.organisation"}
"""What a part's rows may begin with and `state` returns: not passed for a single aggregate."""

JOURNAL = (
    ("aggregate", "uuid"),
    ("organisation", "text"),
    ("seq", "int"),
    ("event_id", "uuid"),
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
    ("aggregate", "uuid"),
    ("organisation", "text"),
    ("id", "uuid"),
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
class PremiseShape:
    """Which table must hold no row with these values, nor one since a moment in a column."""

    table: Table
    columns: tuple[str, ...]
    since: str | None


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
    premises: tuple[PremiseShape, ...] = ()


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


def _rows(numbered: _Numbered, columns: Columns, name: str, count: int) -> str:
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


def _from_state(shape: Shape, numbered: _Numbered, part: Part) -> tuple[dict[str, str], str]:
    """A part's columns as expressions, and the FROM that goes with them.

    One aggregate: `state` has one row, so what it knows is taken from it, one row of values
    goes into the SELECT itself and several are joined to it without a condition.
    """
    columns, name, count = part
    if not shape.single:
        source = f"state s join {_rows(numbered, columns, name, count)} on {name}.aggregate = s.id"
        return {column: f'{name}."{column}"' for column, _ in columns}, source
    known = {column: GIVEN[column] for column, _ in columns if column in GIVEN}
    rest = columns[len(known) :]
    if count == 1:
        return known | {column: numbered.next(kind) for column, kind in rest}, "state s"
    source = f"state s cross join {_rows(numbered, rest, name, count)}"
    return known | {column: f'{name}."{column}"' for column, _ in rest}, source


def _inserted(shape: Shape, numbered: _Numbered, table: str, part: Part) -> str:
    (columns, name, count), (picked, source) = part, _from_state(shape, numbered, part)
    names = ", ".join(f'"{column}"' for column, _ in columns)
    order = "" if count == 1 and shape.single else f" order by {name}.ordinal"
    return f"insert into {table} ({names}) select {', '.join(picked.values())} from {source}{order}"


def _input(shape: Shape, numbered: _Numbered) -> str:
    columns = [(c, sql_type(shape.table, c)) for c in (*STATE_BASE, *shape.columns)]
    columns.append(("expected", "int"))
    if shape.single:
        picks = ", ".join(f'{numbered.next(kind)} as "{name}"' for name, kind in columns)
        return f"input as (select {picks}{_while_absent(shape, numbered)})"
    return f"input as (select * from {_rows(numbered, tuple(columns), 'i', MANY)})"


def _while_absent(shape: Shape, numbered: _Numbered) -> str:
    """Asked once, before the first row is written (an InitPlan: it depends on nothing)."""
    tests = [_absent(premise, numbered) for premise in shape.premises]
    return f" where {' and '.join(tests)}" if tests else ""


def _absent(premise: PremiseShape, numbered: _Numbered) -> str:
    table = premise.table
    tests = [f'"{name}" = {numbered.next(sql_type(table, name))}' for name in premise.columns]
    if premise.since:
        kind = sql_type(table, premise.since)
        tests.append(f'"{premise.since}" >= {numbered.next(kind)}')
    return f"not exists (select from {table.fullname} where {' and '.join(tests)})"


def _state(shape: Shape) -> str:
    table = shape.table.fullname
    names = (*STATE_BASE, *shape.columns)
    if shape.creates:
        listed = ", ".join(f'"{name}"' for name in names)
        return (
            f"state as (insert into {table} ({listed}) select {listed} from input "
            "returning id, organisation)"
        )
    sets = ", ".join(f'"{n}" = i."{n}"' for n in names if n not in _NOT_SET)
    return (
        f"state as (update {table} s set {sets}, revision = s.revision + i.revision from input i "
        f"where s.id = i.id and s.version = i.expected returning s.id, s.organisation)"
    )


def _journalled(schema: str, numbered: _Numbered, shape: Shape) -> list[str]:
    count = shape.counts.journal
    written = _inserted(shape, numbered, f"{schema}.journal", (JOURNAL, "j", count))
    noted = f"noted as ({written} returning aggregate, seq, bucket, fact_sequence)"
    if not shape.posts:
        return [noted]
    one = shape.single and count == 1
    which = "" if one else " where fact_sequence is not null order by aggregate, seq"
    posted = (
        f"posted as (insert into {schema}.outbox (bucket, aggregate, seq) "
        f"select bucket, aggregate, seq from noted{which})"
    )
    return [noted, posted]


def _armed(schema: str, numbered: _Numbered, shape: Shape) -> str:
    written = _inserted(shape, numbered, f"{schema}.timers", (TIMERS, "t", shape.counts.armed))
    return (
        f"armed as ({written} on conflict (aggregate, name) do update "
        f"set due_at = excluded.due_at, attempts = 0, problem = null)"
    )


def _disarmed(schema: str, numbered: _Numbered, shape: Shape) -> str:
    part = (DISARMED, "d", shape.counts.disarmed)
    picked, source = _from_state(shape, numbered, part)
    return (
        f"disarmed as (delete from {schema}.timers t using {source} "
        f"where t.aggregate = {picked['aggregate']} and t.name = {picked['name']})"
    )


def _texts(schema: str, numbered: _Numbered, shape: Shape) -> str:
    written = _inserted(shape, numbered, f"{schema}.texts", (TEXTS, "x", shape.counts.texts))
    return f"worded as ({written})"


def _keyed(schema: str, numbered: _Numbered, *, single: bool) -> str:
    names = ", ".join(name for name, _ in KEYED)
    picks = ", ".join(numbered.next(kind) for _, kind in KEYED)
    once = "" if single else " limit 1"
    return f"keyed as (insert into {schema}.idempotency ({names}) select {picks} from state{once})"


def _aside(index: int, shape: Shape, numbered: _Numbered) -> str:
    aside, count = shape.counts.asides[index]
    columns = (
        ("aggregate", "uuid"),
        *((f"{place}", sql_type(aside.table, name)) for place, name in enumerate(aside.columns)),
    )
    picked, source = _from_state(shape, numbered, (columns, "a", count))
    values = [picked[f"{place}"] for place in range(len(aside.columns))]
    names = ", ".join(f'"{name}"' for name in aside.columns)
    order = "" if count == 1 and shape.single else " order by a.ordinal"
    return (
        f"aside{index} as (insert into {aside.table.fullname} ({names}) "
        f"select {', '.join(values)} from {source}{order}{_replacing(aside)})"
    )


def _replacing(aside: AsideShape) -> str:
    if not aside.replaces:
        return ""
    keys = ", ".join(f'"{column.name}"' for column in aside.table.primary_key.columns)
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in aside.replaces)
    return f" on conflict ({keys}) do update set {sets}"


@lru_cache(maxsize=512)
def sql_of(shape: Shape) -> str:
    """The statement of this shape; returns the ids that were written."""
    schema, numbered, counts = str(shape.table.schema), _Numbered(), shape.counts
    parts = [_input(shape, numbered), _state(shape)]
    parts += _journalled(schema, numbered, shape)
    if counts.armed:
        parts.append(_armed(schema, numbered, shape))
    if counts.disarmed:
        parts.append(_disarmed(schema, numbered, shape))
    if counts.texts:
        parts.append(_texts(schema, numbered, shape))
    if shape.keyed:
        parts.append(_keyed(schema, numbered, single=shape.single))
    parts += [_aside(index, shape, numbered) for index in range(len(counts.asides))]
    return "with " + ",\n".join(parts) + "\nselect id from state"
