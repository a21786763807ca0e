"""Findings, resolutions, the close gate, and what brings a closed case back."""

from dataclasses import replace

import pytest

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain import refusals as no
from services.escalation_service.domain.case import RemedyOffered, Stage, Status
from services.escalation_service.domain.folding import _FOLDS
from shared.kernel import clocks
from tests.unit.escalation.story import (
    AUTO_RULES,
    CLAIM,
    CLERK,
    CLOSE,
    COLLEAGUE,
    EARLIER,
    INSTALLATION,
    INSTALLER,
    MALL_RULES,
    MANAGER,
    PROPOSE,
    STORE_MANAGER,
    TEXT,
    Story,
    accept,
    closed,
    handled,
    registered,
    resolved,
    settle,
)

FIND = ask.RecordFinding(
    substantiated="yes", cause="installation", fault_confirmed=True, accused=(), text=TEXT
)


def test_a_finding_needs_a_cause_of_the_pack() -> None:
    handled().refused(replace(FIND, cause="moon"), no.UnknownCode)


def test_an_accused_person_takes_over_nothing() -> None:
    story = registered(accused=(CLERK.id,)).when(
        ask.ConfirmRecord(by="p-cs-manager-1", row="confirmation")
    )
    story.refused(ask.AcceptCustody(offer_id=story.offer_id), no.AccusedMayNotDecide)
    accept(story, COLLEAGUE)
    story.refused(FIND, no.AccusedMayNotDecide)
    story.refused(PROPOSE, no.AccusedMayNotDecide)
    story.when(PROPOSE, by=COLLEAGUE)
    first = story.case.resolutions[0].id
    story.when(ask.AcceptResolution(resolution_id=first, evidence="spoken"), by=COLLEAGUE)
    story.refused(ask.ExecuteResolution(resolution_id=first), no.AccusedMayNotDecide)


def test_nobody_finds_against_themselves_and_decides() -> None:
    handled().refused(replace(FIND, accused=(CLERK.id,)), no.AccusedMayNotDecide)


def test_a_unit_that_is_accused_does_not_decide() -> None:
    story = handled().when(replace(FIND, accused=(INSTALLATION,)), by=CLERK)
    story.when(
        ask.OfferCustody(
            unit=INSTALLATION,
            person=None,
            reason_code="specialist",
            exchange=("reference", "holder", "unit_contact"),
        ),
        by=CLERK,
    )
    taking = ask.AcceptCustody(
        offer_id=story.offer_id, exchange=("reference", "holder", "unit_contact")
    )
    story.refused(taking, no.AccusedMayNotDecide, by=INSTALLER)


def test_a_remedy_is_one_of_the_pack() -> None:
    moon = ask.ProposeResolution(
        remedies=(RemedyOffered(remedy="moon"),), final=False, expected_by=None, text=TEXT
    )
    (pointer,) = handled().refused(moon, no.UnknownCode).errors
    assert pointer.pointer == "/remedies/0/remedy"


def test_a_resolution_is_accepted_then_carried_out() -> None:
    story = handled().when(PROPOSE, by=CLERK)
    first = story.case.resolutions[0].id
    story.refused(ask.ExecuteResolution(resolution_id=first), no.NotAccepted)
    story.when(ask.AcceptResolution(resolution_id=first, evidence="signed"), by=CLERK)
    story.refused(ask.RejectResolution(resolution_id=first, reason_code="other"), no.NotProposed)
    story.when(ask.ExecuteResolution(resolution_id=first), by=CLERK)
    story.refused(ask.ExecuteResolution(resolution_id=first), no.NotAccepted)


def test_a_refused_resolution_is_kept() -> None:
    story = handled().when(PROPOSE, by=CLERK)
    first = story.case.resolutions[0].id
    story.when(ask.RejectResolution(resolution_id=first, reason_code="too_little"), by=CLERK)
    assert story.case.resolutions[0].stage is Stage.REJECTED
    assert story.when(PROPOSE, by=CLERK).case.resolutions[1].stage is Stage.PROPOSED


def test_a_resolution_that_is_not_there() -> None:
    missing = ask.AcceptResolution(resolution_id=EARLIER, evidence="spoken")
    handled().refused(missing, no.NoSuchResolution)


