"""Due moments: each fires once for each arming, never early, never after it was taken back.

Business time jumps, two workers and a person act at once, some moments fail. What was armed and
what fired is read from the journal alone, so the law does not depend on who was first (decision 5;
I7).
"""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.plumbing.changes import Answer, Head, Origin
from shared.plumbing.shell import Ask
from shared.plumbing.timers import Moment, Timers
from shared.plumbing.wake import Wake
from tests.laws.ground import Ground
from tests.laws.profiles import HOUR, law
from tests.laws.slate import (
    AGAIN,
    ANNE,
    Armed,
    Command,
    Disarmed,
    Do,
    Happening,
    Slate,
    aggregate,
    moment_of,
)

NAMES = st.sampled_from(["once-a", "once-b", "once-c", "again-a", "mute-a"])
PICK = st.integers(0, 10)
HOURS = st.integers(-3, 5)
HALF = HOUR / 2


class Alarms(RuleBasedStateMachine):
    """Slates with moments, two workers, a person, and a demonstration's clock."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.ground.empty()
        self.broken: set[str] = set()
        self.suspects: set[str] = set()
        self.aggregate = aggregate(self.broken)
        self.slates: list[UUID] = []
        [[self.base]] = self.ground.fetch("select platform.business_now()")

    @initialize()
    def two_are_there(self) -> None:
        self.opens(name="once-a", hours=1)
        self.opens(name="again-a", hours=-1)

    def due(self, hours: int) -> datetime:
        """So many hours from now, and half an hour: never a matter of milliseconds."""
        at: datetime = self.base + hours * HOUR + HALF
        return at

    def handling(
        self, slate: UUID, *events: Happening, opens: bool = False
    ) -> Coroutine[Any, Any, Answer]:
        ask: Ask[Command] = Ask(
            id=slate,
            command=Do(id=slate, events=events, opens=opens),
            by=ANNE,
            origin=Origin(correlation=UUID(int=1)),
            creates=opens,
        )
        return self.ground.shell.handle(self.aggregate, ask, _answering)

    def worker(self) -> Timers:
        return Timers("laws", self.ground.pool, (Moment(self.aggregate, moment_of),), Wake())

    @rule(name=NAMES, hours=HOURS)
    def opens(self, name: str, hours: int) -> None:
        slate = UUID(int=len(self.slates) + 1)
        self.slates.append(slate)
        self.ground.run(self.handling(slate, self.armed(name, hours), opens=True))

    def armed(self, name: str, hours: int) -> Armed:
        return Armed(name=name, due_at=self.due(hours))

    def pick(self, number: int) -> UUID:
        return self.slates[number % len(self.slates)]

    @rule(pick=PICK, names=st.lists(NAMES, min_size=1, max_size=6), hours=HOURS)
    def arms(self, pick: int, names: list[str], hours: int) -> None:
        events = [self.armed(name, hours) for name in names]
        self.ground.run(self.handling(self.pick(pick), *events))

    @rule(pick=PICK, name=NAMES)
    def disarms(self, pick: int, name: str) -> None:
        self.ground.run(self.handling(self.pick(pick), Disarmed(name=name)))

    @rule(hours=st.integers(1, 5))
    def time_passes(self, hours: int) -> None:
        self.base += hours * HOUR
        self.ground.execute(
            "update platform.business_time set ahead = ahead + $1", timedelta(hours=hours)
        )

    @rule(name=NAMES)
    def breaks(self, name: str) -> None:
        self.broken.add(name)
        self.suspects.add(name)

    @precondition(lambda self: self.suspects)
    @rule()
    def is_mended_and_released(self) -> None:
        self.broken.clear()
        self.suspects.clear()
        self.ground.execute("update laws.timers set problem = null")

    @rule()
    def one_worker_looks(self) -> None:
        self.ground.run(self.worker().turn())

    @rule(pick=PICK, name=NAMES, hours=st.none() | HOURS)
    def two_workers_and_a_person_at_once(self, pick: int, name: str, hours: int | None) -> None:
        event = Disarmed(name=name) if hours is None else self.armed(name, hours)

        async def at_once() -> None:
            asked = self.handling(self.pick(pick), event)
            await asyncio.gather(self.worker().turn(), asked, self.worker().turn())

        self.ground.run(at_once())

    @rule()
    def everything_due_has_fired(self) -> None:
        while self.ground.run(self.worker().turn()):
            pass
        late = self.ground.fetch(
            "select name, problem from laws.timers where due_at <= platform.business_now()"
        )
        assert {row["name"] for row in late} <= self.broken
        assert all(row["problem"] == "Broken" for row in late)

    @invariant()
    def what_waits_is_what_was_armed_and_has_not_fired(self) -> None:
        waiting = {slate: dict[str, datetime]() for slate in self.slates}
        for row in self.ground.fetch("select aggregate, name, due_at from laws.timers"):
            waiting[row["aggregate"]][row["name"]] = row["due_at"]
        for slate in self.slates:
            told = self.armed_by_the_journal(slate)
            assert waiting[slate].items() <= told.items()
            assert all(name.startswith("mute") for name in told.keys() - waiting[slate].keys())

    @invariant()
    def only_what_fails_is_parked(self) -> None:
        parked = self.ground.fetch("select name from laws.timers where problem is not null")
        assert {row["name"] for row in parked} <= self.suspects

    def armed_by_the_journal(self, slate: UUID) -> dict[str, datetime]:
        """Folds one history, and requires of each firing that it was right."""
        query = "select type, at, entry from laws.journal where aggregate = $1 order by seq"
        alarms: dict[str, datetime] = {}
        for row in self.ground.fetch(query, slate):
            _fold(alarms, row["type"], row["at"], orjson.loads(row["entry"])["data"])
        return alarms

    def teardown(self) -> None:
        self.is_mended_and_released()
        self.everything_due_has_fired()
        self.what_waits_is_what_was_armed_and_has_not_fired()


def _fold(alarms: dict[str, datetime], kind: str, at: datetime, data: dict[str, str]) -> None:
    match kind:
        case "Armed":
            alarms[data["name"]] = datetime.fromisoformat(data["due_at"])
        case "Disarmed":
            alarms.pop(data["name"], None)
        case "Fired":
            due_at = datetime.fromisoformat(data["due_at"])
            assert alarms.pop(data["name"], None) == due_at, (
                "fired twice, or after it was taken back"
            )
            assert due_at <= at, "fired early"
            if data["name"].startswith("again"):
                alarms[data["name"]] = due_at + AGAIN
        case _:
            pass


def _answering(_: Slate, head: Head) -> Answer:
    return Answer(status=200, body=b"{}", revision=head.revision)


def test_each_moment_fires_once_for_each_arming_and_never_early(ground: Ground) -> None:
    class Here(Alarms):
        pass

    Here.ground = ground
    run_state_machine_as_test(Here, settings=law(40))


def test_a_moment_that_fails_parks_alone_while_an_older_one_is_held_by_a_command(
    ground: Ground,
) -> None:
    class Here(Alarms):
        pass

    Here.ground = ground
    told = Here()
    told.opens("once-a", -2)
    told.opens("once-b", -1)
    told.broken.add("once-b")

    async def held() -> None:
        async with ground.transaction() as connection:
            older = "select from laws.slates where id = $1 for update"
            await connection.execute(older, told.slates[0])
            await told.worker().turn()

    ground.run(held())
    told.suspects.add("once-b")
    told.only_what_fails_is_parked()
    told.everything_due_has_fired()
