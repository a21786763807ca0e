"""I1, I9, I11 and I14: what was answered is what happened."""

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

import asyncpg

from tests.faults.oracle.evidence import Answered, Evidence, Op, Outcome, Ticket
from tests.faults.oracle.verdicts import Verdict, verdict

OK = range(200, 300)
SHED = 429
FORBIDDEN = "forbidden"
TIMES = {Outcome.OK: {1}, Outcome.FAIL: {0}, Outcome.UNKNOWN: {0, 1}}
"""How often something may have happened, by what its client was told."""


async def kept(database: asyncpg.Connection, evidence: Evidence) -> Verdict:
    """I1: each success is exactly one record with one beginning; what is unknown is one or none;
    what was refused is none; where clients were `alone`, there is nothing nobody asked for.
    """
    found: list[str] = []
    creating = [op for op in evidence.ops if op.kind in evidence.creates]
    for kind, table in evidence.creates.items():
        ops = [op for op in creating if op.kind == kind]
        made = await _made(database, table, ops)
        for op in ops:
            found += _misjudged(op, made.get(op.key, []))
        found += await _begun_wrongly(database, table)
        if evidence.alone:
            owned = {each for ids in made.values() for each in ids}
            found += await _unasked(database, table, owned, evidence.tickets)
    return verdict("I1", len(creating), found)


async def honest(database: asyncpg.Connection, evidence: Evidence) -> Verdict:
    """I14: under one key there is one effect and one answer, and no refusal of what happened."""
    found = [each for op in evidence.ops for each in _contradictions(op)]
    refused = [op.key for op in evidence.ops if op.outcome is Outcome.FAIL]
    for service in evidence.services:
        rows = await database.fetch(
            f"select key from {service}.idempotency where key = any($1)",  # noqa: S608
            refused,
        )
        found += [f"refused and yet carried out: {row['key']} in {service}" for row in rows]
        found += [
            f"a stored answer without effect: {each}"
            for each in await _hollow(database, service, evidence)
        ]
    found += await _unlike(database, evidence)
    return verdict("I14", len(evidence.ops), found)


def closed(evidence: Evidence) -> Verdict:
    """I11: what is forbidden was never answered with success, whatever was broken meanwhile."""
    ops = [op for op in evidence.ops if op.kind == FORBIDDEN]
    found = [
        f"{op.key} was allowed ({op.status})"
        for op in ops
        if op.status in OK or any(each.status in OK for each in op.answers)
    ]
    return verdict("I11", len(ops), found)


async def answered(database: asyncpg.Connection, tickets: Sequence[Ticket]) -> Verdict:
    """I9: every ticket was answered with success, and is exactly one complaint, the one named."""
    found = [f"nobody answered ticket {each.number}" for each in tickets if each.status not in OK]
    rows = await database.fetch(_TICKETS) if tickets else []
    known = {(row["provider"], row["ticket"]): row for row in rows}
    for each in tickets:
        row = known.get((each.provider, each.number))
        if row is None:
            found.append(f"ticket {each.number} has no record")
        else:
            found += _mistaken(each, row)
    shared = Counter(row["complaint"] for row in rows)
    found += [f"{n} tickets share complaint {one}" for one, n in shared.items() if n > 1]
    if tickets:
        found += [f"complaint {row['id']} has no ticket" for row in await database.fetch(_LOOSE)]
    return verdict("I9", len(tickets), found)


def _mistaken(ticket: Ticket, row: asyncpg.Record) -> Iterator[str]:
    if row["id"] is None:
        yield f"ticket {ticket.number} names complaint {row['complaint']}, which is not there"
    if ticket.complaint not in {None, row["complaint"]}:
        yield f"ticket {ticket.number} was answered with another complaint"
    if ticket.reference not in {None, row["reference"]}:
        yield f"ticket {ticket.number} was answered with another reference"


async def _made(
    database: asyncpg.Connection, table: str, ops: Sequence[Op]
) -> dict[str, list[UUID]]:
    """By key of an op: the rows it made, by the id it knows and by the stored answer."""
    schema = table.partition(".")[0]
    rows = await database.fetch(
        f"select key, convert_from(body, 'utf8')::jsonb ->> 'id' as id "  # noqa: S608
        f"from {schema}.idempotency where key = any($1)",
        [op.key for op in ops],
    )
    named: dict[str, set[UUID]] = {op.key: {op.id} if op.id else set() for op in ops}
    for row in rows:
        if row["id"]:
            named[row["key"]].add(UUID(row["id"]))
    wanted = [each for ids in named.values() for each in ids]
    there = await database.fetch(f"select id from {table} where id = any($1)", wanted)  # noqa: S608
    known = {row["id"] for row in there}
    return {key: sorted(ids & known) for key, ids in named.items()}