def test_a_final_answer_needs_a_finding_and_a_second_person() -> None:
    final = replace(PROPOSE, final=True)
    story = handled()
    story.refused(final, no.FindingMissing)
    story.when(FIND, by=CLERK).when(final, by=CLERK)
    release = ask.ExecuteResolution(resolution_id=story.case.resolutions[0].id)
    story.refused(release, no.SecondPersonNeeded)
    story.when(release, by=MANAGER)
    assert story.when(CLOSE, by=CLERK).case.status is Status.CLOSING


def test_a_case_that_lacks_everything_says_so_at_once() -> None:
    bare = ask.AskClosing(outcome=None, cause=None)
    error = handled(flags=("installed",)).refused(bare, no.NotReadyToClose)
    assert [each.code for each in error.errors] == [
        "result_recorded",
        "outcome_coded",
        "cause_coded",
        "outcome_flags",
        "acceptance",
        "no_open_task",
    ]


def test_a_notice_that_need_not_be_answered_holds_nothing_up() -> None:
    story = resolved()
    story.when(
        ask.AskAssistance(item="collect_goods", unit=INSTALLATION, must_answer=False), by=CLERK
    )
    assert story.when(CLOSE, by=CLERK).names() == ["ClosingAsked"]


def test_words_that_are_not_the_packs_are_refused() -> None:
    resolved().refused(replace(CLOSE, outcome="fine"), no.UnknownCode)
    resolved().refused(replace(CLOSE, flags={"happy": True}), no.UnknownCode)


def test_a_case_stands_still_while_closing_is_asked() -> None:
    story = resolved().when(CLOSE, by=CLERK)
    story.refused(PROPOSE, no.ClosingUnderWay)
    story.refused(CLOSE, no.ClosingUnderWay)


def test_a_case_closes_when_all_three_have_settled() -> None:
    story = resolved().when(CLOSE, by=CLERK)
    settle(story, "intake", "followup")
    assert story.case.status == "closing"
    settle(story, "compensation")
    assert story.names()[:2] == ["ClosingAnswered", "CaseClosed"]
    assert story.case.status is Status.CLOSED
    story.refused(PROPOSE, no.CaseIsClosed)


def test_one_open_item_thaws_the_case() -> None:
    story = resolved().when(CLOSE, by=CLERK)
    story.when(ask.AnswerClosing(round=1, service="compensation", open_items=("no_open_payment",)))
    settle(story, "intake", "followup")
    assert story.case.status == "handling"
    assert story.case.closing is not None
    assert story.case.closing.failed == ("no_open_payment",)
    settle(story.when(CLOSE, by=CLERK))
    assert story.case.status is Status.CLOSED
    assert story.case.closing is not None
    assert story.case.closing.round == 2


def test_late_and_repeated_answers_change_nothing() -> None:
    story = closed()
    assert story.when(ask.AnswerClosing(round=1, service="intake")).events == []
    asked = resolved().when(CLOSE, by=CLERK)
    settle(asked, "intake")
    assert asked.when(ask.AnswerClosing(round=1, service="intake")).events == []
    assert asked.when(ask.AnswerClosing(round=7, service="followup")).events == []


def test_a_neighbour_that_stays_silent_is_named() -> None:
    story = resolved().when(CLOSE, by=CLERK)
    settle(story, "intake", "followup")
    story.later(minutes=20)
    assert story.case.status is Status.HANDLING
    assert story.case.closing is not None
    assert story.case.closing.failed == ("no_answer_compensation",)


def test_closing_ends_every_clock() -> None:
    assert not [each for each in closed().case.clocks if each.clock.running]


def test_a_dissatisfied_callback_reopens_one_tier_up_with_another_handler() -> None:
    story = closed().when(ask.NoteDissatisfied(score=1))
    assert (story.case.status, story.case.tier) == (Status.HANDLING, "manager")
    assert story.case.barred == (CLERK.id,)
    assert story.case.resolutions[0].stage is Stage.REJECTED
    assert accept(story, MANAGER).case.custody.person == MANAGER.id


def test_the_barred_handler_does_not_come_back() -> None:
    story = closed()
    story.state = replace(story.case, custody=replace(story.case.custody, person=MANAGER.id))
    story.when(ask.NoteDissatisfied(score=1))
    story.refused(ask.AcceptCustody(offer_id=story.offer_id), no.HandlerBarred, by=MANAGER)


