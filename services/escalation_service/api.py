"""Door 1: cases are read; custody, help and work on them are in the files beside."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.escalation_service import queries
from services.escalation_service.case_views import CaseView, case_view
from services.escalation_service.domain.case import OPEN, Status
from services.escalation_service.doorway import (
    HEADS,
    READERS,
    Pages,
    Reads,
    Service,
    seen,
    seen_soon,
)
from services.escalation_service.showing import decision_view
from services.escalation_service.views import (
    CaseLine,
    CasePage,
    DecisionsView,
    JournalLine,
    JournalPage,
    Moment,
    TextView,
)
from shared.contracts.words import Code, UnitPath
from shared.plumbing.http import By, CursorText, Doors, Limit, Reply, unseen

doors = Doors("cases")

UnitFilter = Annotated[UnitPath | None, Query(description="Held by this unit or one below it.")]
TierFilter = Annotated[Code | None, Query(description="A tier of the pack.")]
StatusFilter = Annotated[Status | None, Query(description="Where the case stands.")]
OpenFilter = Annotated[bool | None, Query(description="Only open cases, or only closed ones.")]
HolderFilter = Annotated[str | None, Query(pattern="^me$", description="`me`: what I hold.")]
DueFilter = Annotated[
    Moment | None, Query(description="A clock is due before this; soonest first.")
]


@doors.get("/cases", permit=READERS)
async def list_cases(  # noqa: PLR0913, PLR0917 - filters
    by: By,
    service: Service,
    cursors: Pages,
    unit: UnitFilter = None,
    tier: TierFilter = None,
    status: StatusFilter = None,
    open: OpenFilter = None,  # noqa: A002 - the name of the parameter
    holder: HolderFilter = None,
    due_before: DueFilter = None,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> CasePage:
    """List the cases in sight, newest first; with `due_before`, soonest due first."""
    wanted = queries.Wanted(
        unit=unit,
        tier=tier,
        status=status,
        open=status in OPEN if status else open if due_before is None else True,
        mine=holder == "me",
        due_before=due_before,
    )
    question = {"wanted": repr(wanted)}
    after = cursors.open(cursor, by=by, question=question)
    rows = await queries.page_of_cases(service.shell.pool, by, wanted, after, limit)
    items = [CaseLine.model_validate(dict(row)) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    if last is None:
        return CasePage(items=items, next=None)
    position = [_moment(last.due_at), str(last.id)]
    return CasePage(items=items, next=cursors.seal(position, by=by, question=question))


@doors.get("/cases/{case_id}", permit=READERS)
async def show_case(case_id: UUID, by: By, service: Service) -> Reply[CaseView]:
    """Show one case; just registered, it may take up to a second to be here. Texts come singly."""
    sight = await seen_soon(service, case_id, by)
    return Reply(shown=case_view(sight.case), revision=sight.found.revision)


@doors.get("/cases/{case_id}/journal", permit=HEADS)
async def list_journal(
    case_id: UUID,
    by: By,
    service: Service,
    cursors: Pages,
    cursor: CursorText = None,
    limit: Limit = 100,
) -> JournalPage:
    """List what happened to a case: who, when, under which rows. Never a text."""
    await seen(service, case_id, by)
    question = {"journal": str(case_id)}
    opened = cursors.open(cursor, by=by, question=question)
    after = int(opened[0] or 0) if opened else 0
    lines = await queries.journal_of(service.shell.pool, case_id, after, limit)
    items = [JournalLine.model_validate(line) for line in lines[:limit]]
    more = len(lines) > limit
    following = cursors.seal([items[-1].seq], by=by, question=question) if more else None
    return JournalPage(items=items, next=following)


@doors.get("/cases/{case_id}/texts/{text_id}", permit=READERS)
async def show_text(case_id: UUID, text_id: UUID, by: By, service: Service) -> TextView:
    """Show something that was typed about a case: a note, a finding, an answer."""
    await seen(service, case_id, by)
    row = await queries.text_of(service.shell.pool, case_id, text_id)
    if row is None:
        raise unseen()
    return TextView.model_validate(dict(row))


@doors.get("/cases/{case_id}/explanations", permit=READERS)
async def explain_case(case_id: UUID, by: By, service: Service, language: Reads) -> DecisionsView:
    """Explain why the case is where it is: every decision, its rows and what they tested."""
    sight = await seen(service, case_id, by)
    decisions = await queries.decisions_of(service.shell.pool, case_id)
    items = [decision_view(decision, sight.rules, language) for decision in decisions]
    return DecisionsView(items=items)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
