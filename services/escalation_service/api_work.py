"""Door 1: the work on a case: findings and resolutions."""

from uuid import UUID

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain.case import RemedyOffered
from services.escalation_service.doorway import HANDLERS, Service
from services.escalation_service.handler import BASE, Knock, Step, noted, typed
from services.escalation_service.views import (
    ConsentBody,
    ExecutionBody,
    FindingBody,
    RejectionBody,
    ResolutionBody,
    StepView,
)
from shared.plumbing.http import By, Correlation, Doors, IfMatch, Once, Reply

doors = Doors("work")


@doors.post(
    "/cases/{case_id}/findings",
    permit=HANDLERS,
    status=201,
    shows=StepView,
    refuses=("not-the-holder", "accused-may-not-decide"),
)
async def record_finding(
    case_id: UUID,
    body: FindingBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Record what the investigation established; whoever is accused does not decide."""
    ref, text = typed("finding", body.text)
    command = ask.RecordFinding(
        substantiated=body.substantiated,
        cause=body.cause,
        fault_confirmed=body.fault_confirmed,
        accused=tuple(body.accused),
        attributes=dict(body.attributes),
        text=ref,
    )
    step = Step(
        case_id=case_id,
        command=command,
        texts=(text,),
        status=201,
        place=lambda _case: f"{BASE}/{case_id}",
        says=lambda case: {"finding_id": case.findings[-1].id},
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/resolutions",
    permit=HANDLERS,
    status=201,
    shows=StepView,
    refuses=("not-the-holder", "accused-may-not-decide", "finding-missing"),
)
async def propose_resolution(
    case_id: UUID,
    body: ResolutionBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Propose a resolution, or write the final answer. A promised moment starts a clock."""
    ref, text = typed("resolution", body.text)
    remedies = tuple(RemedyOffered(remedy=r.remedy, claim_id=r.claim_id) for r in body.remedies)
    command = ask.ProposeResolution(
        remedies=remedies, final=body.final, expected_by=body.expected_by, text=ref
    )
    step = Step(
        case_id=case_id,
        command=command,
        texts=(text,),
        status=201,
        place=lambda _case: f"{BASE}/{case_id}",
        says=lambda case: {"resolution_id": case.resolutions[-1].id},
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/resolutions/{resolution_id}/acceptance",
    permit=HANDLERS,
    shows=StepView,
    refuses=("not-the-holder", "accused-may-not-decide", "not-proposed"),
)
async def accept_resolution(  # noqa: PLR0913, PLR0917 - who, once, on what
    case_id: UUID,
    resolution_id: UUID,
    body: ConsentBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Record that the complainant agreed, and how we know."""
    command = ask.AcceptResolution(
        resolution_id=resolution_id, evidence=body.evidence, evidence_id=body.evidence_id
    )
    step = Step(
        case_id=case_id, command=command, says=lambda _case: {"resolution_id": resolution_id}
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/resolutions/{resolution_id}/rejection",
    permit=HANDLERS,
    shows=StepView,
    refuses=("not-the-holder", "accused-may-not-decide", "not-proposed"),
)
async def reject_resolution(  # noqa: PLR0913, PLR0917 - who, once, on what
    case_id: UUID,
    resolution_id: UUID,
    body: RejectionBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Record that the complainant did not agree; what was offered is kept."""
    note, texts = noted("rejection_note", body.note)
    command = ask.RejectResolution(
        resolution_id=resolution_id, reason_code=body.reason_code, note=note
    )
    step = Step(
        case_id=case_id,
        command=command,
        texts=texts,
        says=lambda _case: {"resolution_id": resolution_id},
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/resolutions/{resolution_id}/execution",
    permit=HANDLERS,
    shows=StepView,
    refuses=("not-the-holder", "accused-may-not-decide", "not-accepted", "second-person-needed"),
)
async def execute_resolution(  # noqa: PLR0913, PLR0917 - who, once, on what
    case_id: UUID,
    resolution_id: UUID,
    body: ExecutionBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Record that what was agreed is done, or release a final answer as its second person."""
    note, texts = noted("execution_note", body.note)
    step = Step(
        case_id=case_id,
        command=ask.ExecuteResolution(resolution_id=resolution_id, note=note),
        texts=texts,
        says=lambda _case: {"resolution_id": resolution_id},
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))
