"""A case begins, waits for its confirmation, is routed, and changes with what intake tells."""

from datetime import timedelta

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain import refusals as no
from services.escalation_service.domain.case import Custody, Status
from shared.kernel.clocks import ClockCancelled
from tests.unit.escalation.story import (
    CLERK,
    CONFIRM,
    DESK,
    EARLIER,
    INSTALLATION,
    MALL_RULES,
    NOON,
    PROPOSE,
    STORE,
    accept,
    closed,
    confirmed,
    handled,
    known,
    registered,
)


def test_a_registered_complaint_is_held_by_whoever_took_it_down() -> None:
    case = registered().case
    assert case.custody == Custody(unit=DESK, person="p-clerk-1a")
    assert case.status is Status.AWAITING_CONFIRMATION


def test_the_hotline_leaves_custody_with_the_unit() -> None:
    assert registered(registered_by="machine:hotline").case.custody == Custody(unit=DESK)


def test_nobody_handles_before_the_confirmation() -> None:
    story = registered()
    story.refused(PROPOSE, no.AwaitingConfirmation)


def test_the_same_registration_twice_opens_one_case() -> None:
    story = registered()
    assert story.when(ask.OpenCase(complaint_id=story.case.id, known=known())).events == []


def test_the_resolve_clock_counts_from_the_receipt() -> None:
    story = registered(received_at=NOON - timedelta(hours=1))
    clock = story.case.clock("resolve")
    assert clock is not None
    assert clock.clock.started_at == NOON - timedelta(hours=1)


def test_confirmation_routes_and_offers() -> None:
    story = confirmed()
    assert story.names()[:3] == ["RecordConfirmed", "CaseRouted", "CustodyOffered"]
    assert story.case.offer is not None
    assert (story.case.offer.unit, story.case.offer.role) == (DESK, "clerk")
    assert story.case.clock("accept") is not None


def test_confirmed_twice_is_confirmed_once() -> None:
    assert confirmed().when(CONFIRM).events == []


def test_a_record_that_needs_no_confirmation_is_confirmed_by_rule() -> None:
    story = registered(awaits_confirmation=False)
    assert story.case.status is Status.HANDLING
    assert "CaseRouted" in story.names()


def test_installed_goods_ask_the_installation_supervisor() -> None:
    (task,) = confirmed(flags=("installed",)).case.tasks
    assert (task.unit, task.role) == (INSTALLATION, "department_supervisor")
    assert task.row == "routing.installed"


def test_a_vendor_goes_to_the_store_manager_of_the_mall() -> None:
    story = confirmed(MALL_RULES, complainant_type="vendor", classification={})
    assert story.case.tier == "first"
    assert story.case.offer is not None
    assert (story.case.offer.unit, story.case.offer.role) == (STORE, "store_manager")


def test_an_enquiry_opens_nothing_and_nobody_sees_it() -> None:
    story = registered(kind="enquiry")
    assert story.names() == ["ContactNoted"]
    assert story.case.units == frozenset()
    assert not story.case.clocks


def test_a_promoted_enquiry_counts_from_its_first_receipt() -> None:
    received = NOON - timedelta(hours=5)
    story = registered(kind="enquiry", received_at=received)
    story.when(ask.Promote(received_at=received))
    assert story.case.status is not Status.NOT_A_COMPLAINT
    clock = story.case.clock("resolve")
    assert clock is not None
    assert clock.clock.started_at == received


def test_promotion_told_twice_promotes_once() -> None:
    story = registered(kind="enquiry").when(ask.Promote(received_at=NOON))
    assert story.when(ask.Promote(received_at=NOON)).events == []


def test_a_complaint_that_was_none_stops_its_clocks() -> None:
    story = registered().when(_classified(kind="enquiry"))
    assert story.case.status is Status.NOT_A_COMPLAINT
    assert story.count(ClockCancelled) == 1


