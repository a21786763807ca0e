"""Several aggregates under one lock: all or nothing, once, on what was seen."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from shared.kernel.occasion import Actor
from shared.plumbing import jointly
from shared.plumbing.aggregate import Given
from shared.plumbing.changes import Answer, Aside, Head, Origin
from shared.plumbing.problems import Refusal
from shared.plumbing.shell import Ask, ChangedMeanwhile, Shell
from shared.plumbing.together import Target, Workbench
from shared.plumbing.web.preconditions import UNCONDITIONAL, Expectation, Idempotency
from shared.plumbing.writing import Connection
from tests.integration.plumbing import toy

ANNE = Actor(id="p-anne", organisation="org", units=frozenset({"hq"}))
BOB = Actor(id="p-bob", organisation="elsewhere")


def key(word: str, content: bytes = b"same") -> Idempotency:
    return Idempotency(
        organisation="org", actor=ANNE.id, route="POST /sums", key=word, fingerprint=content
    )


async def started(shell: Shell) -> UUID:
    counter = uuid4()
    ask: Ask[toy.Command] = Ask(
        id=counter,
        command=toy.Start(),
        by=ANNE,
        origin=Origin(correlation=uuid4()),
        creates=True,
    )
    await shell.handle(toy.AGGREGATE, ask, _plain)
    return counter


def _plain(counter: toy.Counter, head: Head) -> Answer:
    return Answer(status=200, body=b"%d" % counter.value, revision=head.revision)


def adding(
    counters: Sequence[UUID],
    amount: int = 1,
    *,
    by: Actor = ANNE,
    once: Idempotency | None = None,
    expecting: Expectation = UNCONDITIONAL,
    limit: int = 1000,
) -> jointly.JointAsk:
    """Adds to every counter, unless their sum would pass the limit."""
    targets = [Target(toy.AGGREGATE, each) for each in counters]

    async def decide(bench: Workbench, given: Given) -> Answer:
        total = sum(bench.state(target).value for target in targets)
        if total + amount * len(targets) > limit:
            raise toy.Full
        for target in targets:
            bench.decide(target, toy.Add(amount=amount), given)
        revision = bench.current[targets[0]].head.revision
        return Answer(status=200, body=b"%d" % (total + amount * len(targets)), revision=revision)

    async def more(_connection: Connection) -> Collection[Target]:
        return targets[1:]

    return jointly.JointAsk(
        subject=targets[0],
        by=by,
        origin=Origin(correlation=uuid4()),
        decide=decide,
        more=more,
        once=once,
        expecting=expecting,
    )


async def values(shell: Shell, counters: Sequence[UUID]) -> list[int]:
    rows = await shell.pool.fetch("select id, value from toy.counters")
    found = {row["id"]: row["value"] for row in rows}
    return [found[each] for each in counters]


async def test_all_change_or_none(shell: Shell) -> None:
    counters = [await started(shell) for _ in range(3)]
    answer = await jointly.handle(shell, adding(counters, 40))
    assert answer.body == b"120"
    with pytest.raises(toy.Full):
        await jointly.handle(shell, adding(counters, 70))
    assert await values(shell, counters) == [40, 40, 40]


async def test_the_last_of_a_limit_is_given_to_exactly_one(shell: Shell) -> None:
    counters = [await started(shell) for _ in range(4)]
    asks = [adding([counters[n % 4], counters[(n + 1) % 4]], 10, limit=20) for n in range(8)]
    answers = await asyncio.gather(
        *(jointly.handle(shell, ask) for ask in asks), return_exceptions=True
    )
    given = [answer for answer in answers if isinstance(answer, Answer)]
    refused = [answer for answer in answers if isinstance(answer, toy.Full | ChangedMeanwhile)]
    assert len(given) + len(refused) == 8
    assert sum(await values(shell, counters)) == 20 * len(given)
    assert all(value <= 10 for value in await values(shell, counters))


async def test_the_same_key_is_carried_out_once(shell: Shell) -> None:
    counters = [await started(shell) for _ in range(2)]
    asks = [adding(counters, once=key("k")) for _ in range(6)]
    answers = await asyncio.gather(*(jointly.handle(shell, ask) for ask in asks))
    assert await values(shell, counters) == [1, 1]
    assert {answer.body for answer in answers} == {b"2"}
    assert sum(not answer.replayed for answer in answers) == 1


async def test_the_same_key_for_something_else_is_refused(shell: Shell) -> None:
    counters = [await started(shell) for _ in range(2)]
    await jointly.handle(shell, adding(counters, once=key("k")))
    with pytest.raises(Refusal, match="idempotency-key-reused"):
        await jointly.handle(shell, adding(counters, once=key("k", b"other")))


async def test_a_replay_comes_before_if_match(shell: Shell) -> None:
    counters = [await started(shell) for _ in range(2)]
    saw = Expectation(revision=1)
    first = await jointly.handle(shell, adding(counters, once=key("k"), expecting=saw))
    again = await jointly.handle(shell, adding(counters, once=key("k"), expecting=saw))
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(Refusal, match="stale-revision"):
        await jointly.handle(shell, adding(counters, once=key("l"), expecting=saw))
    blind = adding(counters, once=key("m"), expecting=Expectation(revision=None))
    with pytest.raises(Refusal, match="if-match-missing"):
        await jointly.handle(shell, blind)


async def test_who_lost_sight_by_a_command_of_their_own_hears_its_answer_again(
    shell: Shell,
) -> None:
    counters = [await started(shell) for _ in range(2)]
    ask = replace(adding(counters, once=key("k")), sees=lambda state: state.value == 0)
    first = await jointly.handle(shell, ask)
    again = await jointly.handle(shell, ask)
    assert (again.body, again.replayed) == (first.body, True)
    with pytest.raises(Refusal, match="not-found"):
        await jointly.handle(shell, replace(ask, once=key("l")))


async def test_what_one_may_not_see_is_not_there(shell: Shell) -> None:
    counters = [await started(shell)]
    with pytest.raises(Refusal, match="not-found"):
        await jointly.handle(shell, adding(counters, by=BOB))
    with pytest.raises(Refusal, match="not-found"):
        await jointly.handle(shell, adding([uuid4()]))


async def test_what_is_needed_may_grow_under_way(shell: Shell) -> None:
    counters = [await started(shell) for _ in range(2)]
    asked: list[int] = []
    ask = adding(counters[:1])
    second = Target(toy.AGGREGATE, counters[1])

    async def more(_connection: Connection) -> Collection[Target]:
        asked.append(len(asked))
        return [second] if len(asked) > 1 else []

    async def decide(bench: Workbench, given: Given) -> Answer:
        bench.decide(second, toy.Add(), given)
        return Answer(status=200, body=b"", revision=0)

    grown = jointly.JointAsk(
        subject=ask.subject, by=ANNE, origin=ask.origin, decide=decide, more=more
    )
    await jointly.handle(shell, grown)
    assert await values(shell, counters) == [0, 1]
    assert len(asked) == 4


async def test_a_row_that_two_events_replace_stands_as_the_last_one_left_it(shell: Shell) -> None:
    counter = await started(shell)
    row = {"counter": counter, "value": 1}
    asides = [
        Aside(table=toy.STEPS, values=row | {"note": note}, replaces=("note",))
        for note in ("first", "last")
    ]
    target = Target(toy.AGGREGATE, counter)

    async def decide(bench: Workbench, given: Given) -> Answer:
        bench.decide(target, toy.Add(times=2), _with(given, asides))
        return Answer(status=200, body=b"", revision=0)

    ask = jointly.JointAsk(
        subject=target, by=ANNE, origin=Origin(correlation=uuid4()), decide=decide
    )
    await jointly.handle(shell, ask)
    assert await shell.pool.fetchval("select note from toy.steps") == "last"


def _with(given: Given, asides: list[Aside]) -> Given:
    return Given(occasion=given.occasion, origin=given.origin, asides=asides)
