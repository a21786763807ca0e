"""Door 1: who must act: hand-over, return, arbitration, reporting up, help of other units."""

from uuid import UUID

from services.escalation_service.domain import commands as ask
from services.escalation_service.doorway import HANDLERS, Service
from services.escalation_service.handler import BASE, Knock, Step, noted
from services.escalation_service.views import (
    AcceptanceBody,
    ArbitrationBody,
    AssistanceBody,
    AssistanceResultBody,
    EscalationBody,
    HandoverBody,
    ReturnBody,
    StepView,
)
from shared.plumbing.http import By, Correlation, Doors, IfMatch, Once, Reply

doors = Doors("custody")


@doors.post(
    "/cases/{case_id}/handovers",
    permit=HANDLERS,
    status=201,
    shows=StepView,
    refuses=("awaiting-confirmation", "not-the-holder", "offer-pending", "awaiting-arbitration"),
)
async def offer_case(
    case_id: UUID,
    body: HandoverBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Offer the case to another unit or person; until acceptance the giver stays responsible."""
    note, texts = noted("handover_note", body.note)
    command = ask.OfferCustody(
        unit=body.unit,
        person=body.person,
        reason_code=body.reason_code,
        exchange=tuple(body.exchange),
        note=note,
    )
    step = Step(
        case_id=case_id,
        command=command,
        texts=texts,
        status=201,
        place=lambda _case: f"{BASE}/{case_id}",
        says=lambda case: {"offer_id": case.offer.id if case.offer else None},
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/handovers/{offer_id}/acceptance",
    permit=HANDLERS,
    shows=StepView,
    refuses=(
        "awaiting-confirmation",
        "offered-to-another",
        "not-offered",
        "handler-barred",
        "accused-may-not-decide",
    ),
)
async def accept_case(  # noqa: PLR0913, PLR0917 - who, once, on what
    case_id: UUID,
    offer_id: UUID,
    body: AcceptanceBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Accept a case that is offered to my unit, my role or me; from now on I must act."""
    command = ask.AcceptCustody(offer_id=offer_id, exchange=tuple(body.exchange))
    step = Step(case_id=case_id, command=command, says=lambda _case: {"offer_id": offer_id})
    return await service.accept(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/handovers/{offer_id}/return",
    permit=HANDLERS,
    shows=StepView,
    refuses=("not-offered", "offered-to-another", "return-too-late", "arbiter-decided"),
)
async def return_case(  # noqa: PLR0913, PLR0917 - who, once, on what
    case_id: UUID,
    offer_id: UUID,
    body: ReturnBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Send a case back for a coded reason; sent back too often, it goes to the arbiter."""
    note, texts = noted("return_note", body.note)
    command = ask.ReturnCustody(
        offer_id=offer_id, reason_code=body.reason_code, duty_unit=body.duty_unit, note=note
    )
    step = Step(
        case_id=case_id,
        command=command,
        texts=texts,
        says=lambda case: {"offer_id": offer_id, "returns": case.returns, "arbiter": case.arbiter},
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/arbitration",
    permit=HANDLERS,
    shows=StepView,
    refuses=("accused-may-not-decide", "nothing-to-arbitrate", "not-the-arbiter"),
)
async def arbitrate_case(
    case_id: UUID,
    body: ArbitrationBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Decide as arbiter whose case it is. It cannot be sent back again."""
    note, texts = noted("arbitration_note", body.note)
    command = ask.Arbitrate(unit=body.unit, person=body.person, note=note)
    step = Step(case_id=case_id, command=command, texts=texts)
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/escalations",
    permit=HANDLERS,
    status=201,
    shows=StepView,
    refuses=("not-the-holder", "awaiting-arbitration", "top-of-the-chain"),
)
async def report_case_up(
    case_id: UUID,
    body: EscalationBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Report a case up: not understood, or beyond what I may decide (MALL-42)."""
    note, texts = noted("escalation_note", body.note)
    step = Step(
        case_id=case_id,
        command=ask.EscalateCase(reason_code=body.reason_code, note=note),
        texts=texts,
        status=201,
        place=lambda _case: f"{BASE}/{case_id}",
        says=lambda case: {"offer_id": case.offer.id if case.offer else None},
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/assistance",
    permit=HANDLERS,
    status=201,
    shows=StepView,
    refuses=("not-the-holder", "only-the-head-asks-for-help"),
)
async def ask_assistance(
    case_id: UUID,
    body: AssistanceBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Ask another unit to do something for the case (MALL-37)."""
    note, texts = noted("assistance_note", body.note)
    step = Step(
        case_id=case_id,
        command=ask.AskAssistance(
            item=body.item, unit=body.unit, must_answer=body.must_answer, note=note
        ),
        texts=texts,
        status=201,
        place=lambda _case: f"{BASE}/{case_id}",
        says=lambda case: {"task_id": case.tasks[-1].id},
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/assistance/{task_id}/result",
    permit=HANDLERS,
    shows=StepView,
    refuses=("not-your-task", "already-answered"),
)
async def give_assistance(  # noqa: PLR0913, PLR0917 - who, once, on what
    case_id: UUID,
    task_id: UUID,
    body: AssistanceResultBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Write the result of the help that my unit was asked for."""
    result, texts = noted("assistance_result", body.note)
    step = Step(
        case_id=case_id,
        command=ask.GiveAssistance(task_id=task_id, outcome=body.outcome, result=result),
        texts=texts,
        says=lambda _case: {"task_id": task_id},
    )
    return await service.take(step, Knock.of(by, correlation, once, if_match))