def test_who_handled_the_complaint_before_does_not_handle_its_repeat() -> None:
    story = handled().when(ask.LinkRepeat(linked=EARLIER))
    again = ask.AcceptCustody(offer_id=story.offer_id, earlier_handlers=(MANAGER.id,))
    story.refused(again, no.HandlerBarred, by=MANAGER)


def test_dissatisfied_before_closing_goes_back_to_handling() -> None:
    story = resolved().when(ask.NoteDissatisfied(score=1))
    assert story.case.tier == "manager"
    assert story.case.barred == (CLERK.id,)
    error = accept(story, STORE_MANAGER).refused(CLOSE, no.NotReadyToClose, by=STORE_MANAGER)
    assert "acceptance" in [each.code for each in error.errors]


def test_dissatisfied_in_the_middle_of_closing_thaws_first() -> None:
    story = resolved().when(CLOSE, by=CLERK).when(ask.NoteDissatisfied(score=1))
    assert story.names()[0] == "ClosingFailed"
    assert story.case.status is Status.HANDLING
    assert story.case.tier == "manager"


def test_at_the_top_a_reopened_case_stays_and_another_handles_it() -> None:
    story = closed()
    story.state = replace(story.case, rung="general", tier="head_office")
    story.when(ask.NoteDissatisfied(score=1))
    assert story.case.tier == "head_office"
    assert story.case.barred == (CLERK.id,)


def test_claims_and_words_of_neighbours_are_noted() -> None:
    story = handled()
    story.when(ask.NoteClaim(claim_id=CLAIM, state="proposed"))
    story.when(ask.NoteClaim(claim_id=CLAIM, state="paid"))
    assert [claim.state for claim in story.case.claims] == ["paid"]
    story.when(ask.NoteTold(how="notice"))
    assert story.case.customer_told
    assert story.when(ask.NoteTold(how="notice")).events == []
    story.when(ask.NoteReview(claim_id=CLAIM, code="paid_after_withdrawal"))
    assert story.case.raised[-1].code == "claim_paid_after_withdrawal"


def test_a_mall_case_closes_under_its_own_gates() -> None:
    story = resolved(MALL_RULES)
    story.refused(CLOSE, no.UnknownCode)
    mall = ask.AskClosing(outcome="upheld", cause="goods")
    assert settle(story.when(mall, by=CLERK)).case.status is Status.CLOSED


def test_facts_are_never_refused_in_any_state() -> None:
    stories: list[Story] = [
        registered(),
        registered(kind="enquiry"),
        handled(),
        resolved().when(CLOSE, by=CLERK),
        closed(),
        handled().when(ask.Withdraw(reason_code="changed_mind")),
    ]
    for story in stories:
        for fact in FACTS:
            Story(rules=story.rules, at=story.at, state=story.state).when(fact)


def test_every_event_can_be_folded() -> None:
    events = set(said.Event.__args__)
    folded = {*_FOLDS, said.CaseOpened, said.ContactNoted, *clocks.ClockFact.__args__}
    assert events == folded


@pytest.mark.parametrize("rules", [AUTO_RULES, MALL_RULES])
def test_both_packs_open_and_confirm(rules: object) -> None:
    assert registered(rules).case.tier  # type: ignore[arg-type]


FACTS: tuple[ask.Command, ...] = (
    ask.ConfirmRecord(by="p-x", row="r"),
    ask.Reclassify(
        kind="complaint", classification={}, severity=None, flags=("press",), reason_code="x"
    ),
    ask.Reclassify(kind="enquiry", classification={}, severity=None, flags=(), reason_code="x"),
    ask.Amend(attributes={}, accused=("p-clerk-1a",)),
    ask.Promote(received_at=registered().at),
    ask.LinkRepeat(linked=EARLIER),
    ask.Withdraw(reason_code="x"),
    ask.NoteClaim(claim_id=CLAIM, state="paid"),
    ask.NoteReview(claim_id=CLAIM, code="x"),
    ask.NoteTold(how="notice"),
    ask.NoteDissatisfied(score=1),
    ask.AnswerClosing(round=1, service="intake"),
    ask.PassTime(clock="resolve"),
    ask.EndClosingRound(round=1),
)
