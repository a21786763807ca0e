"""The judge: opens the database once and asks every invariant in turn."""

import asyncpg

from tests.faults.oracle.delivery import contiguous, delivered
from tests.faults.oracle.doors import answered, closed, honest, kept
from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.facts import Facts, facts_of
from tests.faults.oracle.leaks import private
from tests.faults.oracle.moments import in_time
from tests.faults.oracle.money import balanced, paid_once
from tests.faults.oracle.reading import converged
from tests.faults.oracle.resting import intact, recovered
from tests.faults.oracle.topics import Heard, ghosts, heard_in, in_order
from tests.faults.oracle.verdicts import Verdict, verdict


async def judge(evidence: Evidence) -> list[Verdict]:
    """The verdicts I1 to I14 over a run that was healed and came to rest.

    Raises asyncpg's errors when the database cannot be reached.
    """
    database = await asyncpg.connect(evidence.admin_dsn)
    try:
        return await _judge(database, evidence)
    finally:
        await database.close()


async def _judge(database: asyncpg.Connection, evidence: Evidence) -> list[Verdict]:
    facts = await facts_of(database, evidence.services)
    heard = None
    if evidence.records is not None:
        heard = heard_in(evidence.records, evidence.injected, evidence.planted)
    return [
        await kept(database, evidence),
        ghosts(heard, facts) if heard is not None else verdict("I2", 0, ()),
        await delivered(database, evidence, facts, heard),
        await _ordered(database, evidence, facts, heard),
        await paid_once(database, evidence),
        await balanced(database, evidence),
        await in_time(database, evidence),
        await intact(database, evidence),
        await answered(database, evidence.tickets),
        await converged(database, evidence),
        closed(evidence),
        await private(database, evidence),
        await recovered(database, evidence, evidence.recoveries),
        await honest(database, evidence),
    ]


async def _ordered(
    database: asyncpg.Connection, evidence: Evidence, facts: Facts, heard: Heard | None
) -> Verdict:
    """I4 of both halves: journals and inboxes, and the topics where they were read."""
    found, checked = await contiguous(database, evidence, facts), len(facts.by_place)
    if heard is not None:
        topics = in_order(heard, complete=evidence.complete)
        found, checked = [*found, *topics.found], checked + topics.checked
    return verdict("I4", checked, found)
