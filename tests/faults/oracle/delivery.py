"""I3 and the listeners' half of I4: what was committed came to everybody it concerns, once."""

from collections.abc import AsyncIterator, Iterator

import asyncpg

from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.facts import Facts
from tests.faults.oracle.topics import Heard
from tests.faults.oracle.verdicts import Verdict, verdict


async def delivered(
    database: asyncpg.Connection, evidence: Evidence, facts: Facts, heard: Heard | None
) -> Verdict:
    """I3: each fact is in its topic, each listener is at the producer's last, nothing waits,
    and no fact had its effect in two goes.
    """
    found = [] if heard is None or not evidence.complete else list(_untold(facts, heard))
    for service in evidence.services:
        found += [each async for each in _waiting(database, service)]
        found += [each async for each in _doubled(database, service)]
        for listener in evidence.listeners_of(service):
            found += [each async for each in _behind(database, evidence, service, listener)]
    return verdict("I3", len(facts.by_place), found)


async def contiguous(database: asyncpg.Connection, evidence: Evidence, facts: Facts) -> list[str]:
    """I4, in the databases: fact sequences are 1..n and what `facts` counts; inboxes fit them."""
    found = [f"two facts under one sequence: {place}" for place in facts.doubled]
    for service in evidence.services:
        found += [
            f"{service} {row['aggregate']}: {row['n']} facts up to #{row['last']}"
            for row in await database.fetch(_GAPS.format(s=service))
        ]
        for table in await _state_tables(database, service):
            rows = await database.fetch(_MISCOUNTED.format(s=service, t=table))
            found += [
                f"{service}.{table} {row['id']} says {row['facts']} facts and has {row['n']}"
                for row in rows
            ]
    return found


def _untold(facts: Facts, heard: Heard) -> Iterator[str]:
    told = {each.place for each in heard.told}
    for place in facts.by_place.keys() - told:
        yield f"not in the topic: {place[0]} {place[1]} #{place[2]}"


async def _waiting(database: asyncpg.Connection, service: str) -> AsyncIterator[str]:
    for table in ("outbox", "parked"):
        count = await database.fetchval(f"select count(*) from {service}.{table}")  # noqa: S608
        if count:
            yield f"{count} in {service}.{table}"


async def _behind(
    database: asyncpg.Connection, evidence: Evidence, service: str, listener: str
) -> AsyncIterator[str]:
    query = _BEHIND.format(s=service, l=listener)
    for row in await database.fetch(query, f"/kesu/{service}"):
        if row["aggregate"] in evidence.strangers:
            continue
        yield (
            f"{listener} heard {row['heard']} of {row['told']} of {service} {row['aggregate']}"
            f"{'' if row['same'] else ', and another as the last'}"
        )


async def _doubled(database: asyncpg.Connection, service: str) -> AsyncIterator[str]:
    """What one fact caused in one aggregate stands together and has one moment; else it was
    applied twice.
    """
    for row in await database.fetch(_TWICE.format(s=service)):
        yield f"{service} {row['aggregate']}: {row['n']} goes at fact {row['cause']}"


async def _state_tables(database: asyncpg.Connection, service: str) -> list[str]:
    rows = await database.fetch(
        "select table_name from information_schema.columns "
        "where table_schema = $1 and column_name = 'facts' order by 1",
        service,
    )
    return [row["table_name"] for row in rows]


_BEHIND = """
select aggregate, p.told, coalesce(i.last_sequence, 0) as heard,
       i.last_event_id is null or i.last_event_id = p.event_id as same
from (select distinct on (aggregate) aggregate, fact_sequence as told, event_id
      from {s}.journal where fact_sequence is not null
      order by aggregate, fact_sequence desc) p
full join (select * from {l}.inbox where source = $1) i using (aggregate)
where coalesce(i.last_sequence, 0) <> coalesce(p.told, 0) or i.last_event_id <> p.event_id
"""
_GAPS = """
select aggregate, count(fact_sequence) as n, max(fact_sequence) as last from {s}.journal
where fact_sequence is not null group by aggregate
having count(distinct fact_sequence) <> max(fact_sequence) or min(fact_sequence) <> 1
"""
_MISCOUNTED = """
select t.id, t.facts, count(j.fact_sequence) as n from {s}.{t} t
left join {s}.journal j on j.aggregate = t.id
group by t.id, t.facts having t.facts <> count(j.fact_sequence)
"""
_TWICE = """
select aggregate, cause, greatest(count(distinct island), count(distinct at)) as n from (
    select aggregate, cause, at,
           seq - row_number() over (partition by aggregate, cause order by seq) as island
    from {s}.journal where cause is not null) goes
group by aggregate, cause having count(distinct island) > 1 or count(distinct at) > 1
"""
