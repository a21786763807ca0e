"""How the laws of the write ask: through the shell, or with a change prepared by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import strategies as st

from shared.kernel.occasion import Occasion
from shared.plumbing.aggregate import Given
from shared.plumbing.changes import Answer, Head, Origin, Written, written
from shared.plumbing.shell import Ask
from shared.plumbing.together import Target, lock
from shared.plumbing.web.preconditions import UNCONDITIONAL, Expectation, Idempotency
from tests.laws.ground import Ground
from tests.laws.profiles import HOUR
from tests.laws.slate import (
    ANNE,
    Armed,
    Command,
    Disarmed,
    Do,
    Happening,
    Noted,
    Seated,
    Slate,
    Told,
    aggregate,
)

AGGREGATE = aggregate()
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
SAME, OTHER = b"same", b"other"
NAMES = st.sampled_from(["a", "b", "c"])
HAPPENING: st.SearchStrategy[Happening] = st.one_of(
    st.builds(Told, aloud=st.booleans()),
    st.builds(Told, aloud=st.just(True)),
    st.builds(Armed, name=NAMES, due_at=st.integers(0, 3).map(lambda n: NOON + n * HOUR)),
    st.builds(Disarmed, name=NAMES),
    st.builds(Noted, slot=st.integers(0, 2), word=st.sampled_from(["x", "y"])),
    st.builds(Seated, seat=st.integers(0, 12)),
)


def key_of(word: str | None, content: bytes = SAME) -> Idempotency | None:
    if word is None:
        return None
    return Idempotency(
        organisation="org", actor=ANNE.id, route="POST /slates", key=word, fingerprint=content
    )


def answering(slate: Slate, head: Head) -> Answer:
    return Answer(status=200, body=b"%d/%d" % (slate.told, head.version), revision=head.revision)


def ask(
    slate: UUID,
    events: Sequence[Happening],
    *,
    opens: bool = False,
    key: Idempotency | None = None,
    expecting: Expectation = UNCONDITIONAL,
    words: Sequence[str] = (),
) -> Ask[Command]:
    return Ask(
        id=slate,
        command=Do(id=slate, events=tuple(events), opens=opens),
        by=ANNE,
        origin=Origin(correlation=UUID(int=1)),
        creates=opens,
        once=key,
        expecting=expecting,
        texts=said(words),
    )


def said(words: Sequence[str]) -> list[Written]:
    return [written("narrative", word) for word in words]


def given(words: Sequence[str] = ()) -> Given:
    occasion = Occasion(at=NOON, by=ANNE)
    return Given(occasion=occasion, origin=Origin(correlation=UUID(int=1)), texts=said(words))


def replayed(answer: Answer) -> tuple[bytes, int]:
    assert answer.replayed
    return answer.body, answer.revision


async def jointly(ground: Ground, commands: Sequence[Do], *, aborts: bool) -> None:
    """All of them in one transaction; when told to abort, ZeroDivisionError ends it."""
    async with ground.transaction() as connection:
        targets = [Target(AGGREGATE, command.id) for command in commands]
        bench = await lock(connection, targets, at=NOON)
        for target, command in zip(targets, commands, strict=True):
            bench.decide(target, command, given())
        await bench.write()
        if aborts:
            raise ZeroDivisionError
