"""The inbox: each fact has its effect once and in its order, whatever the broker and we go through.

Records come doubled, out of order, with holes, as another history under a known number, as
garbage; batches are cut anywhere; transactions die; the log is read again from its beginning;
facts fail and are mended; an operator releases and discards (decisions 1, 3, 4 and 8; I3, I4).
"""

from argparse import Namespace
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from kesu.commands import parked as operator
from shared.plumbing.applying import Applying, Batch, Fenced
from shared.plumbing.broker import Broker
from shared.plumbing.consuming import Consuming
from shared.plumbing.inbox import Premature, Received
from shared.plumbing.wake import Wake
from shared.plumbing.writing import Connection
from tests.laws.ground import Ground
from tests.laws.profiles import law
from tests.laws.slate import Broken
from tests.laws.stream import SOURCE, Sent, Stream, Trouble
from tests.laws.topic import TOPIC, batch

STREAMS = [UUID(int=7), UUID(int=8)]
STREAM = st.sampled_from(STREAMS)
NUMBER = st.integers(1, 6)
GARBAGE = st.sampled_from([None, b"", b"{", b"[]", b'{"id": 1}'])


class Inbox(RuleBasedStateMachine):
    """A topic of one partition, one consumer of it, and an operator."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.ground.empty()
        self.trouble = Trouble()
        self.streams = {stream: Stream(self.trouble) for stream in STREAMS}
        self.topic: list[Sent | bytes | None] = []
        self.dies_after: int | None = None
        self.life, self.position = 0, 0
        self.applying = Applying(schema="laws", pool=self.ground.pool, apply=self.apply)
        self.log_is_read_again()

    async def apply(self, connection: Connection, facts: Sequence[Received]) -> None:
        """The effect: a row for each fact; or what the trouble is."""
        for fact in facts:
            envelope = fact.envelope
            trouble = self.trouble.with_(Sent(envelope.subject, envelope.sequence))
            if self.dies_after is not None:
                self.dies_after -= 1
                if self.dies_after < 0:
                    raise ConnectionResetError
            if trouble:
                raise Broken if trouble == "failure" else Premature
            await connection.execute(
                "insert into laws.applied (stream, sequence, event) values ($1, $2, $3)",
                envelope.subject,
                envelope.sequence,
                envelope.id,
            )

    @rule(stream=STREAM, number=NUMBER, edition=st.sampled_from([0, 0, 0, 1]))
    def sends(self, stream: UUID, number: int, edition: int) -> None:
        self.topic.append(Sent(stream, number, edition))

    @rule(stream=STREAM, count=st.integers(1, 4))
    def sends_in_order(self, stream: UUID, count: int) -> None:
        sent = [s.sequence for s in self.topic if isinstance(s, Sent) and s.stream == stream]
        self.topic += [Sent(stream, min(max(sent, default=0) + n, 6)) for n in range(1, count + 1)]

    @rule(stream=STREAM, known=st.booleans())
    def tells_another_history(self, stream: UUID, known: bool) -> None:
        """Under the newest number, and goes on with it or with what was told before."""
        self.takes(100)
        last = self.streams[stream].last
        if last:
            follow = Sent(stream, last) if known else Sent(stream, last + 1)
            self.topic += [Sent(stream, last, 1), follow]
            self.takes(100)

    @rule(garbage=GARBAGE)
    def sends_garbage(self, garbage: bytes | None) -> None:
        self.topic.append(garbage)

    @rule(count=st.integers(1, 8))
    def takes(self, count: int) -> None:
        taken = self.batch(count)
        if not taken.records:
            return
        self.take(taken)
        for sent in self.topic[self.position : taken.next_offset]:
            if isinstance(sent, Sent):
                self.streams[sent.stream].take(sent)
        for stream in self.streams.values():
            stream.ends_batch()
        self.position = taken.next_offset

    def batch(self, count: int) -> Batch:
        sent = self.topic[self.position : self.position + count]
        return batch(sent, self.position, self.life)

    def take(self, taken: Batch) -> None:
        """As `Consuming` does: at once, and what fails one by one."""
        try:
            self.ground.run(self.applying.batch(taken))
        except (Broken, Premature):
            self.ground.run(self.applying.batch(taken, one_by_one=True))

    @rule(count=st.integers(1, 8), after=st.integers(0, 4))
    def dies_while_taking(self, count: int, after: int) -> None:
        """The connection breaks in the middle: nothing happened, and nothing is forgotten."""
        if self.batch(count).records:
            self.dies_after, before = after, self.position
            try:
                self.takes(count)
            except ConnectionResetError:
                assert self.position == before
            finally:
                self.dies_after = None

    @rule(count=st.integers(1, 8), off=st.integers(1, 3))
    def another_consumer_takes_at_a_wrong_place(self, count: int, off: int) -> None:
        here = self.batch(count)
        self.position += off
        stale = self.batch(count)
        self.position -= off
        assert stale.position != here.position
        with pytest.raises(Fenced):
            self.take(stale)

    @rule()
    def log_is_read_again(self) -> None:
        """A new life of the broker, with everything that was ever sent."""
        self.life, self.position = self.life + 1, 0
        self.ground.execute(
            "insert into laws.offsets values ($1, 0, $2, 0)", TOPIC, f"life-{self.life}"
        )

    @rule(stream=STREAM, number=NUMBER, bug=st.booleans())
    def breaks(self, stream: UUID, number: int, bug: bool) -> None:
        (self.trouble.broken if bug else self.trouble.early).add((stream, number))

    @rule()
    def is_mended(self) -> None:
        self.trouble.broken.clear()
        self.trouble.early.clear()

    @rule()
    def sweeps(self) -> None:
        """What came before its time is tried again."""
        broker = Broker(bootstrap="", flavour="none")
        consuming = Consuming("laws", (), broker, self.applying, Wake())
        self.ground.run(consuming._sweep_once())
        for stream in self.streams.values():
            if any(kind == "premature" for kind, _ in stream.parked.values()):
                stream.drain()

    @rule(stream=STREAM)
    def operator_releases(self, stream: UUID) -> None:
        self.ground.run(self.operates(stream, discards=False))
        self.streams[stream].drain()

    @rule(stream=STREAM)
    def operator_discards(self, stream: UUID) -> None:
        self.ground.run(self.operates(stream, discards=True))
        self.streams[stream].discard()
        self.streams[stream].drain()

    async def operates(self, stream: UUID, *, discards: bool) -> None:
        """`kesu parked release` and `discard` on this ground."""
        asked = Namespace(service="laws", source=SOURCE, aggregate=stream)
        async with self.ground.transaction() as connection:
            await self.applying.hold(connection, SOURCE)
            if discards and not await operator._discard(connection, asked):
                return
            await self.applying.drain(connection, (SOURCE, stream))

    @invariant()
    def the_database_is_what_the_model_says(self) -> None:
        for stream, model in self.streams.items():
            assert self.applied(stream) == model.applied
            assert self.heard(stream) == ([(model.last, model.event)] if model.last else [])
            assert self.waiting(stream) == model.waiting()
        [[offset]] = self.ground.fetch(
            "select next_offset from laws.offsets where incarnation = $1", f"life-{self.life}"
        )
        assert offset == self.position

    @invariant()
    def every_fact_had_its_effect_once_and_in_order(self) -> None:
        for stream, model in self.streams.items():
            numbers = [event.int % 1_000 // 10 for event in self.applied(stream)]
            wanted = [n for n in range(1, model.last + 1) if n not in model.skipped]
            assert numbers == wanted

    def applied(self, stream: UUID) -> list[UUID]:
        query = "select event from laws.applied where stream = $1 order by at"
        return [row["event"] for row in self.ground.fetch(query, stream)]

    def heard(self, stream: UUID) -> list[tuple[int, UUID]]:
        query = "select last_sequence, last_event_id from laws.inbox where aggregate = $1"
        return [tuple(row) for row in self.ground.fetch(query, stream)]

    def waiting(self, stream: UUID) -> list[tuple[int, str]]:
        query = "select sequence, kind from laws.parked where aggregate = $1 order by 1"
        return [tuple(row) for row in self.ground.fetch(query, stream)]

    def teardown(self) -> None:
        """Heal, send all again, let the operator look: nothing that was sent is missing."""
        self.is_mended()
        for stream in STREAMS:
            self.topic += [Sent(stream, number) for number in range(1, 7)]
        self.until_nothing_moves(self.takes, 100)
        for stream, model in self.streams.items():
            if model.diverged:
                self.operator_discards(stream)
            self.operator_releases(stream)
            assert (model.last >= 6, model.parked) == (True, {})
        self.the_database_is_what_the_model_says()
        self.every_fact_had_its_effect_once_and_in_order()

    def until_nothing_moves(self, step: Callable[[int], None], count: int) -> None:
        while self.position < len(self.topic):
            step(count)


def test_each_fact_has_its_effect_once_and_in_its_order(ground: Ground) -> None:
    class Here(Inbox):
        pass

    Here.ground = ground
    run_state_machine_as_test(Here, settings=law(50, steps=30))
