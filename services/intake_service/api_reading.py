"""Door 1: what stands behind a record: its journal, its texts, and, on record, its vault."""

from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import Query
from starlette.requests import Request

from services.intake_service import queries, showing
from services.intake_service.doorway import (
    OPENERS,
    READERS,
    Pages,
    Service,
    said,
)
from services.intake_service.entering import phone_of
from services.intake_service.explaining import DECIDED, Explaining
from services.intake_service.handler import Intake
from services.intake_service.phones import e164, region_of
from services.intake_service.views import Complainant, JournalPage, TextView
from shared.kernel.occasion import Actor
from shared.plumbing.explaining import Explanations
from shared.plumbing.http import By, CursorText, Doors, Limit, Reply, exchange_of, unseen
from shared.plumbing.identifiers import new_id

doors = Doors("complaints", prefix="/complaints/{complaint}")

Purpose = Annotated[
    Literal["handling", "callback", "reply", "notice", "payment"],
    Query(description="What the particulars are needed for; kept with who asked and when."),
]
NOT_KEPT = {"Cache-Control": "no-store"}


@doors.get("/journal", permit=READERS, shows=JournalPage)
async def read_journal(
    complaint: UUID,
    by: By,
    intake: Service,
    cursors: Pages,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> Reply[JournalPage]:
    """Read everything that happened to a record, oldest first: ids, codes and moments."""
    await _require_sight(intake, complaint, by)
    question = {"journal": str(complaint)}
    position = cursors.open(cursor, by=by, question=question)
    after = int(position[0] or 0) if position else 0
    rows = await queries.journal_of(intake.shell.pool, complaint, after=after, limit=limit + 1)
    following = None
    if len(rows) > limit:
        following = cursors.seal([rows[limit - 1]["seq"]], by=by, question=question)
    return said({"items": showing.entries(rows[:limit]), "next": following})


@doors.get("/texts/{text}", permit=READERS, shows=TextView)
async def read_text(complaint: UUID, text: UUID, by: By, intake: Service) -> Reply[TextView]:
    """Read what a person typed: a narrative, a note, the word of a contact."""
    await _require_sight(intake, complaint, by)
    row = await queries.text_of(intake.shell.pool, complaint, text)
    if row is None:
        raise unseen()
    return Reply(raw=orjson.dumps(dict(row)), headers=NOT_KEPT)


@doors.get("/complainant", permit=OPENERS, shows=Complainant)
async def open_complainant(
    complaint: UUID, purpose: Purpose, by: By, intake: Service
) -> Reply[Complainant]:
    """Open the vault: the complainant's particulars in clear, for one purpose.

    Who asked, when and what for is written down in the same statement. 404 also when the caller
    left no particulars.
    """
    organisation = intake.organisation_of(by)
    opening = queries.Opening(
        id=new_id(),
        organisation=by.organisation,
        complaint=complaint,
        units=sorted(by.units),
        actor=by.id,
        purpose=purpose,
    )
    row = await queries.opened(intake.shell.pool, opening)
    if row is None:
        raise unseen()
    particulars = orjson.loads(row["values"])
    phone = phone_of(intake.pinned(row["policy"]), particulars)
    number = e164(phone, region_of(organisation.timezone)) if phone else None
    shown = {"particulars": particulars, "phone_e164": number, "purpose": purpose}
    return Reply(raw=orjson.dumps(shown), headers=NOT_KEPT)


async def _require_sight(intake: Intake, complaint: UUID, by: Actor) -> None:
    """Raises Refusal (404) for what is not there and for another unit's."""
    unit = await queries.unit_of(intake.shell.pool, by.organisation, complaint)
    if unit is None or not by.sees(unit):
        raise unseen()


@doors.get("/explanations", permit=READERS)
async def explain_complaint(
    complaint: UUID, request: Request, by: By, intake: Service
) -> Reply[Explanations]:
    """Explain a record: kind, form, confirmation, repeats and clocks, each with its rows.

    Every decision is told by the version of the policy that was in force at receipt, whatever has
    come into force since.
    """
    row = await queries.record_of(intake.shell.pool, by.organisation, complaint)
    if row is None or not by.sees(row["unit"]):
        raise unseen()
    entries = await queries.decisions_of(intake.shell.pool, complaint, DECIDED)
    explaining = Explaining(intake.pinned(row["policy"]), exchange_of(request).language)
    return Reply(shown=Explanations(items=explaining.all(entries)), revision=row["revision"])