def test_a_graver_classification_lifts_the_case() -> None:
    story = handled(MALL_RULES, classification={"category": "goods"})
    story.when(_classified(flags=("legal_liability",)))
    assert story.case.tier == "second"
    assert [task.item for task in story.case.tasks] == ["legal_opinion"]
    assert story.case.custody.person == CLERK.id, "the giver stays responsible"


def test_a_milder_classification_never_lowers_silently() -> None:
    story = confirmed(MALL_RULES, complainant_type="vendor", flags=("beyond_front_line",))
    story.when(_classified(flags=()))
    assert story.case.tier == "second"
    assert "TierKept" in story.names()
    assert story.case.raised[-1].code == "lower_tier_suggested"


def test_tasks_by_rule_are_asked_once() -> None:
    story = confirmed(flags=("installed",)).when(_classified(flags=("installed",)))
    assert len(story.case.tasks) == 1


def test_a_repeat_goes_to_a_higher_tier() -> None:
    story = handled().when(ask.LinkRepeat(linked=EARLIER))
    assert story.case.tier == "manager"
    assert story.case.repeats == 1


def test_a_repeat_climbs_a_rung_where_no_row_says_so() -> None:
    story = handled(MALL_RULES).when(ask.LinkRepeat(linked=EARLIER))
    assert story.case.tier == "first"
    (risen,) = [event for event in story.events if isinstance(event, said.CaseEscalated)]
    assert risen.reason_code == "repeat"


def test_a_repeat_known_before_confirmation_is_offered_once() -> None:
    story = registered(MALL_RULES).when(ask.LinkRepeat(linked=EARLIER)).when(CONFIRM)
    assert story.count(said.CustodyOffered) == 1
    assert story.case.tier == "first"


def test_the_same_link_twice_is_one_repeat() -> None:
    story = handled().when(ask.LinkRepeat(linked=EARLIER))
    assert story.when(ask.LinkRepeat(linked=EARLIER)).events == []


def test_a_withdrawn_complaint_stops_and_asks_to_close() -> None:
    story = handled(flags=("installed",)).when(ask.Withdraw(reason_code="changed_mind"))
    assert story.case.status is Status.CLOSING
    assert all(not each.clock.running for each in story.case.clocks)
    assert story.case.closing is not None
    assert story.case.closing.outcome == "withdrawn"


def test_a_withdrawn_complaint_stays_withdrawn() -> None:
    story = handled().when(ask.Withdraw(reason_code="changed_mind"))
    assert story.when(ask.Withdraw(reason_code="changed_mind")).events == []


def test_a_withdrawal_in_the_middle_of_closing_begins_a_new_round() -> None:
    story = closed()
    assert story.when(ask.Withdraw(reason_code="changed_mind")).events == []
    frozen = handled()
    frozen.when(ask.Withdraw(reason_code="changed_mind"))
    frozen.when(ask.AnswerClosing(round=1, service="intake", open_items=("copies",)))
    for service in ("compensation", "followup"):
        frozen.when(ask.AnswerClosing(round=1, service=service))
    assert frozen.case.status is Status.WITHDRAWN
    assert frozen.case.raised[-1].code == "withdrawn_not_closed"
    frozen.refused(PROPOSE, no.ComplaintIsWithdrawn)


def test_an_accused_handler_is_reported() -> None:
    story = handled().when(ask.Amend(attributes={}, accused=(CLERK.id,)))
    assert story.case.raised[-1].code == "handler_accused"
    story.refused(PROPOSE, no.AccusedMayNotDecide)


def test_facts_about_an_unknown_case_are_tried_again() -> None:
    registered().refused(ask.AcceptCustody(offer_id=EARLIER), no.AwaitingConfirmation)


def test_who_accepts_holds_the_case() -> None:
    story = accept(confirmed(), CLERK)
    assert story.case.custody.person == CLERK.id
    assert story.case.offer is None


def _classified(*, kind: str = "complaint", flags: tuple[str, ...] = ()) -> ask.Reclassify:
    return ask.Reclassify(
        kind=kind, classification={}, severity=None, flags=flags, reason_code="corrected"
    )
