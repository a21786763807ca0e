"""I8 and I13: the history is what was written, and after a fault everything comes to rest."""

from collections.abc import Iterator, Sequence

import asyncpg

from shared.plumbing.verifying import state_tables, verify
from tests.faults.oracle.evidence import Evidence, Recovery
from tests.faults.oracle.verdicts import Verdict, verdict

OLDEST_AGE_SECONDS = 5.0


async def intact(database: asyncpg.Connection, evidence: Evidence) -> Verdict:
    """I8: every chain holds, ends in its state row, and has an entry for each version."""
    found, checked = [], 0
    for service in evidence.services:
        tables = await state_tables(database, service)
        found += [f"{service}: {each}" async for each in verify(database, service, tables)]
        for table in tables:
            rows = await database.fetch(_MISCOUNTED.format(s=service, t=table))
            found += [
                f"{service}.{table} {row['id']}: version {row['version']}, {row['n']} entries"
                for row in rows
            ]
        checked += await database.fetchval(f"select count(*) from {service}.journal")  # noqa: S608
    return verdict("I8", checked, found)


async def recovered(
    database: asyncpg.Connection, evidence: Evidence, recoveries: Sequence[Recovery]
) -> Verdict:
    """I13: after each healing the oldest unsent fact is soon young, and nothing is left over."""
    found = [each for recovery in recoveries for each in _slow(recovery)]
    if recoveries:
        for service in evidence.services:
            left = await database.fetchval(f"select count(*) from {service}.outbox")  # noqa: S608
            if left:
                found.append(f"{left} facts of {service} never left")
    return verdict("I13", len(recoveries), found)


def _slow(recovery: Recovery) -> Iterator[str]:
    if recovery.drained is None:
        yield f"after {recovery.fault} the backlog never drained"
    if recovery.oldest_age >= OLDEST_AGE_SECONDS:
        yield (
            f"{recovery.within:.0f} s after {recovery.fault} was healed a fact was "
            f"{recovery.oldest_age:.1f} s old"
        )


_MISCOUNTED = """
select t.id, t.version, count(j.seq) as n from {s}.{t} t
left join {s}.journal j on j.aggregate = t.id
group by t.id, t.version having t.version <> count(j.seq)
"""
