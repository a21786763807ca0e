"""Door 1: complaints are registered, changed and read."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime

from services.intake_service import queries, showing
from services.intake_service.bodies import Code, Registration, UnitPath
from services.intake_service.domain.words import Status
from services.intake_service.doorway import (
    READERS,
    RECORDERS,
    Pages,
    Service,
    replied,
    said,
    units_seen,
)
from services.intake_service.handler import Knock
from services.intake_service.views import ComplaintPage, ComplaintView, Registered
from shared.kernel.occasion import covers
from shared.plumbing.http import (
    By,
    Correlation,
    CursorText,
    Doors,
    Limit,
    Once,
    Reply,
    unseen,
)

doors = Doors("complaints")

CustomerReference = Annotated[str | None, Query(pattern=r"^c-[0-9a-f]{32}$")]
ReferenceText = Annotated[str | None, Query(pattern=r"^KS-[0-9]{4}-[0-9]{6,9}$")]
Moment = Annotated[AwareDatetime | None, Query()]


@doors.post(
    "/complaints",
    permit=RECORDERS,
    status=201,
    shows=Registered,
    refuses=(
        "form-invalid",
        "classification-invalid",
        "unit-unknown",
        "unit-not-yours",
        "id-not-ours",
        "received-in-future",
        "no-policy-in-force",
        "complaint-exists",
    ),
)
async def register_complaint(
    body: Registration, by: By, once: Once, correlation: Correlation, intake: Service
) -> Reply[Registered]:
    """Register a complaint, or another word of a customer.

    The form is the pack's: see `GET /forms/{kind}`. Names, phones and narratives are put apart at
    once. `possible_repeats` are a warning; nothing is merged.
    """
    knock = Knock(by=by, correlation=correlation, once=once)
    return replied(await intake.register(body, knock))


@doors.get("/complaints", permit=READERS, shows=ComplaintPage, refuses=("not-found",))
async def list_complaints(  # noqa: PLR0913, PLR0917 filters
    by: By,
    intake: Service,
    cursors: Pages,
    unit: Annotated[UnitPath | None, Query()] = None,
    status: Status | None = None,
    kind: Annotated[Code | None, Query()] = None,
    received_from: Moment = None,
    received_to: Moment = None,
    customer: CustomerReference = None,
    reference: ReferenceText = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> Reply[ComplaintPage]:
    """List complaints, newest receipt first: those of the units the reader sees.

    `unit` takes in the units below it. `received_to` is not included.
    """
    organisation = intake.organisation_of(by)
    units = [u for u in units_seen(organisation, by) if unit is None or covers(unit, u)]
    question = queries.Question(
        organisation=by.organisation,
        units=units,
        all_units=len(units) == len(organisation.units),
        status=status,
        kind=kind,
        received_from=received_from,
        received_to=received_to,
        customer=customer,
        reference=reference,
    )
    asked = question.narrowed()
    after = _after(cursors.open(cursor, by=by, question=asked))
    rows = await queries.page_of(intake.shell.pool, question, after=after, limit=limit + 1)
    items = [dict(row) for row in rows[:limit]]
    following = None
    if len(rows) > limit:
        last = items[-1]
        position = [last["received_at"].isoformat(), str(last["id"])]
        following = cursors.seal(position, by=by, question=asked)
    return said({"items": items, "next": following})


@doors.get("/complaints/{complaint}", permit=READERS, shows=ComplaintView)
async def get_complaint(complaint: UUID, by: By, intake: Service) -> Reply[ComplaintView]:
    """Read a record. The complainant is masked; `…/complainant` opens the vault, on record."""
    row = await queries.record_of(intake.shell.pool, by.organisation, complaint)
    if row is None or not by.sees(row["unit"]):
        raise unseen()
    pack = intake.pinned(row["policy"])
    return said(showing.shown(row, pack), revision=row["revision"])


def _after(position: list[Any] | None) -> queries.After | None:
    if position is None:
        return None
    return queries.After(
        received_at=datetime.fromisoformat(str(position[0])), id=UUID(str(position[1]))
    )
