"""Due moments fire once, in order, whoever races for them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kesu.cli import TRY_AGAIN, main
from shared.plumbing.stepping import SETTLED_TICKS, STEP_NEEDS_A_WORD_SECONDS, StepDetector
from shared.plumbing.timers import BATCH_MAX, Moment, Timers
from shared.plumbing.wake import Wake
from tests.integration.plumbing.conftest import Toy
from tests.integration.plumbing.toy import AGGREGATE, Start, moment_of

NOW = timedelta(0)
WORD = ["clock", "acknowledge", "--reason", "checked"]


@pytest.fixture
def operator(toy_dsn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whose `kesu` commands reach this database; its address."""
    monkeypatch.setattr("kesu.commands._databases.DATABASE", toy_dsn.rpartition("/")[2])
    monkeypatch.setenv("KESU_ADMIN_DATABASE_URL", toy_dsn)
    return toy_dsn


def _timers(toys: Toy) -> Timers:
    return Timers("toy", toys.pool, (Moment(AGGREGATE, moment_of),), Wake())


async def test_a_due_moment_fires_and_is_gone(toys: Toy) -> None:
    await toys.started(Start(rings_after=NOW))
    assert await _timers(toys).turn() == 1
    assert await toys.pool.fetchval("select state->>'rung' from toy.counters") == "1"
    assert await toys.pool.fetchval("select count(*) from toy.timers") == 0


async def test_a_moment_that_has_not_come_waits(toys: Toy) -> None:
    await toys.started(Start(rings_after=timedelta(hours=1)))
    assert await _timers(toys).turn() == 0
    await toys.pool.execute("update platform.business_time set ahead = ahead + interval '61 min'")
    assert await _timers(toys).turn() == 1


async def test_racing_timers_fire_each_moment_once(toys: Toy) -> None:
    for _ in range(20):
        await toys.started(Start(rings_after=NOW))
    fired = await asyncio.gather(*(_timers(toys).turn() for _ in range(5)))
    while more := await _timers(toys).turn():
        fired.append(more)
    assert await toys.pool.fetchval("select count(*) from toy.journal where type = 'Rung'") == 20
    assert sum(fired) == 20


async def test_a_herd_fires_in_one_turn_each_once_and_leaves_what_has_not_come(toys: Toy) -> None:
    herd = 3 * BATCH_MAX + 7
    for _ in range(herd):
        await toys.started(Start(rings_after=NOW))
    await toys.started(Start(rings_after=timedelta(hours=1)))
    assert await _timers(toys).turn() == herd
    assert await toys.pool.fetchval("select count(*) from toy.journal where type = 'Rung'") == herd
    assert await toys.pool.fetchval("select count(*) from toy.timers") == 1


async def test_one_of_a_herd_that_fails_is_parked_and_the_others_fire(toys: Toy) -> None:
    for _ in range(BATCH_MAX + 21):
        await toys.started(Start(rings_after=NOW))
    broken = await toys.started(Start(rings_after=NOW))
    await toys.pool.execute(
        'update toy.counters set state = \'{"value": "not a number"}\' where id = $1', broken
    )
    timers = _timers(toys)
    while await timers.turn():
        pass
    rung = "select count(*) from toy.journal where type = 'Rung'"
    assert await toys.pool.fetchval(rung) == BATCH_MAX + 21
    stopped = await toys.pool.fetch("select aggregate from toy.timers where problem is not null")
    assert [row["aggregate"] for row in stopped] == [broken]


async def test_a_timer_that_fails_is_parked_and_the_others_fire(toys: Toy) -> None:
    broken = await toys.started(Start(rings_after=NOW))
    await toys.started(Start(rings_after=NOW))

    await toys.pool.execute(
        'update toy.counters set state = \'{"value": "not a number"}\' where id = $1', broken
    )
    assert await _timers(toys).turn() == 1
    assert await toys.pool.fetchval("select problem from toy.timers where aggregate = $1", broken)
    assert await toys.pool.fetchval("select count(*) from toy.journal where type = 'Rung'") == 1


@pytest.mark.parametrize("jump", [10.0, -10.0, 7200.0])
def test_a_stepping_clock_holds_all_firing_for_two_seconds(jump: float) -> None:
    detector, start = StepDetector(), datetime(2026, 3, 3, 9, tzinfo=UTC)
    detector.tick(start, 0.0)
    assert not detector.holds
    assert detector.tick(start + timedelta(seconds=1 + jump), 1.0) == pytest.approx(jump)
    for tick in range(SETTLED_TICKS):
        assert detector.holds
        detector.tick(start + timedelta(seconds=1.1 + jump + tick / 10), 1.1 + tick / 10)
    assert not detector.holds


