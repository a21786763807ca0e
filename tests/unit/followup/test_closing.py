"""May it close? Followup answers for what is owed to the complainant (decisions 17, 25)."""

from uuid import UUID

from services.followup_service.domain import errors
from services.followup_service.domain.commands import (
    AnswerClosing,
    Close,
    ExcludeCallback,
    NoteOccurrence,
    RecordNotice,
    Reopen,
    Thaw,
    Withdraw,
)
from services.followup_service.domain.events import ClosingSettled, ClosingUnsettled
from services.followup_service.domain.state import Status
from tests.support.packs import MALL
from tests.unit.followup.story import CLERK, MONDAY_NOON, Story, registered

NOTICE = UUID("0197a000-0000-7000-8000-000000000011")
RESULT = RecordNotice(notice_id=NOTICE, kind="result", channel="phone")


def solved(**changes: object) -> Story:
    done = NoteOccurrence(occurrence="resolution_executed", at=MONDAY_NOON)
    return registered(**changes).when(done)


def called(story: Story) -> Story:
    return story.when(ExcludeCallback(callback_id=story.callback.id, reason="no_number"), by=CLERK)


def test_what_is_open_is_named_when_somebody_asks_to_close() -> None:
    story = solved(channel="hotline", hotline_ticket="T-1").when(AnswerClosing(round=1))
    items = ("callback", "customer_told", "written_reply")
    assert story.events == [ClosingUnsettled(round=1, open_items=items)]
    assert story.followup.status is Status.OPEN


def test_told_and_called_it_may_close_and_takes_nothing_new_meanwhile() -> None:
    story = called(solved().when(RESULT, by=CLERK)).when(AnswerClosing(round=2))
    assert story.events == [ClosingSettled(round=2)]
    story.refused(RESULT, errors.ClosingUnderWay)


def test_a_callback_after_the_closing_does_not_hold_the_closing_up() -> None:
    story = registered()
    story.pack = MALL
    story.when(RESULT, by=CLERK).when(AnswerClosing(round=1))
    assert story.events == [ClosingSettled(round=1)]
    story.when(Close(at=story.at)).when(Reopen(unit="hq.store-001", at=story.at))
    assert story.callback.open
    story.when(RESULT, by=CLERK).when(AnswerClosing(round=2))
    assert story.events == [ClosingSettled(round=2)]


def test_a_withdrawn_complaint_owes_nothing_and_says_so_when_it_closes() -> None:
    story = solved().when(Withdraw()).when(AnswerClosing(round=1))
    assert story.events == [ClosingSettled(round=1)]
    assert story.followup.status is Status.WITHDRAWN


def test_a_withdrawal_heard_first_with_the_closing_holds_nothing_up() -> None:
    story = solved().when(AnswerClosing(round=1, withdrawn=True))
    assert story.events[-1] == ClosingSettled(round=1)
    assert story.followup.status is Status.WITHDRAWN
    assert story.when(Withdraw()).events == []


def test_a_failed_closing_thaws_its_own_round_only() -> None:
    story = called(solved().when(RESULT, by=CLERK)).when(AnswerClosing(round=2))
    assert story.when(Thaw(round=1)).events == []
    assert story.when(Thaw(round=2)).followup.status is Status.OPEN
    assert story.when(RESULT, by=CLERK).names() == ["NoticeRecorded"]


def test_a_reopened_case_thaws_and_its_new_result_is_not_told_yet() -> None:
    story = called(solved().when(RESULT, by=CLERK)).when(AnswerClosing(round=2))
    story.when(Reopen(unit="hq.store-001", at=story.at)).when(AnswerClosing(round=3))
    assert story.events == [ClosingUnsettled(round=3, open_items=("customer_told",))]
