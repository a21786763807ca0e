"""Door 1: clocks read, explained, paused and resumed; closing asked."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from services.escalation_service.case_views import (
    ClocksView,
    ExplanationView,
    clock_view,
    closure_view,
    explained,
)
from services.escalation_service.domain import commands as ask
from services.escalation_service.doorway import HANDLERS, READERS, Reads, Service, seen
from services.escalation_service.handler import Knock, Step, noted
from services.escalation_service.views import (
    ClosureBody,
    ClosureView,
    PauseBody,
    StepView,
)
from shared.plumbing.http import By, Correlation, Doors, IfMatch, Once, Reply, unseen

doors = Doors("clocks and closing")

ClockName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")]


@doors.get("/cases/{case_id}/clocks", permit=READERS)
async def list_clocks(
    case_id: UUID, by: By, service: Service, language: Reads
) -> Reply[ClocksView]:
    """List the clocks of a case, every round."""
    sight = await seen(service, case_id, by)
    views = [clock_view(e, sight.rules, sight.found.at, language) for e in sight.case.clocks]
    shown = ClocksView(items=[view for view in views if view is not None])
    return Reply(shown=shown, revision=sight.found.revision)


@doors.get("/cases/{case_id}/clocks/{name}/explanation", permit=READERS)
async def explain_clock(
    case_id: UUID, name: ClockName, by: By, service: Service, language: Reads
) -> Reply[ExplanationView]:
    """Explain a clock's latest round: every counted second, its calendar, who paused it."""
    sight = await seen(service, case_id, by)
    each = sight.case.clock(name)
    view = explained(each, sight.rules, sight.found.at, language) if each else None
    if view is None:
        raise unseen()
    return Reply(shown=view, revision=sight.found.revision)


@doors.post(
    "/cases/{case_id}/clocks/{name}/pause",
    permit=HANDLERS,
    shows=StepView,
    refuses=("not-the-holder", "clock-not-running", "pause-used-up"),
)
async def pause_clock(  # noqa: PLR0913, PLR0917 - who, once, on what
    case_id: UUID,
    name: ClockName,
    body: PauseBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Pause a clock for one of its coded reasons; it resumes by itself at the cap."""
    command = ask.PauseClock(clock=name, reason_code=body.reason_code)
    step = Step(case_id=case_id, command=command)
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/clocks/{name}/resumption",
    permit=HANDLERS,
    shows=StepView,
    refuses=("not-the-holder", "clock-not-paused"),
)
async def resume_clock(
    case_id: UUID,
    name: ClockName,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Let a paused clock count again."""
    step = Step(case_id=case_id, command=ask.ResumeClock(clock=name))
    return await service.take(step, Knock.of(by, correlation, once, if_match))


@doors.post(
    "/cases/{case_id}/closure",
    permit=HANDLERS,
    shows=StepView,
    refuses=("accused-may-not-decide", "not-ready-to-close"),
)
async def close_case(
    case_id: UUID,
    body: ClosureBody,
    by: By,
    once: Once,
    if_match: IfMatch,
    correlation: Correlation,
    service: Service,
) -> Reply[StepView]:
    """Ask whether the case may close: 200 closed, 409 with what is missing, 202 not known yet."""
    summary, texts = noted("closing_summary", body.summary)
    command = ask.AskClosing(
        outcome=body.outcome,
        cause=body.cause,
        questions=dict(body.questions),
        flags=dict(body.flags),
        summary=summary,
    )
    return await service.close(case_id, command, texts, Knock.of(by, correlation, once, if_match))


@doors.get("/cases/{case_id}/closure", permit=READERS)
async def show_closure(
    case_id: UUID, by: By, service: Service, language: Reads
) -> Reply[ClosureView]:
    """Show what closing asks for, what is met, and how the last round went."""
    sight = await seen(service, case_id, by)
    view = closure_view(sight.case, sight.rules, language)
    return Reply(shown=view, revision=sight.found.revision)
