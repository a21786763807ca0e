"""Doors to a case's compensation file: what stands in it, what counts, and why."""

from uuid import UUID

from services.compensation_service.knocking import READERS, At
from services.compensation_service.showing import (
    authority_view,
    case_view,
    decision_view,
    exposure_view,
)
from services.compensation_service.views import (
    AuthorityView,
    CaseView,
    DecisionList,
    ExposureView,
)
from shared.plumbing.http import By, Doors, Reply

cases = Doors("cases")


@cases.get("/cases/{complaint_id}", permit=READERS)
async def show_case(complaint_id: UUID, at: At, by: By) -> Reply[CaseView]:
    """Claims, promises and entitlements of a case, and what keeps it from closing."""
    dossier, revision = await at.service.seen(by, complaint_id)
    _, others = await at.service.group(by, complaint_id)
    view = case_view(dossier, others, at.reader(by.organisation, dossier))
    return Reply(shown=view, revision=revision)


@cases.get("/cases/{complaint_id}/exposure", permit=READERS)
async def show_exposure(complaint_id: UUID, at: At, by: By) -> Reply[ExposureView]:
    """What counts towards the limits: this case alone, and with all that is linked."""
    dossier, revision = await at.service.seen(by, complaint_id)
    _, others = await at.service.group(by, complaint_id)
    view = exposure_view(dossier, others, at.reader(by.organisation, dossier))
    return Reply(shown=view, revision=revision)


@cases.get("/cases/{complaint_id}/explanations", permit=READERS)
async def explain_case(complaint_id: UUID, at: At, by: By) -> Reply[DecisionList]:
    """Why each claim and promise needs whom: pack, version, rows and the facts they tested."""
    dossier, revision = await at.service.seen(by, complaint_id)
    organisation = by.organisation
    items = [decision_view(d, at.reader_of(organisation, d)) for d in dossier.decisions]
    return Reply(shown=DecisionList(items=items), revision=revision)


@cases.get("/me/authority", permit=READERS)
async def show_my_authority(at: At, by: By) -> AuthorityView:
    """One's own limits: what one may decide, settle alone, promise and pay (MALL-25)."""
    return authority_view(by, at.reader(by.organisation))