def _misjudged(op: Op, made: Sequence[UUID]) -> Iterator[str]:
    if len(made) > 1:
        yield f"{op.key} is there {len(made)} times"
    if op.outcome is Outcome.OK and not made:
        yield f"{op.key} was accepted and is missing ({op.id})"
    if op.outcome is Outcome.OK and op.id and made and op.id not in made:
        yield f"{op.key} is another record than the one answered"
    if op.outcome is Outcome.FAIL and made:
        yield f"{op.key} was refused and is there ({made[0]})"


async def _begun_wrongly(database: asyncpg.Connection, table: str) -> list[str]:
    schema = table.partition(".")[0]
    rows = await database.fetch(_BEGUN.format(s=schema, t=table))
    return [f"{table} {row['id']} began {row['n']} times" for row in rows]


async def _unasked(
    database: asyncpg.Connection, table: str, owned: set[UUID], tickets: Sequence[Ticket]
) -> list[str]:
    numbers = [each.number for each in tickets]
    by_ticket = (
        await database.fetch(
            "select complaint from intake.hotline_tickets where ticket = any($1)", numbers
        )
        if numbers
        else []
    )
    rows = await database.fetch(f"select id from {table}")  # noqa: S608
    loose = {row["id"] for row in rows} - owned - {row["complaint"] for row in by_ticket}
    return [f"nobody asked for {table} {each}" for each in sorted(loose)]


async def _unlike(database: asyncpg.Connection, evidence: Evidence) -> list[str]:
    """Ops whose attempts had another number of effects than the client was told."""
    asked = {each for op in evidence.ops for each in op.correlations}
    effective: set[UUID] = set()
    for service in evidence.services:
        query = f"select distinct correlation from {service}.journal where correlation = any($1)"  # noqa: S608
        effective |= {row["correlation"] for row in await database.fetch(query, list(asked))}
    found = []
    for op in evidence.ops:
        times = len(effective.intersection(op.correlations))
        if op.correlations and times not in TIMES[op.outcome]:
            found.append(f"{op.key} ended {op.outcome} and happened {times} times")
    return found


async def _hollow(database: asyncpg.Connection, service: str, evidence: Evidence) -> list[str]:
    """Keys of successful creations whose record is not there."""
    ours = [op.key for op in evidence.ops if op.kind in evidence.creates]
    found: list[str] = []
    for table in evidence.creates.values():
        if table.startswith(f"{service}."):
            rows = await database.fetch(_HOLLOW.format(s=service, t=table), ours)
            found += [row["key"] for row in rows]
    return found


def _contradictions(op: Op) -> Iterator[str]:
    """After the first success only replays of it may follow, or nobody who could say."""
    first: Answered | None = None
    for each in op.answers:
        if each.status in OK and first is None:
            first = each
        elif each.status in OK and first is not None:
            if not each.replayed:
                yield f"{op.key} was carried out twice"
            if first.id != each.id:
                yield f"{op.key} was answered with {first.id}, then with {each.id}"
        elif first is not None and each.status < 500 and each.status != SHED:
            yield f"{op.key} was accepted, then refused with {each.status}"
    if op.outcome is Outcome.FAIL and first is not None:
        yield f"{op.key} counts as refused and was accepted"


_BEGUN = """
select t.id, count(j.seq) as n from {t} t
left join {s}.journal j on j.aggregate = t.id and j.seq = 1
group by t.id having count(j.seq) <> 1
"""
_HOLLOW = """
select k.key from {s}.idempotency k where k.key = any($1) and k.status between 200 and 299
and not exists (select 1 from {t} t
                where t.id::text = convert_from(k.body, 'utf8')::jsonb ->> 'id')
"""
_TICKETS = """
select t.provider, t.ticket, t.complaint, c.id, c.reference
from intake.hotline_tickets t left join intake.complaints c on c.id = t.complaint
"""
_LOOSE = """
select c.id from intake.complaints c where c.channel = 'hotline'
and not exists (select 1 from intake.hotline_tickets t where t.complaint = c.id)
"""