def test_a_slow_answer_is_no_step_of_the_clock() -> None:
    detector, start = StepDetector(), datetime(2026, 3, 3, 9, tzinfo=UTC)
    detector.tick(start, 0.0)
    assert detector.tick(start + timedelta(seconds=1), 6.0, within=5.0) == 0.0
    assert detector.tick(start + timedelta(seconds=7), 7.1, within=0.1) == 0.0
    assert not detector.holds
    assert detector.tick(start + timedelta(seconds=8), 18.0, within=0.1) < 0
    assert detector.holds


async def test_a_small_step_settles_by_itself(toys: Toy) -> None:
    timers = _timers(toys)
    assert not await timers._held()
    _stepped(timers, seconds=STEP_NEEDS_A_WORD_SECONDS - 1)
    assert await timers._held()
    assert not await _awaits_a_word(toys)


@pytest.mark.parametrize("hours", [2, -2])
async def test_a_large_step_holds_until_an_operator_speaks(toys: Toy, hours: int) -> None:
    timers = _timers(toys)
    await _said(toys, "about an earlier jump")
    await timers._held()
    _stepped(timers, hours=hours)
    assert await timers._held()
    _stepped(timers, seconds=10)
    assert await timers._held()
    assert await _awaits_a_word(toys)
    await _said(toys, "the clock is right")
    assert not await _awaits_a_word(toys)


async def test_a_word_after_a_jump_back_is_heard_although_an_earlier_one_seems_later(
    toys: Toy,
) -> None:
    timers = _timers(toys)
    await toys.pool.execute(
        "insert into platform.clock_acknowledgements (acknowledged_at, operator, reason) "
        "values (now() + interval '90 minutes', 'o', 'said while the clock was ahead')"
    )
    await timers._held()
    _stepped(timers, hours=-2)
    assert await timers._held()
    assert await _awaits_a_word(toys)
    await _said(toys, "checked")
    assert not await _awaits_a_word(toys)


async def test_who_begins_while_timers_are_held_holds_too(toys: Toy) -> None:
    """Ended and started again, as anybody may be while an operator is on the way."""
    timers = _timers(toys)
    await timers._held()
    _stepped(timers, hours=2)
    await timers._held()
    assert await _timers(toys)._held()
    await _said(toys, "the clock is right")
    assert not await _timers(toys)._held()


async def test_who_notices_after_the_word_was_said_asks_for_no_other(toys: Toy) -> None:
    """It stood still through the jump and the operator's word; the next jump it sees counts."""
    prompt, late = _timers(toys), _timers(toys)
    await prompt._held()
    await late._held()
    _stepped(prompt, hours=2)
    await prompt._held()
    await _said(toys, "the clock is right")
    _stepped(late, hours=2)
    assert await late._held()
    assert not await _awaits_a_word(toys)
    _stepped(late, hours=2)
    assert await late._held()
    assert await _awaits_a_word(toys)


async def test_a_jump_is_written_down_although_the_database_was_busy_then(toys: Toy) -> None:
    timers = _timers(toys)
    await timers._held()
    async with toys.pool.acquire() as hand, hand.transaction():
        await hand.execute("lock table platform.clock_holds in exclusive mode")
        _stepped(timers, hours=2)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(timers._held(), 0.5)
    assert await timers._held()
    assert await _awaits_a_word(toys)


async def test_an_operator_is_told_why_no_timer_fires(
    toys: Toy, operator: str, capsys: pytest.CaptureFixture[str]
) -> None:
    timers = _timers(toys)
    await timers._held()
    _stepped(timers, hours=2)
    await timers._held()
    assert await asyncio.to_thread(main, ["clock", "show"]) == 0
    said = capsys.readouterr().out
    assert "toy saw the database's clock jump by 2:00:00" in said
    assert "kesu clock acknowledge" in said
    assert await asyncio.to_thread(main, WORD) == 0
    assert "no timer fires" not in capsys.readouterr().out


async def _awaits_a_word(toys: Toy) -> bool:
    """Whether a worker that begins now holds."""
    return await _timers(toys)._held()


async def _said(toys: Toy, reason: str) -> None:
    await toys.pool.execute(
        "insert into platform.clock_acknowledgements (operator, reason) values ('o', $1)", reason
    )


def _stepped(timers: Timers, *, hours: float = 0, seconds: float = 0) -> None:
    """As if the database's clock had gone forward since the last look."""
    assert timers.detector.database_at is not None
    timers.detector.database_at -= timedelta(hours=hours, seconds=seconds)


async def test_an_operators_word_that_had_to_wait_too_long_can_be_said_again(
    toys: Toy,
    operator: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KESU_ADMIN_DATABASE_URL", f"{operator}?lock_timeout=200")
    async with toys.pool.acquire() as hand, hand.transaction():
        await hand.execute("lock table platform.clock_acknowledgements in access exclusive mode")
        assert await asyncio.to_thread(main, WORD) == TRY_AGAIN
    assert "give the command again" in capsys.readouterr().out
    assert await asyncio.to_thread(main, WORD) == 0
