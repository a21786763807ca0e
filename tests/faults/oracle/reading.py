"""I10: the read models say what the facts and their owners say, folded by other means."""

import asyncpg

from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.verdicts import Verdict, verdict

INSIGHTS = "insights"
MEASURES = {
    "registered": ("kesu.intake.complaint_registered.v1",),
    "withdrawn": ("kesu.intake.complaint_withdrawn.v1",),
    "closed": ("kesu.escalation.case_closed.v1",),
    "reopened": ("kesu.escalation.case_reopened.v1",),
    "escalated": ("kesu.escalation.case_escalated.v1",),
}
"""What insights counts, and the types of the facts it counts; each fact once."""


async def converged(database: asyncpg.Connection, evidence: Evidence) -> Verdict:
    """I10: every fact of a complaint is in its timeline once, the counts are the numbers of
    facts, and each line of the queue agrees with intake's and escalation's own state.
    """
    if INSIGHTS not in evidence.services:
        return verdict("I10", 0, ())
    found = [each for service in evidence.services for each in await _missed(database, service)]
    found += await _miscounted(database, evidence)
    for why, query in _AGREES.items():
        found += [f"{why}: {row['complaint']}" for row in await database.fetch(query)]
    checked = await database.fetchval("select count(*) from insights.timeline")
    return verdict("I10", checked, found)


async def _missed(database: asyncpg.Connection, service: str) -> list[str]:
    rows = await database.fetch(_MISSED.format(s=service), service)
    return [f"{service} {row['event_id']} is {row['where']}" for row in rows]


async def _miscounted(database: asyncpg.Connection, evidence: Evidence) -> list[str]:
    found = []
    for measure, types in MEASURES.items():
        told = await _told(database, types[0].split(".")[1], types)
        rows = await database.fetch(
            f"select organisation, sum({measure})::bigint as n "  # noqa: S608 our own names
            "from insights.counts group by 1"
        )
        counted = {row["organisation"]: row["n"] for row in rows if row["n"]}
        if counted != told:
            found.append(f"{measure}: counted {counted}, told {told}")
    return found


async def _told(
    database: asyncpg.Connection, service: str, types: tuple[str, ...]
) -> dict[str, int]:
    rows = await database.fetch(_TOLD.format(s=service), list(types))
    return {row["organisation"]: row["n"] for row in rows}


_MISSED = """
with told as (
    select event_id from {s}.journal where fact is not null
    and convert_from(fact, 'utf8')::jsonb -> 'data' ->> 'complaint_id' is not null)
select event_id, case when l.event_id is null then 'not in the timeline' else 'invented' end
    as where
from told full join (select event_id from insights.timeline where service = $1) l using (event_id)
where told.event_id is null or l.event_id is null
"""
_TOLD = """
select organisation, count(*) as n from {s}.journal
where fact is not null and convert_from(fact, 'utf8')::jsonb ->> 'type' = any($1) group by 1
"""
# Who registered holds a case until somebody takes it; the queue names only who took it.
_AGREES = {
    "not in the queue": """
        select c.id as complaint from intake.complaints c
        left join insights.queue q on q.complaint = c.id where q.complaint is null""",
    "another record than intake's": """
        select c.id as complaint from intake.complaints c
        join insights.queue q on q.complaint = c.id
        where q.reference <> c.reference or q.unit <> c.unit or q.kind <> c.kind
        or q.severity <> coalesce(c.severity, '')""",
    "another case than escalation's": """
        select c.id as complaint from escalation.cases c
        join insights.queue q on q.complaint = c.id
        where c.status in ('handling', 'closing', 'closed')
        and (q.tier <> c.tier or q.holder_unit <> c.unit
             or q.holder_person not in ('', coalesce(c.holder, '')))""",
    "taken there and not here": """
        select distinct j.aggregate as complaint
        from escalation.journal j join escalation.cases c on c.id = j.aggregate
        join insights.queue q on q.complaint = j.aggregate
        where q.holder_person = '' and c.holder is not null and j.type = 'CustodyAccepted'
        and not exists (select 1 from escalation.journal l where l.aggregate = j.aggregate
            and l.seq > j.seq and l.type in ('CustodyArbitrated', 'CaseReopened'))""",
    "closed here and not there": """
        select c.id as complaint from escalation.cases c
        join insights.queue q on q.complaint = c.id
        where (c.status = 'closed') <> (q.status = 'closed')
        and q.status <> 'withdrawn' and c.status <> 'withdrawn'""",
    "more than one line of a complaint in a lane": """
        select complaint from insights.lines group by organisation, seer, lane, complaint
        having count(*) > 1""",
}
