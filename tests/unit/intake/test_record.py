"""The record of a complaint: who confirms it, what changes it, what keeps it from closing."""

from dataclasses import replace
from datetime import timedelta

import orjson
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.intake_service.domain.commands import (
    AmendComplaint,
    AnswerClosing,
    AttachEvidence,
    ClassifyComplaint,
    CloseRecord,
    Command,
    ConfirmComplaint,
    LinkComplaint,
    PromoteComplaint,
    RecordContact,
    Thaw,
    Tick,
    WithdrawComplaint,
)
from services.intake_service.domain.complaint import Complaint
from services.intake_service.domain.errors import (
    AlreadyAComplaint,
    AlreadyConfirmed,
    AlreadyLinked,
    CannotLinkToItself,
    ClassificationInvalid,
    ClosingInProgress,
    ComplaintExists,
    EvidenceExists,
    NotAComplaintKind,
    NotOpen,
    NotTheRecordingHead,
    OwnRecord,
    PromotionNeeded,
    ReceivedInFuture,
    StaysAComplaint,
)
from services.intake_service.domain.events import ClosingUnsettled
from services.intake_service.domain.words import (
    Direction,
    EvidenceKind,
    EvidenceState,
    Reclassified,
    Relation,
    Status,
    TextRef,
    Topic,
)
from shared.kernel.errors import DomainError
from shared.kernel.occasion import Actor
from tests.unit.intake.story import (
    CLERK,
    COMPLAINT,
    HEAD,
    KESU,
    MANAGER,
    NOON,
    OTHER,
    PIECE,
    Story,
    by_rule,
    confirmed,
    person,
    registered,
    registration,
)

CONFIRM = ConfirmComplaint()
WITHDRAW = WithdrawComplaint(reason="mistaken")
VIDEO = AttachEvidence(evidence_id=PIECE, kind=EvidenceKind.VIDEO, state=EvidenceState.EXPECTED)
LINK = LinkComplaint(complaint=OTHER, relation=Relation.REPEAT, later=True)
CALL = RecordContact(
    contact_id=PIECE, direction=Direction.IN, channel="phone", topic=Topic.PROGRESS
)
PRESS = ClassifyComplaint(reason=Reclassified.NEW_INFORMATION, flags=("press",))


def test_a_mall_record_waits_for_its_head() -> None:
    story = registered()
    assert story.types == ["ComplaintRegistered", "ClockStarted"]
    assert story.record.status is Status.AWAITING_CONFIRMATION
    story.when(CONFIRM, by=HEAD)
    assert story.types == ["ClockMet", "ComplaintConfirmed"]
    assert story.record.confirmed_by == HEAD.id


def test_a_record_under_a_pack_without_the_step_is_confirmed_by_rule() -> None:
    story = by_rule()
    assert story.types == ["ComplaintRegistered"]
    assert (story.record.status, story.record.confirmed_by) == (Status.OPEN, "system:rule")


def test_the_clerk_does_not_confirm() -> None:
    registered().refused(CONFIRM, NotTheRecordingHead, by=person("p-clerk-1b", "clerk"))


def test_finance_has_no_rank_and_does_not_confirm() -> None:
    registered().refused(CONFIRM, NotTheRecordingHead, by=person("p-finance-1", "finance"))


def test_a_higher_rank_may_stand_in() -> None:
    assert registered().when(CONFIRM, by=MANAGER).record.status is Status.OPEN


def test_who_took_it_down_does_not_confirm_it() -> None:
    own = Story().when(registration(), by=HEAD)
    own.refused(CONFIRM, OwnRecord, by=HEAD)


def test_a_record_is_confirmed_once() -> None:
    confirmed().refused(CONFIRM, AlreadyConfirmed, by=MANAGER)


def test_a_record_is_registered_once() -> None:
    registered().refused(registration(), ComplaintExists)


def test_nothing_is_received_tomorrow() -> None:
    tomorrow = registration(received_at=NOON + timedelta(days=1))
    Story().refused(tomorrow, ReceivedInFuture)


def test_an_enquiry_waits_for_nobody() -> None:
    assert registered(kind="enquiry").record.status is Status.OPEN


def test_an_enquiry_becomes_a_complaint_by_promotion_only() -> None:
    story = registered(kind="enquiry")
    triage = ClassifyComplaint(reason=Reclassified.TRIAGE, kind="complaint")
    story.refused(triage, PromotionNeeded)
    story.refused(PromoteComplaint(kind="praise", reason=Reclassified.TRIAGE), NotAComplaintKind)
    promote = PromoteComplaint(kind="complaint", reason=Reclassified.TRIAGE)
    story.when(promote)
    assert story.types == ["ComplaintPromoted", "ClockStarted"]
    assert story.record.received_at == NOON
    story.refused(promote, AlreadyAComplaint)


def test_a_complaint_stays_one() -> None:
    enquiry = ClassifyComplaint(reason=Reclassified.TRIAGE, kind="enquiry")
    registered().refused(enquiry, StaysAComplaint)


def test_words_the_pack_does_not_have_are_refused() -> None:
    unknown = ClassifyComplaint(reason=Reclassified.TRIAGE, classification={"mood": "bad"})
    registered().refused(unknown, ClassificationInvalid)


