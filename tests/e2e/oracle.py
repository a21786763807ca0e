"""Nothing lost, nothing doubled: asked of the databases, not of the code under test."""

from collections.abc import Collection
from uuid import UUID

import asyncpg

from shared.contracts.registry import SERVICES, listeners_of, source_of
from shared.plumbing.verifying import state_tables, verify


async def undelivered(database: asyncpg.Connection) -> list[str]:
    """What is still on its way or stuck: outboxes, parked facts, listeners behind."""
    found = []
    for service in SERVICES:
        found += await _waiting(database, service)
        for listener in listeners_of(service):
            behind = await database.fetchval(
                _BEHIND.format(s=service, l=listener), source_of(service)
            )
            if behind:
                found.append(f"{listener} is behind {service} in {behind} aggregates")
    return found


async def broken(database: asyncpg.Connection) -> list[str]:
    """What can never be right again: chains, books, facts told twice."""
    found = []
    for service in SERVICES:
        tables = await state_tables(database, service)
        found += [f"{service}: {each}" async for each in verify(database, service, tables)]
        twice = await database.fetchval(_TWICE.format(s=service))
        if twice:
            found.append(f"{service}: {twice} facts have the sequence of another")
    unbalanced = await database.fetchval(_UNBALANCED)
    if unbalanced:
        found.append(f"{unbalanced} transfers do not balance")
    return found


async def lost_or_doubled(database: asyncpg.Connection, accepted: Collection[UUID]) -> list[str]:
    """Every registration that was answered with 201 is one record, one case, one dossier."""
    found = []
    for table, why in _ONCE.items():
        rows = await database.fetch(table, list(accepted))
        missing = set(accepted) - {row["id"] for row in rows}
        found += [f"{why}: {each} is missing" for each in missing]
        found += [f"{why}: {row['id']} is there {row['n']} times" for row in rows if row["n"] != 1]
    return found


async def _waiting(database: asyncpg.Connection, service: str) -> list[str]:
    found = []
    for table in ("outbox", "parked"):
        count = await database.fetchval(f"select count(*) from {service}.{table}")  # noqa: S608
        if count:
            found.append(f"{count} in {service}.{table}")
    return found


_BEHIND = """
select count(*) from (
    select aggregate, max(fact_sequence) as told from {s}.journal
    where fact_sequence is not null group by aggregate) p
left join {l}.inbox i on i.aggregate = p.aggregate and i.source = $1
where coalesce(i.last_sequence, 0) <> p.told
"""
_TWICE = """
select count(*) from (
    select 1 from {s}.journal where fact_sequence is not null
    group by aggregate, fact_sequence having count(*) > 1) t
"""
_UNBALANCED = """
select count(*) from (
    select 1 from compensation.ledger_entries
    group by transfer, currency having sum(debit_minor) <> sum(credit_minor)) t
"""
_ONCE = {
    "select id, count(*) as n from intake.complaints where id = any($1) group by id": "record",
    "select aggregate as id, count(*) as n from intake.journal "
    "where aggregate = any($1) and seq = 1 group by 1": "registration",
    "select id, count(*) as n from escalation.cases where id = any($1) group by id": "case",
    "select id, count(*) as n from compensation.dossiers where id = any($1) group by 1": "dossier",
    "select id, count(*) as n from followup.followups where id = any($1) group by 1": "followup",
}
