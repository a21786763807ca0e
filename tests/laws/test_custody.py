"""Custody and clocks of a case: somebody always has it, and every counted second is told.

Anybody tries anything, in any order, under both packs, while time passes and due moments fire.
Pure: `decide` and `evolve`, no I/O (N4, N5; decisions 5, 17, 23 and 24; I7).
"""

from datetime import datetime
from typing import TypeVar

import pytest
from hypothesis.stateful import (
    invariant,
    run_state_machine_as_test,
)
from pydantic import TypeAdapter

from services.escalation_service.domain import events as said
from services.escalation_service.domain.case import OPEN, Case, CaseClock, Status
from services.escalation_service.domain.rules import Rules
from services.escalation_service.domain.ticks import timers
from shared.kernel import clocks
from shared.kernel.explaining import explanation
from tests.laws.handling import Acting
from tests.laws.profiles import law
from tests.unit.escalation.story import (
    AUTO_RULES,
    MALL_RULES,
)

STORED = TypeAdapter(Case)
Place = tuple[str, int]
T = TypeVar("T")


class Handling(Acting):
    """What holds whatever anybody tried."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: set[Place] = set()
        self.seen: set[tuple[object, ...]] = set()
        self.heard = 0
        self.former: Case | None = None
        self.armed: dict[str, datetime] = {}

    @invariant()
    def it_is_read_back_as_it_was_kept(self) -> None:
        assert STORED.validate_json(STORED.dump_json(self.case)) == self.case

    @invariant()
    def somebody_has_the_case(self) -> None:
        case = self.case
        if case.status not in OPEN:
            return
        assert self.book.knows_unit(case.custody.unit)
        if case.status is Status.HANDLING:
            sent_to_a_unit = case.returns > 0 or case.arbitrated
            assert case.custody.person or case.offer or case.arbiter or sent_to_a_unit
        else:
            assert case.status is not Status.AWAITING_CONFIRMATION or case.offer is None

    @invariant()
    def an_offer_is_open_once_and_answered_at_most_once(self) -> None:
        made = [e.offer_id for e in self.told(said.CustodyOffered)]
        taken = [e.offer_id for e in self.told(said.CustodyAccepted)]
        assert len(made) == len(set(made))
        assert len(taken) == len(set(taken))
        assert set(taken) <= set(made)
        assert self.case.offer is None or self.case.offer.id not in taken

    @invariant()
    def it_never_goes_down(self) -> None:
        rank = self.book.rank
        risen = self.told(said.CaseEscalated)
        assert all(rank(event.to_tier) >= rank(event.from_tier) for event in risen)

    def told(self, kind: type[T]) -> list[T]:
        return [event for event in self.story.told if isinstance(event, kind)]

    @invariant()
    def each_step_of_a_clock_comes_once_a_round_and_never_after_its_end(self) -> None:
        news, self.heard = self.story.told[self.heard :], len(self.story.told)
        for event in news:
            if isinstance(event, clocks.ClockFact):
                self.once(event)

    def once(self, event: clocks.ClockFact) -> None:
        place = (event.clock, event.round)
        assert place not in self.ended
        which = getattr(event, "step", None) or getattr(event, "percent", None)
        what = (*place, type(event), which)
        turns = isinstance(event, clocks.ClockPaused | clocks.ClockResumed)
        assert turns or what not in self.seen
        self.seen.add(what)
        if isinstance(event, clocks.ClockMet | clocks.ClockCancelled):
            self.ended.add(place)

    @invariant()
    def every_counted_second_is_explained(self) -> None:
        for each in self.case.clocks:
            self.explained(each)

    def explained(self, each: CaseClock) -> None:
        rule_ = self.book.clock_rule(each.clock)
        assert rule_ is not None
        calendar = self.book.calendar(each.clock.calendar)
        told = explanation(each.clock, rule_, calendar, at=self.story.at)
        assert sum(stretch.counted_seconds for stretch in told.stretches) == told.used_seconds
        assert told.used_seconds + told.left_seconds == told.allowed_seconds
        if told.state == "counting":
            assert told.due_at is not None
            assert calendar.elapsed(self.story.at, told.due_at) == told.left_seconds
            assert each.due_at == told.due_at

    @invariant()
    def no_clock_runs_where_nobody_works(self) -> None:
        if self.case.status in {Status.WITHDRAWN, Status.CLOSED, Status.NOT_A_COMPLAINT}:
            assert not [each for each in self.case.clocks if each.clock.running]

    @invariant()
    def nothing_due_is_left_behind(self) -> None:
        due = timers(self.case, self.book).values()
        assert all(moment > self.story.at for moment in due)

    @invariant()
    def what_is_armed_bit_by_bit_is_what_the_case_waits_for(self) -> None:
        """A write arms and disarms only what differs from the case before it."""
        before, self.former = self.former, self.case
        gone = timers(before, self.book, self.case) if before else {}
        kept = {name: due for name, due in self.armed.items() if name not in gone}
        self.armed = kept | timers(self.case, self.book, before)
        assert self.armed == timers(self.case, self.book)


@pytest.mark.parametrize("rules", [AUTO_RULES, MALL_RULES], ids=["auto", "mall"])
def test_somebody_always_has_the_case_and_every_second_is_told(rules: Rules) -> None:
    class Here(Handling):
        pass

    Here.book = rules
    run_state_machine_as_test(Here, settings=law(40, steps=30))
