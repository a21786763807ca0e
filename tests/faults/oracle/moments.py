"""I7: each due moment is acted on once, in time, and never after its clock has ended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.verdicts import Verdict, verdict

ENDED = {"ClockMet", "ClockCancelled"}
OVER = {"CaseClosed", "CaseWithdrawn", "CaseSetAside"}
ONCE = {"ClockWarned": "percent", "ClockBreached": "due_at", "ClockStepTaken": "step"}
"""What passes once a round, and what tells two of a kind apart."""


@dataclass(frozen=True, slots=True)
class Said:
    """One journal entry that speaks of a clock or of the end of a case."""

    aggregate: UUID
    seq: int
    type: str
    data: dict[str, Any]
    at: datetime


@dataclass(slots=True)
class Life:
    """What was said of one aggregate's clocks so far."""

    passed: set[tuple[Any, ...]] = field(default_factory=set)
    ended: set[tuple[Any, ...]] = field(default_factory=set)
    over: bool = False


async def in_time(database: asyncpg.Connection, evidence: Evidence) -> Verdict:
    """I7: steps once, as journaled so in `clock_steps`, none late, none after the end; and every
    running clock of an open case has its timer.
    """
    found, checked = [], 0
    for service in evidence.services:
        entries = [_said(row) for row in await database.fetch(_SAID.format(s=service), _TYPES)]
        found += [f"{service} {each}" for each in misdone(entries)]
        found += [f"{service}: {each}" for each in await _unmarked(database, service, entries)]
        found += [f"{service} {each}" for each in await _overdue(database, service)]
        checked += sum(each.type in ONCE for each in entries)
        checked += await database.fetchval(f"select count(*) from {service}.timers")  # noqa: S608
    if "escalation" in evidence.services:
        found += [each for row in await database.fetch(_CASES) for each in _unarmed(row)]
    return verdict("I7", checked, found)


def misdone(entries: Sequence[Said]) -> Iterator[str]:
    """Pure: what passed twice, too early, or after the clock or the case had ended."""
    lives: dict[UUID, Life] = {}
    for said in entries:
        for why in _lived(lives.setdefault(said.aggregate, Life()), said):
            yield f"{said.aggregate} at {said.seq}: {why}"


def _lived(life: Life, said: Said) -> Iterator[str]:
    if said.type in OVER:
        life.over = True
    if said.type == "CaseReopened":
        life.over = False
    clock = (said.data.get("claim_id"), said.data.get("clock"), said.data.get("round"))
    if said.type in ENDED:
        life.ended.add(clock)
    if said.type not in ONCE:
        return
    moment = (said.type, *clock, str(said.data.get(ONCE[said.type])))
    if moment in life.passed:
        yield f"{said.type} of {clock[1]} again"
    if clock in life.ended:
        yield f"{said.type} of {clock[1]} after that clock ended"
    if life.over:
        yield f"{said.type} of {clock[1]} after the end of the case"
    if said.type == "ClockBreached" and said.at < datetime.fromisoformat(said.data["due_at"]):
        yield f"{said.data['clock']} was called late before it was"
    life.passed.add(moment)


def _said(row: asyncpg.Record) -> Said:
    """Where an event carries a clock's fact inside (approvals), the fact speaks."""
    data = orjson.loads(row["data"])
    kind, inner = row["type"], data.get("fact")
    if isinstance(inner, dict):
        kind, data = _kind(inner), {**inner, "claim_id": data.get("claim_id")}
    return Said(row["aggregate"], row["seq"], kind, data, row["at"])


def _kind(fact: dict[str, Any]) -> str:
    if "step" in fact:
        return "ClockStepTaken"
    if "percent" in fact:
        return "ClockWarned"
    return "ClockBreached" if "due_at" in fact else "ClockMet" if "on" in fact else "ClockStarted"


async def _unmarked(
    database: asyncpg.Connection, service: str, entries: Sequence[Said]
) -> list[str]:
    """Steps that the journal and the table of steps do not both know."""
    if not await database.fetchval("select to_regclass($1)", f"{service}.clock_steps"):
        return []
    marked = await database.fetchval(f"select count(*) from {service}.clock_steps")  # noqa: S608
    taken = sum(each.type == "ClockStepTaken" for each in entries)
    return [] if marked == taken else [f"{taken} steps in the journal, {marked} marked"]


async def _overdue(database: asyncpg.Connection, service: str) -> list[str]:
    rows = await database.fetch(_OVERDUE.format(s=service))
    return [
        f"{row['aggregate']}: {row['name']} {f'stopped: {problem}' if problem else 'is overdue'}"
        for row in rows
        for problem in [row["problem"]]
    ]


def _unarmed(row: asyncpg.Record) -> Iterator[str]:
    """The timers that a case's clocks ask for, by the names of `shared.kernel.clocks`."""
    clocks = [each["clock"] | {"due_at": each["due_at"]} for each in orjson.loads(row["clocks"])]
    running = [clock for clock in clocks if clock["ended_at"] is None]
    armed = set(row["armed"])
    for clock in running:
        paused = bool(clock["segments"][-1]["reason"])
        name = f"clock:{clock['name']}:{'resume' if paused else 'due'}"
        if name not in armed and (paused or clock["breached_at"] is None):
            yield f"escalation {row['id']}: {name} is not armed"
    for name in armed:
        word = name.split(":")[1]
        if name.startswith("clock:") and word not in {clock["name"] for clock in running}:
            yield f"escalation {row['id']}: {name} is armed for a clock that ended"


_TYPES = [*ONCE, *ENDED, *OVER, "CaseReopened", "ApprovalClockMoved"]
_SAID = """
select aggregate, seq, type, at, convert_from(entry, 'utf8')::jsonb -> 'data' as data
from {s}.journal where type = any($1) order by aggregate, seq
"""
_OVERDUE = """
select aggregate, name, problem from {s}.timers
where problem is not null or due_at < platform.business_now() - interval '30 s'
order by aggregate, name
"""
_CASES = """
select c.id, c.state -> 'clocks' as clocks,
       array(select t.name from escalation.timers t where t.aggregate = c.id) as armed
from escalation.cases c
"""
