"""Door 1: what is done to a record after it was taken down."""

from uuid import UUID

import orjson

from services.intake_service import queries
from services.intake_service.bodies import (
    Amendment,
    Classification,
    ContactNote,
    EvidenceNote,
    LinkNote,
    Promotion,
    Withdrawal,
)
from services.intake_service.domain.commands import (
    AttachEvidence,
    ClassifyComplaint,
    ConfirmComplaint,
    PromoteComplaint,
    RecordContact,
    WithdrawComplaint,
)
from services.intake_service.domain.errors import EvidenceUnclear
from services.intake_service.domain.words import EvidenceState
from services.intake_service.doorway import HEADS, WORKERS, Service, replied
from services.intake_service.entering import Record, refs_of
from services.intake_service.handler import Brought, Knock
from services.intake_service.views import Added, Changed
from shared.kernel.errors import Pointer
from shared.kernel.occasion import Actor
from shared.kernel.policy.intake import FormFacts
from shared.plumbing.changes import written
from shared.plumbing.http import By, Correlation, Doors, IfMatch, Once, Reply, unseen
from shared.plumbing.identifiers import new_id

doors = Doors("complaints", prefix="/complaints/{complaint}")


@doors.post(
    "/confirmation",
    permit=HEADS,
    shows=Changed,
    refuses=("not-the-recording-head", "own-record", "already-confirmed", "not-open"),
)
async def confirm_complaint(
    complaint: UUID, by: By, once: Once, if_match: IfMatch, trace: Correlation, intake: Service
) -> Reply[Changed]:
    """Confirm a record as head of the recording unit (MALL-33).

    Who took it down cannot confirm it. Until then nothing else is done with the complaint.
    """
    knock = Knock(by=by, correlation=trace, once=once, expecting=if_match)
    return replied(await intake.change(complaint, ConfirmComplaint(), knock))


@doors.post(
    "/classifications",
    permit=WORKERS,
    shows=Changed,
    refuses=("classification-invalid", "promotion-needed", "stays-a-complaint", "not-open"),
)
async def classify_complaint(
    complaint: UUID,
    body: Classification,
    by: By,
    once: Once,
    if_match: IfMatch,
    trace: Correlation,
    intake: Service,
) -> Reply[Changed]:
    """Set kind, classification, severity or flags anew, with a reason.

    Every version stays in the journal (F11). What is left out is kept.
    """
    knock = Knock(by=by, correlation=trace, once=once, expecting=if_match)
    command = ClassifyComplaint(
        reason=body.reason,
        kind=body.kind,
        classification=body.classification,
        severity=body.severity,
        flags=None if body.flags is None else tuple(sorted(set(body.flags))),
    )
    return replied(await intake.change(complaint, command, knock))


@doors.post(
    "/amendments",
    permit=WORKERS,
    shows=Changed,
    refuses=("form-invalid", "unit-unknown", "not-open"),
)
async def amend_complaint(
    complaint: UUID,
    body: Amendment,
    by: By,
    once: Once,
    if_match: IfMatch,
    trace: Correlation,
    intake: Service,
) -> Reply[Changed]:
    """Correct or complete the form; particulars change in the vault only."""
    record = await _record(complaint, by, intake)
    knock = Knock(by=by, correlation=trace, once=once, expecting=if_match)
    return replied(await intake.amend(record, body, knock))


@doors.post(
    "/promotion",
    permit=WORKERS,
    shows=Changed,
    refuses=("not-a-complaint-kind", "already-a-complaint", "not-open"),
)
async def promote_complaint(
    complaint: UUID,
    body: Promotion,
    by: By,
    once: Once,
    if_match: IfMatch,
    trace: Correlation,
    intake: Service,
) -> Reply[Changed]:
    """Make a complaint of what was none; its clocks count from the first receipt (F02)."""
    knock = Knock(by=by, correlation=trace, once=once, expecting=if_match)
    command = PromoteComplaint(kind=body.kind, reason=body.reason)
    return replied(await intake.change(complaint, command, knock))