def test_classifying_as_it_is_says_nothing() -> None:
    same = ClassifyComplaint(reason=Reclassified.CORRECTION, classification={"category": "service"})
    assert confirmed().when(same).events == []


def test_a_repeat_stays_a_repeat_when_classified_anew() -> None:
    story = confirmed().when(LINK).when(PRESS)
    assert story.record.flags == ("press", "repeat")


def test_only_the_later_one_is_the_repeat() -> None:
    assert confirmed().when(replace(LINK, later=False)).record.flags == ()


def test_two_complaints_are_linked_once_and_none_to_itself() -> None:
    confirmed().when(LINK).refused(LINK, AlreadyLinked)
    confirmed().refused(replace(LINK, complaint=COMPLAINT), CannotLinkToItself)


def test_a_withdrawn_complaint_stays_withdrawn() -> None:
    story = confirmed().when(WITHDRAW)
    for command in (WITHDRAW, PRESS, VIDEO, AmendComplaint(accused=("p-x",))):
        story.refused(command, NotOpen)
    assert story.when(CloseRecord(round=1), by=KESU).events == []


def test_withdrawing_an_unconfirmed_record_stops_its_clock() -> None:
    assert registered().when(WITHDRAW).types == ["ClockCancelled", "ComplaintWithdrawn"]


def test_the_customer_may_still_call_when_all_is_over() -> None:
    story = confirmed().when(CloseRecord(round=1), by=KESU)
    assert story.when(CALL).types == ["ContactRecorded"]
    assert story.when(LINK).types == ["RepeatLinked"]


def test_expected_evidence_arrives_once() -> None:
    story = confirmed().when(VIDEO)
    assert story.when(VIDEO).events == []
    here = replace(VIDEO, state=EvidenceState.ATTACHED, sha256="0" * 64, size=5)
    story.when(here)
    assert [piece.state for piece in story.record.evidence] == [EvidenceState.ATTACHED]
    story.refused(here, EvidenceExists)


def test_what_is_open_here_is_named_when_closing_is_asked() -> None:
    story = registered().when(VIDEO).when(AnswerClosing(round=1), by=KESU)
    wanted = ("awaiting-confirmation", "evidence-expected")
    assert story.events == [ClosingUnsettled(round=1, open_items=wanted)]
    assert not story.record.frozen


def test_a_missing_field_of_the_form_keeps_the_case_open_until_it_is_given() -> None:
    story = Story().when(replace(registration(), filled=("narrative", "occurred_on", "name")))
    assert list(story.record.missing) == ["phone"]
    story.when(CONFIRM, by=HEAD).when(AnswerClosing(round=1), by=KESU)
    assert story.events == [ClosingUnsettled(round=1, open_items=("form-incomplete",))]
    story.when(AmendComplaint(particulars=("phone",), filled=("phone",)))
    assert not story.record.missing
    assert story.when(AnswerClosing(round=2), by=KESU).types == ["ClosingSettled"]


def test_a_settled_record_is_frozen_until_closing_failed() -> None:
    story = confirmed().when(AnswerClosing(round=1), by=KESU)
    story.refused(WITHDRAW, ClosingInProgress)
    story.when(Thaw(round=1), by=KESU)
    assert story.when(WITHDRAW).record.status is Status.WITHDRAWN


def test_a_reopened_case_opens_its_record() -> None:
    story = confirmed().when(CloseRecord(round=1), by=KESU)
    assert story.when(Thaw(reopened=True), by=KESU).record.status is Status.OPEN


def test_the_clock_breaches_once_and_says_so_once() -> None:
    story = registered().later(minutes=31).when(Tick(), by=KESU)
    assert story.types == ["ClockBreached", "ClockStepTaken"]
    assert story.when(Tick(), by=KESU).events == []


def test_the_clock_warns_before_it_is_due() -> None:
    story = registered().later(minutes=23).when(Tick(), by=KESU)
    assert story.types == ["ClockWarned"]


NOTE = TextRef(id=PIECE, subject="demand", commitment="0" * 64)
COMMANDS: tuple[tuple[Command, Actor], ...] = (
    (CONFIRM, HEAD),
    (PRESS, CLERK),
    (CALL, CLERK),
    (VIDEO, CLERK),
    (replace(VIDEO, state=EvidenceState.UNAVAILABLE), CLERK),
    (LINK, CLERK),
    (WITHDRAW, CLERK),
    (AmendComplaint(attributes={"paid": 1}, texts=(NOTE,)), CLERK),
    (AnswerClosing(round=1), KESU),
    (Thaw(round=1), KESU),
    (Thaw(reopened=True), KESU),
    (CloseRecord(round=1), KESU),
    (Tick(), KESU),
)
STORED: TypeAdapter[Complaint] = TypeAdapter(Complaint)


@given(st.lists(st.sampled_from(COMMANDS), max_size=12), st.integers(0, 90))
def test_whatever_is_decided_can_be_folded_and_read_back(
    steps: list[tuple[Command, Actor]], minutes: int
) -> None:
    story = registered().later(minutes=minutes)
    for command, by in steps:
        try:
            story.when(command, by=by)
        except DomainError:
            assert by is not KESU, "a fact is never refused"
    assert STORED.validate_json(orjson.dumps(story.record)) == story.record
