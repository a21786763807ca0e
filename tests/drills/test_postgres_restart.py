"""PostgreSQL ends as in a crash, under load, and comes back: no acknowledged commit is missing."""

import asyncio

from tests.drills.drill import drilling
from tests.drills.runbook import Stopwatch
from tests.faults.lab import Lab

LOAD = 15


async def test_no_acknowledged_commit_is_missing_after_postgres_crashed(laboratory: Lab) -> None:
    async with drilling(laboratory, "postgres-restart", page="postgres-restart") as drill:
        await drill.load(LOAD)
        died = Stopwatch()
        await asyncio.to_thread(laboratory.postgres.stop, "immediate")
        await asyncio.to_thread(laboratory.postgres.start)
        drill.figures["postgres_s"] = died.seconds
        await drill.load(1)
        drill.figures["first_answer_s"] = died.seconds
        await asyncio.to_thread(laboratory.wait_ready)
        drill.figures["recovery_s"] = died.seconds
        await drill.load(LOAD)
        verified = await drill.runbook.perform("kesu journal verify")
        await drill.runbook.perform("kesu parked list")
        if verified.count("no broken chains") != 5:
            drill.problems.append(verified)
