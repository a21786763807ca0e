"""Hand-over: offered, accepted, sent back, arbitrated, reported up; help of other units."""

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain import refusals as no
from shared.kernel.occasion import Actor
from tests.unit.escalation.story import (
    CLERK,
    COLLEAGUE,
    DESK,
    DESK_HEAD,
    EXCHANGE,
    INSTALLATION,
    INSTALLER,
    MALL_RULES,
    MANAGER,
    PROPOSE,
    SALES,
    SELLER,
    STORE_MANAGER,
    STRANGER,
    TEXT,
    VICE_PRESIDENT,
    Story,
    accept,
    confirmed,
    handled,
    offer,
)


def test_the_giver_stays_responsible_until_somebody_accepts() -> None:
    story = handled().when(offer(INSTALLATION), by=CLERK)
    assert story.case.custody.person == CLERK.id
    accept(story, INSTALLER, exchange=EXCHANGE)
    assert (story.case.custody.unit, story.case.custody.person) == (INSTALLATION, INSTALLER.id)


def test_a_case_offered_to_another_is_not_mine_to_accept() -> None:
    story = handled().when(offer(INSTALLATION), by=CLERK)
    _accept_refused(story, COLLEAGUE, no.OfferedToAnother)
    _accept_refused(story, SELLER, no.OfferedToAnother)


def test_a_case_offered_to_one_person_is_that_persons() -> None:
    story = handled().when(offer(DESK, who="p-clerk-1b"), by=CLERK)
    _accept_refused(story, CLERK, no.OfferedToAnother)
    assert accept(story, COLLEAGUE, exchange=EXCHANGE).case.custody.person == COLLEAGUE.id


def test_a_post_is_accepted_by_its_role_or_a_higher_one() -> None:
    story = handled().when(ask.EscalateCase(reason_code="not_understood"), by=CLERK)
    _accept_refused(story, COLLEAGUE, no.OfferedToAnother)
    assert accept(story, STORE_MANAGER).case.custody.person == STORE_MANAGER.id


def test_an_offer_is_accepted_once() -> None:
    story = confirmed()
    first = story.offer_id
    accept(story, CLERK)
    story.refused(ask.AcceptCustody(offer_id=first), no.NotOffered)


def test_one_offer_at_a_time() -> None:
    story = handled().when(offer(INSTALLATION), by=CLERK)
    story.refused(offer(SALES), no.OfferPending)


def test_only_the_holder_gives_away() -> None:
    handled().refused(offer(INSTALLATION), no.NotTheHolder, by=INSTALLER)


def test_both_sides_leave_their_data() -> None:
    story = handled()
    silent = ask.OfferCustody(unit=SALES, person=None, reason_code="specialist")
    story.refused(silent, no.ExchangeIncomplete)
    story.when(offer(SALES), by=CLERK)
    story.refused(ask.AcceptCustody(offer_id=story.offer_id), no.ExchangeIncomplete, by=SELLER)


def test_nobody_offers_to_a_unit_or_person_that_is_not() -> None:
    handled().refused(offer("hq.moon"), no.UnknownUnit)
    handled().refused(offer(SALES, who="p-car-wash-1"), no.UnknownPerson)


def test_sent_back_it_is_with_the_giver_again() -> None:
    story = handled().when(offer(INSTALLATION), by=CLERK)
    _send_back(story, INSTALLER)
    assert story.case.custody.person == CLERK.id
    assert story.case.returns == 1


def test_a_return_for_this_reason_names_whose_duty_it_is() -> None:
    story = handled().when(offer(INSTALLATION), by=CLERK)
    nameless = ask.ReturnCustody(offer_id=story.offer_id, reason_code="not_our_duty")
    story.refused(nameless, no.DutyMissing, by=INSTALLER)
    unheard = ask.ReturnCustody(offer_id=story.offer_id, reason_code="no_desire")
    story.refused(unheard, no.UnknownCode, by=INSTALLER)


def test_a_return_has_a_deadline() -> None:
    story = accept(handled().when(offer(INSTALLATION), by=CLERK), INSTALLER, exchange=EXCHANGE)
    assert story.case.accepted is not None
    late = ask.ReturnCustody(
        offer_id=story.case.accepted.id, reason_code="not_our_duty", duty_unit=SALES
    )
    story.later(hours=25)
    story.refused(late, no.ReturnTooLate, by=INSTALLER)


def test_sent_back_twice_between_two_departments_the_arbiter_decides() -> None:
    story = handled()
    for receiver, unit in ((INSTALLER, INSTALLATION), (SELLER, SALES)):
        story.when(offer(unit), by=CLERK)
        _send_back(story, receiver)
    assert story.case.arbiter == "hq.store-001"
    story.refused(offer(SALES), no.AwaitingArbitration)
    verdict = ask.Arbitrate(unit=INSTALLATION, person=None, note=TEXT)
    story.refused(verdict, no.NotTheArbiter, by=MANAGER)
    story.when(verdict, by=STORE_MANAGER)
    assert story.case.custody.unit == INSTALLATION
    assert story.case.arbiter is None