@doors.post(
    "/contacts",
    permit=WORKERS,
    status=201,
    shows=Added,
    refuses=("classification-invalid", "record-full"),
)
async def record_contact(
    complaint: UUID,
    body: ContactNote,
    by: By,
    once: Once,
    if_match: IfMatch,
    trace: Correlation,
    intake: Service,
) -> Reply[Added]:
    """Note a word that passed between us and the complainant."""
    knock = Knock(by=by, correlation=trace, once=once, expecting=if_match)
    texts = [written("contact", body.text)] if body.text else []
    command = RecordContact(
        contact_id=new_id(),
        direction=body.direction,
        channel=body.channel,
        topic=body.topic,
        text=next(iter(refs_of(texts)), None),
    )
    brought = Brought(texts=texts, added=command.contact_id)
    return replied(await intake.change(complaint, command, knock, brought))


@doors.post(
    "/evidence",
    permit=WORKERS,
    status=201,
    shows=Added,
    refuses=("evidence-unclear", "evidence-exists", "record-full", "not-open"),
)
async def attach_evidence(
    complaint: UUID,
    body: EvidenceNote,
    by: By,
    once: Once,
    if_match: IfMatch,
    trace: Correlation,
    intake: Service,
) -> Reply[Added]:
    """Put a piece of evidence on record: its kind, digest and size, or that it is expected.

    `source_expires_at` says when the source will overwrite it (F38). Expected evidence keeps the
    case from closing until it is attached or declared unavailable under the same `id`.
    """
    knock = Knock(by=by, correlation=trace, once=once, expecting=if_match)
    texts = [written("evidence", body.note)] if body.note else []
    command = AttachEvidence(
        evidence_id=body.id or new_id(),
        kind=body.kind,
        state=_state_of(body),
        sha256=body.sha256,
        size=body.size,
        source_expires_at=body.source_expires_at,
        note=next(iter(refs_of(texts)), None),
    )
    brought = Brought(texts=texts, added=command.evidence_id)
    return replied(await intake.change(complaint, command, knock, brought))


@doors.post(
    "/links",
    permit=WORKERS,
    shows=Changed,
    refuses=("cannot-link-to-itself", "already-linked", "record-full"),
)
async def link_complaint(
    complaint: UUID,
    body: LinkNote,
    by: By,
    once: Once,
    if_match: IfMatch,
    trace: Correlation,
    intake: Service,
) -> Reply[Changed]:
    """Say that another complaint belongs with this one; both records say so from then on (F35)."""
    knock = Knock(by=by, correlation=trace, once=once, expecting=if_match)
    return replied(await intake.link(complaint, body, knock))


@doors.post(
    "/withdrawal",
    permit=WORKERS,
    shows=Changed,
    refuses=("classification-invalid", "not-open", "closing-in-progress"),
)
async def withdraw_complaint(
    complaint: UUID,
    body: Withdrawal,
    by: By,
    once: Once,
    if_match: IfMatch,
    trace: Correlation,
    intake: Service,
) -> Reply[Changed]:
    """Take a complaint back for the complainant, with a coded reason (decision 24)."""
    knock = Knock(by=by, correlation=trace, once=once, expecting=if_match)
    return replied(await intake.change(complaint, WithdrawComplaint(reason=body.reason), knock))


def _state_of(body: EvidenceNote) -> EvidenceState:
    """Raises EvidenceUnclear when the parts of the note contradict each other."""
    if body.sha256 is None:
        return EvidenceState.UNAVAILABLE if body.unavailable else EvidenceState.EXPECTED
    if body.unavailable:
        raise EvidenceUnclear(errors=[Pointer("/unavailable", "not-allowed-value", "")])
    if body.size is None:
        raise EvidenceUnclear(errors=[Pointer("/size", "missing", "")])
    return EvidenceState.ATTACHED


async def _record(complaint: UUID, by: Actor, intake: Service) -> Record:
    """The record as it stands, for whoever sees it. Raises Refusal (404)."""
    row = await queries.record_of(intake.shell.pool, by.organisation, complaint)
    if row is None or not by.sees(row["unit"]):
        raise unseen()
    state = orjson.loads(row["state"])
    facts = FormFacts(
        kind=state["kind"],
        channel=state["channel"],
        complainant_type=state["complainant_type"],
        flags=frozenset(state["flags"]),
    )
    return Record(
        id=complaint,
        unit=row["unit"],
        policy=row["policy"],
        facts=facts,
        particulars=orjson.loads(row["values"] or b"{}"),
    )
