"""The write: all parts of a command together or none, whoever else writes, however often asked.

Every step is one that callers take: by the shell, from a stale view, several aggregates jointly,
in a race. After each the whole schema is what the model says (decisions 2, 3 and 6; I1-I4, I14).
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.plumbing import aggregate as plain
from shared.plumbing.aggregate import Current
from shared.plumbing.changes import Answer, Change
from shared.plumbing.problems import Refusal
from shared.plumbing.shell import Ask, current_of
from shared.plumbing.web.preconditions import Expectation
from shared.plumbing.writing import write
from tests.laws.asking import (
    AGGREGATE,
    HAPPENING,
    NOON,
    OTHER,
    SAME,
    answering,
    ask,
    given,
    jointly,
    key_of,
    replayed,
)
from tests.laws.ground import Ground
from tests.laws.looking import beside, expected, expected_beside, states
from tests.laws.model import Taken, World
from tests.laws.profiles import law
from tests.laws.slate import (
    SLATES,
    AlreadyThere,
    Command,
    Do,
    Happening,
    Seated,
    Slate,
    Told,
)

EVENTS = st.lists(HAPPENING, max_size=6).map(tuple)
WORDS = st.lists(st.sampled_from(["so", "it", "was"]), max_size=6)
KEYS = st.sampled_from([None, None, "k-1", "k-2", "k-3", "k-4"])
PICK = st.integers(0, 100)


class Writing(RuleBasedStateMachine):
    """Callers, fast and slow, on several slates."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.ground.empty()
        self.world = World()
        self.views: list[tuple[Current[Slate], int]] = []
        self.ids = 0

    @initialize()
    def one_is_there(self) -> None:
        self.opens(key=None, events=(), words=[])

    def handle(self, asked: Ask[Command]) -> Answer:
        return self.ground.run(self.ground.shell.handle(AGGREGATE, asked, answering))

    def fresh(self) -> UUID:
        self.ids += 1
        return UUID(int=self.ids)

    def pick(self, number: int) -> UUID:
        known = sorted(self.world.slates)
        return known[number % len(known)]

    @rule(key=KEYS, events=EVENTS, words=WORDS)
    def opens(self, key: str | None, events: tuple[Happening, ...], words: list[str]) -> None:
        self.asked(self.fresh(), key, events, words, opens=True)

    @rule(pick=PICK, key=KEYS, events=EVENTS, words=WORDS)
    def asks(
        self, pick: int, key: str | None, events: tuple[Happening, ...], words: list[str]
    ) -> None:
        self.asked(self.pick(pick), key, events, words, opens=False)

    def asked(
        self,
        slate: UUID,
        key: str | None,
        events: tuple[Happening, ...],
        words: list[str],
        *,
        opens: bool,
    ) -> None:
        known = self.world.keys.get(key or "")
        asking = ask(slate, events, opens=opens, key=key_of(key), words=words)
        if known:
            assert replayed(self.handle(asking)) == known[1:]
            return
        try:
            self.world.does(slate, events, texts=words, opens=opens)
        except Taken:
            with pytest.raises(asyncpg.UniqueViolationError, match="pk_seats"):
                self.handle(asking)
            return
        answer, kept = self.handle(asking), self.world.slates[slate]
        assert (answer.body, answer.revision, answer.replayed) == (kept.body, kept.revision, False)
        if key and (events or opens):
            self.world.keys[key] = (SAME, kept.body, kept.revision)

    @precondition(lambda self: self.world.keys)
    @rule(pick=PICK, number=PICK)
    def asks_something_else_under_a_known_key(self, pick: int, number: int) -> None:
        known = sorted(self.world.keys)
        key = key_of(known[number % len(known)], OTHER)
        with pytest.raises(Refusal, match="idempotency-key-reused"):
            self.handle(ask(self.pick(pick), [Told(aloud=True)], key=key))

    @rule(pick=PICK, off=st.integers(-2, 2), events=EVENTS)
    def asks_on_what_it_saw(self, pick: int, off: int, events: tuple[Happening, ...]) -> None:
        slate = self.pick(pick)
        seen = Expectation(revision=self.world.slates[slate].revision + off)
        if off:
            with pytest.raises(Refusal, match="stale-revision"):
                self.handle(ask(slate, events, expecting=seen))
            return
        try:
            self.world.does(slate, events)
        except Taken:
            return
        self.handle(ask(slate, events, expecting=seen))

    @rule(pick=PICK)
    def a_slow_writer_reads(self, pick: int) -> None:
        slate = self.pick(pick)
        [row] = self.ground.fetch("select * from laws.slates where id = $1", slate)
        view = current_of(AGGREGATE, slate, row, "org")
        self.views.append((view, self.world.slates[slate].version))

    @precondition(lambda self: self.views)
    @rule(pick=PICK, events=EVENTS, key=KEYS, words=WORDS)
    def a_slow_writer_writes(
        self, pick: int, events: tuple[Happening, ...], key: str | None, words: list[str]
    ) -> None:
        view, version = self.views[pick % len(self.views)]
        change = plain.decide(AGGREGATE, view, Do(id=view.id, events=events), given(words)).change
        if change is None:
            return
        kept = self.world.slates[view.id]
        if kept.version != version:
            assert self.written(change, key) == set()
        elif key in self.world.keys:
            with pytest.raises(asyncpg.UniqueViolationError, match="pk_idempotency"):
                self.written(change, key)
        else:
            self.in_time(view.id, change, events, key, words)

    def in_time(
        self,
        slate: UUID,
        change: Change,
        events: tuple[Happening, ...],
        key: str | None,
        words: list[str],
    ) -> None:
        try:
            self.world.does(slate, events, texts=words)
        except Taken:
            with pytest.raises(asyncpg.UniqueViolationError, match="pk_seats"):
                self.written(change, key)
            return
        assert self.written(change, key) == {slate}
        if key:
            self.world.keys[key] = (SAME, b"late", 1)

    def written(self, change: Change, key: str | None) -> set[UUID]:
        once = key_of(key)
        keyed = (once, Answer(status=200, body=b"late", revision=1), NOON) if once else None

        async def writes() -> set[UUID]:
            async with self.ground.pool.acquire() as connection:
                return await write(connection, SLATES, [change], keyed=keyed)

        return self.ground.run(writes())

    @rule(pick=PICK, events=EVENTS)
    def opens_what_is_there(self, pick: int, events: tuple[Happening, ...]) -> None:
        slate = self.pick(pick)
        with pytest.raises(AlreadyThere):
            self.handle(ask(slate, events, opens=True))
        nothing: Current[Slate] = Current(id=slate, organisation="org")
        blind = plain.decide(AGGREGATE, nothing, Do(id=slate, events=(), opens=True), given())
        assert blind.change is not None
        with pytest.raises(asyncpg.UniqueViolationError, match="pk_"):
            self.written(blind.change, None)

    @rule(
        asked=st.lists(st.tuples(PICK, EVENTS), min_size=1, max_size=6),
        opened=st.lists(EVENTS, max_size=2),
        aborts=st.booleans(),
    )
    def several_jointly(
        self,
        asked: list[tuple[int, tuple[Happening, ...]]],
        opened: list[tuple[Happening, ...]],
        aborts: bool,
    ) -> None:
        commands = [Do(id=self.pick(pick), events=events) for pick, events in asked]
        commands += [Do(id=self.fresh(), events=events, opens=True) for events in opened]
        after, fails = self.world.copy(), False
        try:
            for command in commands:
                after.does(command.id, command.events, opens=command.opens)
        except Taken:
            fails = True
        try:
            self.ground.run(jointly(self.ground, commands, aborts=aborts))
            assert not fails
            self.world = after
        except (asyncpg.UniqueViolationError, ZeroDivisionError):
            assert fails or aborts

    @rule(pick=PICK, twins=st.integers(1, 4), others=st.integers(0, 4), key=KEYS)
    def many_at_once(self, pick: int, twins: int, others: int, key: str | None) -> None:
        """Of those with one key one happens; of those without, each."""
        slate, told = self.pick(pick), [Told(aloud=True)]
        asked = [ask(slate, told, key=key_of(key)) for _ in range(twins)]
        asked += [ask(slate, told) for _ in range(others)]
        known = key in self.world.keys
        answers = self.ground.run(self.together(asked))
        first = [each for each in answers[:twins] if not each.replayed]
        assert len(first) == (0 if known else 1 if key else twins)
        for _ in range(len(first) + others):
            self.world.does(slate, told)
        if key:
            if first:
                self.world.keys[key] = (SAME, first[0].body, first[0].revision)
            stored = self.world.keys[key][1:]
            again = [each for each in answers[:twins] if each.replayed]
            assert all(replayed(each) == stored for each in again)

    async def together(self, asked: Sequence[Ask[Command]]) -> list[Answer]:
        handling = [self.ground.shell.handle(AGGREGATE, each, answering) for each in asked]
        return await asyncio.gather(*handling)

    @rule(seat=st.integers(0, 12), pick=PICK, other=PICK)
    def two_race_for_a_seat(self, seat: int, pick: int, other: int) -> None:
        events: list[Happening] = [Seated(seat=seat), Told(aloud=True)]
        asked = [ask(self.pick(n), events) for n in (pick, other)]
        handling = (self.ground.shell.handle(AGGREGATE, each, answering) for each in asked)

        async def race() -> list[Answer | BaseException]:
            return await asyncio.gather(*handling, return_exceptions=True)

        outcomes = self.ground.run(race())
        won = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Answer)]
        assert len(won) == (0 if seat in self.world.seats else 1)
        for winner in won:
            self.world.does(asked[winner].id, events)

    @rule(count=st.integers(1, 4), bucket=st.integers(0, 15))
    def the_relay_sends(self, count: int, bucket: int) -> None:
        sent = self.ground.fetch(
            "delete from laws.outbox where (bucket, id) in (select bucket, id from laws.outbox "
            "where bucket >= $1 order by id limit $2) returning aggregate, seq, id",
            bucket,
            count,
        )
        for row in sorted(sent, key=lambda each: each["id"]):
            assert self.world.unsent[row["aggregate"]].pop(0) == row["seq"]

    @invariant()
    def the_database_is_what_the_model_says(self) -> None:
        for slate, kept in states(self.ground).items():
            assert kept == expected(self.world, slate), slate
        assert len(self.ground.fetch("select from laws.slates")) == len(self.world.slates)
        assert beside(self.ground) == expected_beside(self.world)
        assert self.ground.findings() == []


def test_a_write_happens_wholly_or_not_at_all_whoever_else_writes(ground: Ground) -> None:
    here = type("Here", (Writing,), {"ground": ground})
    run_state_machine_as_test(here, settings=law(25))
