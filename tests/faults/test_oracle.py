"""The oracle finds a sound history sound, and names what each damage to it broke."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from kesu.commands.migrate import migrate
from tests.faults.mutants.damages import DAMAGES
from tests.faults.mutants.story import CANARY, C, Story
from tests.faults.mutants.tale import tell_all
from tests.faults.oracle import Answered, Evidence, Op, Outcome, Record, Recovery, sometimes
from tests.faults.oracle.judging import _judge
from tests.support.postgres import PostgresServer

Doctor = Callable[[Evidence], Evidence]


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound history in an open transaction, and the evidence beside it."""

    database: asyncpg.Connection
    evidence: Evidence

    async def guilty(self, evidence: Evidence | None = None) -> dict[str, tuple[str, ...]]:
        verdicts = await _judge(self.database, evidence or self.evidence)
        return {each.name: each.found for each in verdicts if not each.ok}


@pytest.mark.parametrize(("verdict", "damage"), DAMAGES, ids=lambda word: " ".join(word.split()))
async def test_a_damaged_row_is_found(sound: Sound, verdict: str, damage: str) -> None:
    changed = await sound.database.execute(damage)
    assert not changed.endswith(" 0"), "the damage must hit something"
    assert verdict in await sound.guilty()


async def test_a_sound_history_is_found_sound(sound: Sound) -> None:
    verdicts = await _judge(sound.database, sound.evidence)
    assert [(each.name, each.found) for each in verdicts if not each.ok] == []
    unjudged = {each.name for each in verdicts if not each.checked}
    assert unjudged == {"I11", "I13"}, "what was looked at at all"


def _ops(*more: Op, **changes: object) -> Doctor:
    def doctor(evidence: Evidence) -> Evidence:
        first = replace(evidence.ops[0], **changes)  # type: ignore[arg-type]
        return replace(evidence, ops=(first, *more))

    return doctor


def _records(change: Callable[[tuple[Record, ...]], tuple[Record, ...]]) -> Doctor:
    def doctor(evidence: Evidence) -> Evidence:
        assert evidence.records is not None
        return replace(evidence, records=change(evidence.records))

    return doctor


def _ticket(**changes: object) -> Doctor:
    def doctor(evidence: Evidence) -> Evidence:
        return replace(evidence, tickets=(replace(evidence.tickets[0], **changes),))  # type: ignore[arg-type]

    return doctor


def _swapped(records: tuple[Record, ...]) -> tuple[Record, ...]:
    """The first two facts of escalation have changed places."""
    one, two = records[1], records[2]
    return (
        records[0],
        replace(one, value=two.value),
        replace(two, value=one.value),
        *records[3:],
    )


def _added(value: bytes | None, **changes: object) -> Doctor:
    def change(records: tuple[Record, ...]) -> tuple[Record, ...]:
        more = replace(records[-1], offset=99, value=value or records[-1].value, **changes)  # type: ignore[arg-type]
        return (*records, more)

    return _records(change)


def _accepted(*, status: int = 201, replayed: bool = False, id_: UUID = C) -> Answered:
    return Answered(status, replayed, id_)


def _forbidden(status: int) -> Op:
    return Op(kind="forbidden", key="f-1", outcome=Outcome.FAIL, status=status)


def _reworded(records: tuple[Record, ...]) -> tuple[Record, ...]:
    """The first fact once more, with a blank at its end."""
    first = records[0]
    return (*records, replace(first, offset=99, value=(first.value or b"") + b" "))


def _recovered(*, oldest_age: float = 0.1, drained: float | None = 2.0) -> Doctor:
    recovery = Recovery(fault="kill intake", oldest_age=oldest_age, drained=drained)
    return lambda known: replace(known, recoveries=(recovery,))


OTHER = uuid4()
GHOST = b'{"source": "/kesu/intake", "subject": "%s", "sequence": "7"}' % str(C).encode()
FIRST = _accepted()
DOCTORED: dict[str, tuple[str, Doctor]] = {
    "answered with another id": ("I1", _ops(id=OTHER)),
    "refused and there": ("I1", _ops(outcome=Outcome.FAIL)),
    "accepted and missing": ("I1", _ops(key="lost", id=OTHER)),
    "there and nobody asked": ("I1", lambda known: replace(known, ops=(), tickets=())),
    "no fact at all": ("I2", _added(b"not JSON")),
    "a fact nobody committed": ("I2", _added(GHOST)),
    "under another key": (
        "I2",
        _records(lambda records: tuple(replace(each, key=b"k") for each in records)),
    ),
    "never told": ("I3", _records(lambda records: records[:-1])),
    "told in the wrong order": ("I4", _records(_swapped)),
    "the first never told": ("I4", _records(lambda records: (records[0], *records[2:]))),
    "told on two partitions": ("I4", _added(None, partition=1)),
    "told in two versions": ("I4", _records(_reworded)),
    "a ticket nobody answered": ("I9", _ticket(status=None)),
    "a ticket answered with 503": ("I9", _ticket(status=503)),
    "a ticket answered with another complaint": ("I9", _ticket(complaint=OTHER)),
    "a ticket without a record": ("I9", _ticket(number="T-2")),
    "forbidden and done": ("I11", _ops(_forbidden(201))),
    "a person in a topic": ("I12", _added(CANARY.encode())),
    "a person in the metrics": (
        "I12",
        lambda known: replace(known, metrics_texts=(f'a{{b="{CANARY}"}} 1',)),
    ),
    "a person in a refusal": ("I12", lambda known: replace(known, problems=(CANARY,))),
    "an old fact long after": ("I13", _recovered(oldest_age=6.0)),
    "a backlog for ever": ("I13", _recovered(drained=None)),
    "carried out twice": ("I14", _ops(answers=(FIRST, FIRST))),
    "two answers": ("I14", _ops(answers=(FIRST, _accepted(replayed=True, id_=OTHER)))),
    "accepted, then refused": ("I14", _ops(answers=(FIRST, Answered(409)))),
    "refused after a success": ("I14", _ops(outcome=Outcome.FAIL)),
    "refused with its key kept": ("I14", _ops(outcome=Outcome.FAIL, answers=(), correlations=())),
    "accepted without an effect": ("I14", _ops(correlations=(OTHER,))),
}