def test_what_the_arbiter_decided_is_not_sent_back() -> None:
    story = handled()
    for receiver, unit in ((INSTALLER, INSTALLATION), (SELLER, SALES)):
        story.when(offer(unit), by=CLERK)
        _send_back(story, receiver)
    story.when(ask.Arbitrate(unit=INSTALLATION, person=None), by=STORE_MANAGER)
    story.when(offer(SALES), by=INSTALLER)
    again = ask.ReturnCustody(
        offer_id=story.offer_id, reason_code="not_our_duty", duty_unit=INSTALLATION
    )
    story.refused(again, no.ArbiterDecided, by=SELLER)


def test_an_arbiter_names_nobody_who_is_accused() -> None:
    story = handled(accused=(INSTALLER.id,))
    for receiver, unit in ((SELLER, SALES), (SELLER, SALES)):
        story.when(offer(unit), by=CLERK)
        _send_back(story, receiver)
    verdict = ask.Arbitrate(unit=INSTALLATION, person=INSTALLER.id)
    story.refused(verdict, no.AccusedMayNotDecide, by=STORE_MANAGER)


def test_nobody_arbitrates_without_a_quarrel() -> None:
    verdict = ask.Arbitrate(unit=SALES, person=None)
    handled().refused(verdict, no.NothingToArbitrate, by=STORE_MANAGER)


def test_what_i_do_not_understand_goes_one_rung_up() -> None:
    story = handled().when(ask.EscalateCase(reason_code="not_understood"), by=CLERK)
    assert story.case.tier == "manager"
    assert story.case.offer is not None
    assert story.case.offer.role == "cs_manager"


def test_what_i_may_not_decide_goes_where_the_row_says() -> None:
    story = handled(MALL_RULES).when(ask.EscalateCase(reason_code="company_explanation"), by=CLERK)
    assert story.case.tier == "second"
    assert story.case.offer is not None
    assert story.case.offer.unit == "hq.planning.customer-service"
    assert "company_explanation" in story.case.known.flags


def test_what_was_found_out_here_survives_a_new_classification() -> None:
    story = handled(MALL_RULES).when(ask.EscalateCase(reason_code="beyond_authority"), by=CLERK)
    mild = ask.Reclassify(
        kind="complaint", classification={}, severity=None, flags=(), reason_code="corrected"
    )
    assert "beyond_authority" in story.when(mild).case.known.flags


def test_above_the_top_there_is_nobody() -> None:
    story = handled()
    for above in (MANAGER, STORE_MANAGER, VICE_PRESIDENT, None):
        story.when(ask.EscalateCase(reason_code="not_understood"), by=VICE_PRESIDENT)
        if above is None:
            break
        accept(story, above)
    story.refused(
        ask.EscalateCase(reason_code="not_understood"), no.TopOfTheChain, by=VICE_PRESIDENT
    )


def test_help_is_proposed_by_the_head_only() -> None:
    story = handled(MALL_RULES)
    help_ = ask.AskAssistance(item="assist", unit="hq.engineering", must_answer=True)
    story.refused(help_, no.OnlyTheHeadAsksForHelp)
    story.refused(help_, no.OnlyTheHeadAsksForHelp, by=DESK_HEAD)
    assert story.when(help_, by=STORE_MANAGER).names()[0] == "AssistanceAsked"


def test_help_is_given_by_the_unit_that_was_asked() -> None:
    story = confirmed(flags=("installed",))
    task = story.case.tasks[0].id
    done = ask.GiveAssistance(task_id=task, outcome="done", result=TEXT)
    story.refused(done, no.NotYourTask, by=SELLER)
    story.when(done, by=INSTALLER)
    assert story.case.tasks[0].outcome == "done"
    story.refused(done, no.AlreadyAnswered, by=INSTALLER)


def test_each_task_has_its_own_clock() -> None:
    story = handled()
    for _ in range(2):
        story.when(ask.AskAssistance(item="rework", unit=INSTALLATION, must_answer=True), by=CLERK)
    first, second = story.case.tasks
    story.when(ask.GiveAssistance(task_id=first.id, outcome="done"), by=INSTALLER)
    running = [e.clock.name for e in story.case.clocks if e.clock.running]
    assert first.clock not in running
    assert second.clock in running


def test_another_store_sees_nothing() -> None:
    story = handled(flags=("installed",))
    assert not story.case.seen_by(STRANGER)
    assert story.case.seen_by(INSTALLER)
    assert story.case.seen_by(VICE_PRESIDENT)


def test_seeing_is_not_holding() -> None:
    handled(flags=("installed",)).refused(PROPOSE, no.NotTheHolder, by=INSTALLER)


def test_offers_have_the_same_id_however_often_decided() -> None:
    assert confirmed().offer_id == confirmed().offer_id
    assert confirmed().count(said.CustodyOffered) == 1


def _accept_refused(story: Story, by: Actor, error: type[Exception]) -> None:
    story.refused(ask.AcceptCustody(offer_id=story.offer_id, exchange=EXCHANGE), error, by=by)


def _send_back(story: Story, by: Actor) -> None:
    command = ask.ReturnCustody(offer_id=story.offer_id, reason_code="not_our_duty", duty_unit=DESK)
    story.when(command, by=by)
