"""A command is one read and one write: all of it happens, once, or none of it."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.plumbing.changes import Aside, Premise
from shared.plumbing.problems import Refusal
from shared.plumbing.shell import PremiseBroken
from shared.plumbing.verifying import Finding, verify
from shared.plumbing.web.preconditions import Expectation
from tests.integration.plumbing.conftest import Toy, key
from tests.integration.plumbing.toy import COUNTERS, STEPS, Add, Counter, Full, Start


async def _findings(toys: Toy) -> list[Finding]:
    async with toys.pool.acquire() as connection:
        return [found async for found in verify(connection, "toy", ["counters"])]


async def test_a_command_writes_state_journal_outbox_and_timer_together(toys: Toy) -> None:
    counter = await toys.started(Start(rings_after=timedelta(hours=1)))
    await toys.ask(counter, Add(amount=3, times=2))
    row = await toys.pool.fetchrow("select * from toy.counters")
    assert row is not None
    assert (row["value"], row["version"], row["facts"], row["revision"]) == (6, 3, 2, 2)
    types = await toys.pool.fetch("select type, fact_sequence from toy.journal order by seq")
    assert [tuple(each) for each in types] == [("Started", None), ("Added", 1), ("Added", 2)]
    assert await toys.pool.fetchval("select count(*) from toy.outbox") == 2
    assert await toys.pool.fetchval("select count(*) from toy.timers") == 1
    assert await _findings(toys) == []


async def test_a_refused_command_leaves_no_trace(toys: Toy) -> None:
    counter = await toys.started()
    with pytest.raises(Full):
        await toys.ask(counter, Add(amount=101))
    assert await toys.pool.fetchval("select count(*) from toy.journal") == 1


async def test_the_same_key_is_answered_again_and_happens_once(toys: Toy) -> None:
    counter = await toys.started()
    first = await toys.ask(counter, Add(), once=key("a"))
    again = await toys.ask(counter, Add(), once=key("a"))
    assert (first.replayed, again.replayed) == (False, True)
    assert (first.body, first.revision) == (again.body, again.revision)
    assert await toys.pool.fetchval("select value from toy.counters") == 1


async def test_the_same_key_on_a_create_is_answered_again(toys: Toy) -> None:
    first = await toys.ask(uuid4(), Start(), creates=True, once=key("new"))
    again = await toys.ask(uuid4(), Start(), creates=True, once=key("new"))
    assert again.replayed
    assert first.body == again.body
    assert await toys.pool.fetchval("select count(*) from toy.counters") == 1


async def test_a_create_whose_own_seat_is_taken_is_answered_again_under_its_key(toys: Toy) -> None:
    seat = Aside(table=STEPS, values={"counter": UUID(int=5), "value": 1, "note": "mine"})
    first = await toys.ask(uuid4(), Start(), creates=True, once=key("new"), asides=[seat])
    again = await toys.ask(uuid4(), Start(), creates=True, once=key("new"), asides=[seat])
    assert (again.replayed, again.body) == (True, first.body)
    with pytest.raises(asyncpg.UniqueViolationError, match="pk_steps"):
        await toys.ask(uuid4(), Start(), creates=True, once=key("other"), asides=[seat])


async def test_what_is_taken_for_granted_is_made_sure_of_by_the_write_itself(toys: Toy) -> None:
    empty = Premise(table=COUNTERS, values={"organisation": "org", "value": 0})
    await toys.ask(uuid4(), Start(), creates=True, premises=[empty])
    with pytest.raises(PremiseBroken):
        await toys.ask(uuid4(), Start(), creates=True, premises=[empty], once=key("new"))
    assert await toys.pool.fetchval("select count(*) from toy.counters") == 1
    assert await toys.pool.fetchval("select count(*) from toy.journal") == 1
    assert await toys.pool.fetchval("select count(*) from toy.idempotency") == 0
    full = Premise(table=COUNTERS, values={"organisation": "org", "value": 100})
    await toys.ask(uuid4(), Start(), creates=True, premises=[full])


async def test_the_same_key_with_another_body_is_refused(toys: Toy) -> None:
    counter = await toys.started()
    await toys.ask(counter, Add(), once=key("a"))
    with pytest.raises(Refusal, match="idempotency-key-reused"):
        await toys.ask(counter, Add(amount=2), once=key("a", b"other"))


async def test_a_stale_revision_is_refused_and_a_replay_is_not(toys: Toy) -> None:
    counter = await toys.started()
    seen = Expectation(revision=1)
    await toys.ask(counter, Add(), once=key("a"), expecting=seen)
    again = await toys.ask(counter, Add(), once=key("a"), expecting=seen)
    assert again.replayed
    with pytest.raises(Refusal, match="stale-revision"):
        await toys.ask(counter, Add(), once=key("b"), expecting=seen)
    with pytest.raises(Refusal, match="if-match-missing"):
        await toys.ask(counter, Add(), once=key("c"), expecting=Expectation(revision=None))


async def test_who_lost_sight_by_a_command_of_their_own_hears_its_answer_again(toys: Toy) -> None:
    """A case given back is another unit's: who repeats that because the answer was lost must not
    hear that there is no such case.
    """
    counter = await toys.started()

    def at_nought(state: Counter) -> bool:
        return state.value == 0

    first = await toys.ask(counter, Add(), once=key("a"), sees=at_nought)
    again = await toys.ask(counter, Add(), once=key("a"), sees=at_nought)
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(Refusal, match="not-found"):
        await toys.ask(counter, Add(), once=key("b"), sees=at_nought)


async def test_many_at_once_lose_nothing_and_double_nothing(toys: Toy) -> None:
    counters = [await toys.started() for _ in range(3)]
    asked = [toys.ask(counters[i % 3], Add(), once=key(f"k{i % 30}")) for i in range(60)]
    answers = await asyncio.gather(*asked)
    assert sum(answer.replayed for answer in answers) == 30
    assert await toys.pool.fetchval("select sum(value) from toy.counters") == 30
    inverted = await toys.pool.fetchval(
        "select count(*) from (select id, lag(id) over (partition by aggregate order by seq) as p "
        "from toy.outbox) x where p > id"
    )
    assert inverted == 0
    assert await _findings(toys) == []


async def test_an_unknown_counter_is_waited_for_a_second(toys: Toy) -> None:
    later = uuid4()

    async def come_later() -> None:
        await asyncio.sleep(0.3)
        await toys.ask(later, Start(), creates=True)

    coming = asyncio.create_task(come_later())
    answer = await toys.ask(later, Add())
    await coming
    assert answer.body == b'{"value":1}'
    with pytest.raises(Refusal, match="not-found"):
        await toys.ask(uuid4(), Add())


async def test_the_journal_cannot_be_changed_and_a_change_is_named(toys: Toy) -> None:
    counter = await toys.started()
    await toys.ask(counter, Add(times=3))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await toys.pool.execute("update toy.journal set actor = 'p-mallory'")
    async with toys.pool.acquire() as owner:
        await owner.execute("alter table toy.journal disable trigger user")
        await owner.execute("update toy.journal set actor = 'p-mallory' where seq = 3")
    assert await _findings(toys) == [Finding(counter, 3, "entry")]
    await toys.pool.execute("delete from toy.journal where seq = 4")
    await toys.pool.execute("update toy.journal set actor = 'p-anne' where seq = 3")
    assert await _findings(toys) == [Finding(counter, 4, "truncated")]
