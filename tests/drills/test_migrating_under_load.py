"""The schema changes under load: expand, fill, contract; old and new code work side by side."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

from tests.drills.drill import Drill, drilling
from tests.drills.locks import Waits, held, watched
from tests.drills.patience import eventually
from tests.drills.releases import add_migration, copied, head, process
from tests.drills.rolling import READY_SECONDS
from tests.drills.runbook import told
from tests.e2e.running import until
from tests.faults.clients import Clients
from tests.faults.lab import Lab
from tests.support.postgres import folder

LOAD = 15
WAIT_MAX_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
TABLE = "intake.complaints"
EXPAND, FILL, CONTRACT = "99990101", "99990102", "99990103"
_EXPAND = """
    op.execute("alter table intake.complaints add column drilled text")
    op.execute("alter table intake.complaints alter column drilled set default 'new'")
    build_index("ix_drilled", "intake", "complaints", "(drilled) where drilled is not null")
"""
_FILL = """
    fill('''
        with pause as materialized (select pg_sleep(0.3)),
        part as (select id from intake.complaints, pause where drilled is null limit :batch)
        update intake.complaints c set drilled = 'old' from part where c.id = part.id
    ''', batch=4)
"""
_CONTRACT = """
    op.execute("alter table intake.complaints drop column drilled")
"""
EMPTY = "select count(*) from intake.complaints where drilled is null"
FILLED = "select count(*) from intake.complaints where drilled = 'old'"
BROKEN = ('"event": "request failed"', "a loop begins again", "InvalidCachedStatement")
"""What a log says when code and schema do not fit each other."""


async def test_old_and_new_code_work_while_the_schema_changes(laboratory: Lab) -> None:
    with folder() as place:
        new = copied(place)
        add_migration(new, EXPAND, head(), _EXPAND)
        add_migration(new, FILL, EXPAND, _FILL)
        page = "migration-under-load"
        async with drilling(laboratory, page, page=page) as drill, watched(laboratory) as waits:
            drill.runbook.root = new
            await drill.load(LOAD)
            said = len(_complaints(laboratory))
            await _killed_half_way(drill, new, waits)
            await drill.runbook.perform("kesu migrate")
            await _new_code_beside_old(drill, new)
            add_migration(new, CONTRACT, FILL, _CONTRACT)
            await drill.runbook.perform("kesu migrate")
            await drill.load(LOAD)
            await drill.runbook.perform("kesu journal verify")
            drill.problems += _complaints(laboratory)[said:]
            _conclude(drill, waits)


def _conclude(drill: Drill, waits: Waits) -> None:
    drill.figures["longest_exclusive_wait_s"] = round(waits.longest, 2)
    drill.figures["exclusive_waits"] = len(waits.begun)
    if waits.longest > WAIT_MAX_SECONDS:
        drill.problems.append(f"somebody waited {waits.longest:.2f} s for a whole table")
    if drill.clients.books.away:
        drill.problems.append(f"{drill.clients.books.away} requests were not answered")


async def _killed_half_way(drill: Drill, new: Path, waits: Waits) -> None:
    """A reader is in the way, so it tries again; then it fills, and is killed."""
    async with held(drill.lab, TABLE):
        running = await asyncio.to_thread(_migrating, drill.lab, new)
        await eventually(
            lambda: len(waits.begun) > 1, within=PATIENCE_SECONDS, what="it tries again"
        )
    await _until_half_filled(drill.lab)
    running.kill()
    assert await asyncio.to_thread(running.wait) != 0, "it was not done"
    assert await _count(drill.lab, EMPTY), "something is left to do"
    drill.figures["killed_after_rows"] = await _count(drill.lab, FILLED)


def _migrating(lab: Lab, new: Path) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "kesu", "migrate"]
    env = told(lab) | {"PYTHONPATH": str(new)}
    with lab.home.log("migrate").open("ab") as log:
        return subprocess.Popen(words, cwd=new, env=env, stdout=log, stderr=log)


async def _until_half_filled(lab: Lab) -> None:
    """The first rows are filled; before, there is no such column."""
    await until(lambda: _count(lab, FILLED), what="it fills", within=PATIENCE_SECONDS)


async def _count(lab: Lab, question: str) -> int:
    connection = await lab.connect()
    try:
        found: int = await connection.fetchval(question)
    finally:
        await connection.close()
    return found


class _Towards(Clients):
    """Clients that know another process of a service."""

    __slots__ = ("ports",)
    ports: dict[str, int]

    def _origin(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"


async def _new_code_beside_old(drill: Drill, new: Path) -> None:
    """The new release starts on the new schema while the old one goes on."""
    assert not await _count(drill.lab, EMPTY), "what was killed is finished"
    beside = process(drill.lab, new, "intake", "intake-new")
    beside.start()
    try:
        await eventually(beside.ready, within=READY_SECONDS, what="the new code is ready")
        clients = _Towards(
            here=drill.here,
            home=drill.lab.home,
            rng=random.Random(3),
            books=drill.clients.books,
            bodies=drill.clients.bodies,
        )
        clients.ports = {"intake": beside.port}
        for _ in range(LOAD):
            await clients.register()
        await drill.load(LOAD)
    finally:
        await asyncio.to_thread(beside.stop)


def _complaints(lab: Lab) -> list[str]:
    """Every line of a log that says that code and schema did not fit."""
    return [
        f"{log.name}: {line[:300]}"
        for log in lab.logs
        for line in log.read_text(errors="replace").splitlines()
        if any(word in line for word in BROKEN)
    ]
