"""What intake, compensation and followup tell us, as commands on cases. Pure."""

from uuid import UUID

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain.case import Known
from shared.contracts import compensation, followup, intake
from shared.contracts.envelope import Contract
from shared.plumbing.inbox import Received
from shared.plumbing.reacting import Reaction

CASES = "cases"


def commands_for(received: Received) -> list[Reaction]:
    """The commands that follow from a fact; [] for facts that do not concern cases."""
    fact = received.contract
    if fact is None:
        return []
    if isinstance(fact, intake.ComplaintRegisteredV1):
        known = _known(fact, received.envelope.organisation)
        opening = ask.OpenCase(complaint_id=fact.complaint_id, known=known)
        return [Reaction(CASES, fact.complaint_id, opening)]
    for translate in (_of_intake, _of_compensation, _of_followup):
        command = translate(fact)
        if command is not None:
            complaint_id: UUID = fact.complaint_id  # type: ignore[attr-defined]
            return [Reaction(CASES, complaint_id, command)]
    return []


def _of_intake(  # noqa: PLR0911 - one line per fact
    fact: Contract,
) -> ask.Command | None:
    match fact:
        case intake.ComplaintConfirmedV1():
            return ask.ConfirmRecord(by=fact.confirmed_by, row=fact.row)
        case intake.ComplaintClassifiedV1():
            return ask.Reclassify(
                kind=fact.kind,
                classification=fact.classification,
                severity=fact.severity,
                flags=tuple(fact.flags),
                reason_code=fact.reason_code,
            )
        case intake.ComplaintAmendedV1():
            return ask.Amend(attributes=fact.attributes, accused=tuple(fact.accused))
        case intake.ComplaintPromotedV1():
            return ask.Promote(received_at=fact.received_at)
        case intake.RepeatLinkedV1(relation="repeat"):
            return ask.LinkRepeat(linked=fact.linked_complaint_id)
        case intake.ComplaintWithdrawnV1():
            return ask.Withdraw(reason_code=fact.reason_code)
        case intake.ContactRecordedV1(direction="out", topic="result"):
            return ask.NoteTold(how="contact")
        case _:
            return _answer(fact)


def _of_compensation(  # noqa: PLR0911 - one line per fact
    fact: Contract,
) -> ask.Command | None:
    match fact:
        case compensation.ClaimProposedV1():
            return ask.NoteClaim(claim_id=fact.claim_id, state="proposed")
        case compensation.ApprovalRequestedV1():
            return ask.NoteClaim(claim_id=fact.claim_id, state="awaiting_approval")
        case compensation.ClaimAuthorisedV1():
            return ask.NoteClaim(claim_id=fact.claim_id, state="authorised")
        case compensation.ClaimPaidV1():
            state = "awaiting_signature" if fact.awaits_signature else "paid"
            return ask.NoteClaim(claim_id=fact.claim_id, state=state)
        case compensation.ClaimSignedV1():
            return ask.NoteClaim(claim_id=fact.claim_id, state="signed")
        case compensation.ClaimLapsedV1():
            return ask.NoteClaim(claim_id=fact.claim_id, state="lapsed")
        case compensation.ClaimReversedV1():
            return ask.NoteClaim(claim_id=fact.claim_id, state="reversed")
        case compensation.ReviewNeededV1():
            return ask.NoteReview(claim_id=fact.claim_id, code=fact.code)
        case _:
            return None


def _of_followup(fact: Contract) -> ask.Command | None:
    match fact:
        case followup.NoticeSentV1(kind="result"):
            return ask.NoteTold(how="notice")
        case followup.ReplyDeliveredV1():
            return ask.NoteTold(how="reply")
        case followup.DissatisfiedV1():
            return ask.NoteDissatisfied(score=fact.score)
        case _:
            return None


def _answer(fact: Contract) -> ask.Command | None:
    """Whether a case may close, as each neighbour sees it (decision 17)."""
    match fact:
        case (
            intake.ClosingSettledV1()
            | compensation.ClosingSettledV1()
            | followup.ClosingSettledV1()
        ):
            return ask.AnswerClosing(round=fact.round, service=_service(fact))
        case (
            intake.ClosingUnsettledV1()
            | compensation.ClosingUnsettledV1()
            | followup.ClosingUnsettledV1()
        ):
            items = tuple(fact.open_items)
            return ask.AnswerClosing(round=fact.round, service=_service(fact), open_items=items)
        case _:
            return None


def _service(fact: Contract) -> str:
    return fact.TYPE.split(".")[1]


def _known(fact: intake.ComplaintRegisteredV1, organisation: str) -> Known:
    return Known(
        organisation=organisation,
        reference=fact.reference,
        kind=fact.kind,
        policy=fact.policy.hash,
        channel=fact.channel,
        complainant_type=fact.complainant_type,
        recording_unit=fact.recording_unit,
        registered_by=fact.registered_by,
        received_at=fact.received_at,
        classification=fact.classification,
        severity=fact.severity or "",
        flags=tuple(fact.flags),
        attributes=fact.attributes,
        accused=tuple(fact.accused),
        awaits_confirmation=fact.awaits_confirmation,
    )
