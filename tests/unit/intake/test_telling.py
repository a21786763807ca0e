"""What leaves intake fits the contracts, and what comes in is heard by whom it concerns."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from services.intake_service.domain.commands import (
    AmendComplaint,
    AnswerClosing,
    AttachEvidence,
    ClassifyComplaint,
    ConfirmComplaint,
    LinkComplaint,
    PromoteComplaint,
    RecordContact,
    Tick,
    WithdrawComplaint,
)
from services.intake_service.domain.standing import News
from services.intake_service.domain.words import (
    Direction,
    EvidenceKind,
    EvidenceState,
    Reclassified,
    Relation,
    Topic,
)
from services.intake_service.publications import fact_of
from services.intake_service.subscriptions import commands_for, news_of
from shared.contracts import escalation, followup
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.registry import BY_TYPE
from shared.kernel.occasion import Occasion
from shared.plumbing.inbox import Received
from tests.unit.intake.story import (
    COMPLAINT,
    HEAD,
    KESU,
    NOON,
    OTHER,
    PIECE,
    Story,
    confirmed,
    registered,
    registration,
)

EVIDENCE = AttachEvidence(
    evidence_id=PIECE,
    kind=EvidenceKind.PHOTO,
    state=EvidenceState.ATTACHED,
    sha256="a" * 64,
    size=1,
    source_expires_at=NOON + timedelta(days=30),
)
STORIES: dict[str, Story] = {
    "complaint_registered": Story().when(
        replace(
            registration(),
            customer="c-" + "0" * 32,
            attributes={"occurred_on": "2026-11-20", "paid_minor": 5},
            accused=("p-clerk-9", "hq.store-001"),
            flags=("press",),
            hotline_ticket="T-1",
        )
    ),
    "complaint_confirmed": registered().when(ConfirmComplaint(), by=HEAD),
    "complaint_classified": confirmed().when(
        ClassifyComplaint(reason=Reclassified.FINDING, flags=("injury",))
    ),
    "complaint_amended": confirmed().when(AmendComplaint(accused=("p-x",))),
    "complaint_promoted": registered(kind="enquiry").when(
        PromoteComplaint(kind="complaint", reason=Reclassified.TRIAGE)
    ),
    "complaint_withdrawn": confirmed().when(WithdrawComplaint(reason="mistaken")),
    "contact_recorded": confirmed().when(
        RecordContact(
            contact_id=PIECE, direction=Direction.OUT, channel="phone", topic=Topic.ANSWER
        )
    ),
    "evidence_attached": confirmed().when(EVIDENCE),
    "repeat_linked": confirmed().when(
        LinkComplaint(complaint=OTHER, relation=Relation.SAME_INCIDENT, later=True)
    ),
    "closing_settled": confirmed().when(AnswerClosing(round=1), by=KESU),
    "closing_unsettled": registered().when(AnswerClosing(round=1), by=KESU),
    "confirmation_overdue": registered().later(minutes=31).when(Tick(), by=KESU),
}


@pytest.mark.parametrize("word", STORIES)
def test_every_event_that_matters_is_told_as_its_contract_says(word: str) -> None:
    story = STORIES[word]
    occasion = Occasion(at=story.at, by=HEAD)
    told = [fact for event in story.events if (fact := fact_of(event, story.record, occasion))]
    assert [fact.TYPE for fact in told] == [f"kesu.intake.{word}.v1"]
    wire = orjson.loads(told[0].model_dump_json())
    assert BY_TYPE[told[0].TYPE].model_validate(wire) == told[0]


def test_evidence_that_is_only_expected_is_told_to_nobody() -> None:
    expected = replace(EVIDENCE, state=EvidenceState.EXPECTED, sha256=None, size=None)
    story = confirmed().when(expected)
    occasion = Occasion(at=story.at, by=HEAD)
    assert [fact_of(event, story.record, occasion) for event in story.events] == [None]


def received(fact: Contract) -> Received:
    """A fact as door 2 sees it."""
    envelope = Envelope.model_construct(id=OTHER, organisation="mall-demo", subject=COMPLAINT)
    return Received(envelope, fact, b"")


def test_closing_asked_is_noted_and_answered() -> None:
    asked = escalation.ClosingAskedV1(complaint_id=COMPLAINT, round=3)
    reactions = commands_for(received(asked))
    assert [type(each.command).__name__ for each in reactions] == ["AnswerClosing"]
    assert {each.id for each in reactions} == {COMPLAINT}
    assert news_of(received(asked)) == (COMPLAINT, News(status="closing"))


def test_a_callback_of_a_visit_concerns_no_complaint() -> None:
    due = followup.CallbackDueV1(
        callback_id=OTHER,
        visit_id=PIECE,
        campaign="after_service",
        unit="hq",
        due_at=NOON,
        row="callback.members",
    )
    assert commands_for(received(due)) == []