@pytest.mark.parametrize(("verdict", "doctor"), DOCTORED.values(), ids=DOCTORED)
async def test_doctored_evidence_is_found(sound: Sound, verdict: str, doctor: Doctor) -> None:
    assert verdict in await sound.guilty(doctor(sound.evidence))


HARMLESS: dict[str, Doctor] = {
    "every fact told again": _records(
        lambda records: (*records, *(replace(e, offset=e.offset + 50) for e in records))
    ),
    "nobody could say, and it happened": _ops(outcome=Outcome.UNKNOWN, id=None, answers=()),
    "nobody could say, and it did not": _ops(
        Op(kind="register", key="gone", outcome=Outcome.UNKNOWN, correlations=(OTHER,))
    ),
    "refused, and it did not happen": _ops(
        Op(kind="register", key="no", outcome=Outcome.FAIL, status=422, correlations=(OTHER,))
    ),
    "forbidden and refused": _ops(_forbidden(403)),
    "away before and after": _ops(
        answers=(Answered(503), FIRST, Answered(503), _accepted(replayed=True))
    ),
    "soon at rest": _recovered(),
    "topics not read": lambda known: replace(known, records=None),
    "topics that began anew": lambda known: replace(known, records=(), complete=False),
}


@pytest.mark.parametrize("doctor", HARMLESS.values(), ids=HARMLESS)
async def test_what_is_allowed_is_not_held_against_anybody(sound: Sound, doctor: Doctor) -> None:
    assert await sound.guilty(doctor(sound.evidence)) == {}


@pytest.mark.parametrize("line", [CANARY, CANARY.encode("ascii", "backslashreplace").decode()])
async def test_a_log_that_tells_is_found(sound: Sound, tmp_path: Path, line: str) -> None:
    log = tmp_path / "intake.log"
    log.write_text(f'{{"event": "one"}}\n{{"event": "{line}"}}\n')
    found = await sound.guilty(replace(sound.evidence, logs=(log,)))
    assert found == {"I12": ("in intake.log:2",)}


async def test_rare_paths_are_counted(sound: Sound, tmp_path: Path) -> None:
    log = tmp_path / "intake.log"
    log.write_text('{"topic": "t", "event": "second pass"}\n')
    again = _records(lambda records: (*records, replace(records[0], offset=99)))
    evidence = replace(again(sound.evidence), logs=(log,), metrics_texts=(_METRICS,))
    found = await sometimes(evidence)
    assert {name: count for name, count in found.items() if count} == {
        "gap parked": 3,
        "gap drained": 2,
        "timer late": 4,
        "answer replayed": 7,
        "second pass": 1,
        "fact sent again": 1,
    }


_METRICS = """
# TYPE kesu_inbox_verdict_total counter
kesu_inbox_verdict_total{service="insights",source="/kesu/intake",verdict="gap"} 1.0
kesu_inbox_verdict_total{service="insights",source="/kesu/followup",verdict="gap"} 2.0
kesu_inbox_verdict_total{service="insights",source="/kesu/intake",verdict="drained"} 2.0
# TYPE kesu_idempotency_replays_total counter
kesu_idempotency_replays_total{service="intake"} 7.0
# TYPE kesu_timer_lateness_seconds histogram
kesu_timer_lateness_seconds_bucket{le="2.0",service="escalation"} 5.0
kesu_timer_lateness_seconds_bucket{le="+Inf",service="escalation"} 9.0
"""


@pytest.fixture(scope="session", name="books")
async def _books(postgres: PostgresServer) -> AsyncIterator[str]:
    """A database with every service's schema and nothing in it; its DSN."""
    name = f"oracle_{os.getpid()}"
    await postgres.prepare(name)
    await asyncio.to_thread(migrate, postgres.dsn(name))
    yield postgres.dsn(name)
    admin = await asyncpg.connect(postgres.admin_dsn)
    await admin.execute(f'drop database "{name}" with (force)')
    await admin.close()


@pytest.fixture(name="sound")
async def _sound(books: str) -> AsyncIterator[Sound]:
    """The sound history, gone when the test ends."""
    database = await asyncpg.connect(books)
    transaction = database.transaction()
    await transaction.start()
    story: Story = await tell_all(database)
    yield Sound(database, story.evidence(books))
    await transaction.rollback()
    await database.close()
