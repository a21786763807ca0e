"""What anybody may try with a case, in any order, while time passes and due moments fire."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain.case import Case, Stage
from services.escalation_service.domain.rules import Rules
from shared.kernel import ticking
from shared.kernel.errors import DomainError
from shared.kernel.occasion import Actor
from tests.unit.escalation.story import (
    CLERK,
    COLLEAGUE,
    CONFIRM,
    EXCHANGE,
    HEAD_OFFICE,
    INSTALLER,
    KESU,
    MANAGER,
    PROPOSE,
    STORE_MANAGER,
    TEXT,
    person,
    registered,
)

PEOPLE = st.sampled_from([CLERK, COLLEAGUE, MANAGER, STORE_MANAGER, INSTALLER, HEAD_OFFICE])
PICK = st.integers(0, 20)
FLAGS = st.lists(st.sampled_from(["injury", "press", "beyond_authority"]), max_size=2).map(tuple)
ACCUSED = st.lists(st.sampled_from([CLERK.id, MANAGER.id]), max_size=1).map(tuple)
MINUTES = st.sampled_from([1, 7, 29, 60, 181, 600, 1_440])
PAUSES = st.sampled_from(["waiting_for_customer", "waiting_for_supplier"])


class Acting(RuleBasedStateMachine):
    """One case, everybody who might touch it, and time."""

    book: Rules

    def __init__(self) -> None:
        super().__init__()
        self.story = registered(self.book)

    @initialize(goes=st.integers(0, 9))
    def begins(self, goes: int) -> None:
        """Mostly with somebody at work on it."""
        if goes > 0:
            self.tries(CONFIRM)
        if goes > 1:
            self.somebody_accepts(who=1, fits=1)

    @property
    def case(self) -> Case:
        assert self.story.state is not None
        return self.story.state

    def tries(self, command: ask.Command, by: Actor = KESU) -> None:
        """What is refused changes nothing; what is done must be right."""
        before = self.story.state
        assert before is not None
        try:
            self.story.when(command, by=by)
        except DomainError:
            assert self.story.state == before
            return
        self.look(before)
        self.story.later(minutes=0)

    def look(self, before: Case) -> None:
        """What the last step said, beside what stood before it."""
        for event in self.story.events:
            if isinstance(event, said.CustodyAccepted):
                assert before.offer is not None
                assert event.offer_id == before.offer.id
                assert event.person not in {*before.barred, *before.accused}

    @rule()
    def is_confirmed(self) -> None:
        self.tries(CONFIRM)

    @rule(flags=FLAGS, kind=st.sampled_from(["complaint", "complaint", "complaint", "enquiry"]))
    def is_reclassified(self, flags: tuple[str, ...], kind: str) -> None:
        self.tries(
            ask.Reclassify(
                kind=kind, classification={}, severity=None, flags=flags, reason_code="facts"
            )
        )

    @rule(accused=ACCUSED)
    def is_amended(self, accused: tuple[str, ...]) -> None:
        self.tries(ask.Amend(attributes={}, accused=accused))

    @rule(number=PICK)
    def is_a_repeat(self, number: int) -> None:
        self.tries(ask.LinkRepeat(linked=UUID(int=number)))

    @rule(withdraws=st.booleans())
    def intake_changes_its_mind(self, withdraws: bool) -> None:
        if withdraws:
            self.tries(ask.Withdraw(reason_code="customer_request"))
        else:
            self.tries(ask.Promote(received_at=self.story.at))

    @rule(told=st.booleans())
    def the_complainant_speaks(self, told: bool) -> None:
        self.tries(ask.NoteTold(how="phone") if told else ask.NoteDissatisfied(score=1))

    @rule(who=st.integers(1, 2), fits=st.integers(0, 4))
    def somebody_accepts(self, who: int, fits: int) -> None:
        offer = self.case.offer
        if offer is None:
            return
        by = person(f"p-{who}", offer.role or "clerk", offer.unit) if fits else CLERK
        by = replace(by, id=offer.person) if fits and offer.person else by
        self.tries(ask.AcceptCustody(offer_id=offer.id, exchange=EXCHANGE), by)

    @rule(number=PICK, who=st.none() | st.sampled_from([CLERK.id, MANAGER.id]), by=PEOPLE)
    def the_holder_offers(self, number: int, who: str | None, by: Actor) -> None:
        command = ask.OfferCustody(
            unit=self.unit(number), person=who, reason_code="not_our_duty", exchange=EXCHANGE
        )
        self.tries(command, self.holder() if number % 3 else by)

    def unit(self, number: int) -> str:
        units = self.book.organisation.units
        return units[number % len(units)].id

    def holder(self) -> Actor:
        custody = self.case.custody
        return person(custody.person or "p-somebody", "clerk", custody.unit)

    @rule(accepted=st.booleans(), reason=st.sampled_from(["no_authority", "incomplete"]))
    def the_receiver_sends_it_back(self, accepted: bool, reason: str) -> None:
        offer = self.case.accepted if accepted else self.case.offer
        if offer is None:
            return
        by = self.holder() if accepted else person("p-1", offer.role or "clerk", offer.unit)
        self.tries(ask.ReturnCustody(offer_id=offer.id, reason_code=reason), by)

    @rule(times=st.integers(1, 3), number=PICK)
    def it_goes_back_and_forth(self, times: int, number: int) -> None:
        for _ in range(times):
            self.the_holder_offers(number=number * 3 + 1, who=None, by=CLERK)
            self.the_receiver_sends_it_back(accepted=False, reason="incomplete")

    @precondition(lambda self: self.case.arbiter is not None)
    @rule(number=PICK)
    def the_arbiter_decides(self, number: int) -> None:
        role = self.book.policy.custody.arbiter.role
        by = person("p-arbiter", role, self.case.arbiter or "")
        self.tries(ask.Arbitrate(unit=self.unit(number), person=None), by)

    @rule(reason=st.sampled_from(["not_understood", "injury", "beyond_front_line"]))
    def the_holder_reports_up(self, reason: str) -> None:
        self.tries(ask.EscalateCase(reason_code=reason, note=TEXT), self.holder())

    @rule(number=PICK, item=PICK)
    def help_is_asked(self, number: int, item: int) -> None:
        kinds = self.book.policy.task_kinds
        code = kinds[item % len(kinds)].code
        head = replace(self.holder(), roles=frozenset({"department_supervisor", "cs_manager"}))
        command = ask.AskAssistance(item=code, unit=self.unit(number), must_answer=True)
        self.tries(command, head)

    @precondition(lambda self: self.case.tasks)
    @rule(number=PICK)
    def help_is_given(self, number: int) -> None:
        task = self.case.tasks[number % len(self.case.tasks)]
        by = person("p-helper", "clerk", task.unit)
        self.tries(ask.GiveAssistance(task_id=task.id, outcome="done"), by)

    @precondition(lambda self: self.case.clocks)
    @rule(number=PICK, reason=PAUSES, minutes=MINUTES, resumes=st.booleans())
    def a_clock_is_paused(self, number: int, reason: str, minutes: int, resumes: bool) -> None:
        names = [each.clock.name for each in self.case.clocks] + ["resolve"] * 3
        name = names[number % len(names)]
        self.tries(ask.PauseClock(clock=name, reason_code=reason), self.holder())
        before = self.used(name)
        self.story.later(minutes=minutes)
        if not self.paused(name):
            return
        assert self.used(name) == before
        if resumes:
            self.tries(ask.ResumeClock(clock=name), self.holder())
            assert self.paused(name) or self.used(name) == before

    def used(self, name: str) -> int:
        each = self.case.clock(name)
        assert each is not None
        return ticking.used_seconds(
            each.clock, self.book.calendar(each.clock.calendar), at=self.story.at
        )

    def paused(self, name: str) -> bool:
        each = self.case.clock(name)
        return each is not None and each.clock.paused

    @rule(same=st.booleans())
    def the_complainant_is_unhappy(self, same: bool) -> None:
        """The next one to accept may be the one there was enough of."""
        had = self.case.custody.person
        self.tries(ask.NoteDissatisfied(score=1))
        offer = self.case.offer
        if offer is not None and had and same:
            by = person(had, offer.role or "clerk", offer.unit)
            self.tries(ask.AcceptCustody(offer_id=offer.id, exchange=EXCHANGE), by)

    @rule(hours=st.none() | st.integers(1, 40))
    def a_resolution_is_proposed(self, hours: int | None) -> None:
        expected = self.story.at + timedelta(hours=hours) if hours else None
        self.tries(replace(PROPOSE, expected_by=expected), self.holder())

    @precondition(lambda self: self.case.resolutions)
    @rule(accepts=st.booleans())
    def the_complainant_answers(self, accepts: bool) -> None:
        last = self.case.resolutions[-1]
        if last.stage is Stage.ACCEPTED:
            self.tries(ask.ExecuteResolution(resolution_id=last.id), self.holder())
        elif accepts:
            self.tries(
                ask.AcceptResolution(resolution_id=last.id, evidence="spoken"), self.holder()
            )
        else:
            self.tries(ask.RejectResolution(resolution_id=last.id, reason_code="x"), self.holder())

    @rule()
    def closing_is_asked(self) -> None:
        closing = self.book.policy.closing
        outcome = closing.outcomes[0].code if closing.outcomes else "upheld"
        flags = {"lesson": True, "improvement": True, "won_back": True}
        self.tries(ask.AskClosing(outcome=outcome, cause="goods", flags=flags), self.holder())

    @precondition(lambda self: self.case.closing is not None)
    @rule(service=st.sampled_from(["intake", "compensation", "followup"]), opens=st.booleans())
    def a_neighbour_answers(self, service: str, opens: bool) -> None:
        closing = self.case.closing
        assert closing is not None
        items = ("open_thing",) if opens else ()
        self.tries(ask.AnswerClosing(round=closing.round, service=service, open_items=items))

    @rule(minutes=MINUTES | st.sampled_from([2_880, 10_000]))
    def time_passes(self, minutes: int) -> None:
        self.story.later(minutes=minutes)
