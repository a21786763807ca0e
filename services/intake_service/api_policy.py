"""Door 1: what a screen must know before anybody types: the form and the pack's words."""

from typing import Annotated, Any

from fastapi import Query
from starlette.requests import Request

from services.intake_service.bodies import Code
from services.intake_service.doorway import Service, said
from services.intake_service.policy_view import PolicyView, policy_view
from shared.kernel.policy.intake import FormFacts, form_schema
from shared.plumbing.http import ANY_ROLE, By, Doors, Reply, exchange_of, unseen

doors = Doors("policy")


@doors.get("/policy", permit=ANY_ROLE, shows=PolicyView, refuses=("not-found",))
async def read_policy(request: Request, by: By, intake: Service) -> Reply[PolicyView]:
    """Read the pack in force today: channels, kinds, axes and codes in the reader's language."""
    organisation = intake.organisation_of(by)
    pack = intake.pack_at(organisation, intake.shell.time.now())
    return said(policy_view(pack, organisation, exchange_of(request).language))


@doors.get("/forms/{kind}", permit=ANY_ROLE, shows=dict[str, Any])
async def read_form(
    request: Request,
    kind: Code,
    by: By,
    intake: Service,
    channel: Annotated[Code | None, Query()] = None,
    complainant_type: Annotated[Code | None, Query()] = None,
) -> Reply[dict[str, Any]]:
    """Read the registration form of a kind as JSON Schema (draft 2020-12), today's version.

    Which fields are required may depend on the channel and on who complains.
    """
    organisation = intake.organisation_of(by)
    pack = intake.pack_at(organisation, intake.shell.time.now())
    if pack.intake.kind(kind) is None:
        raise unseen()
    facts = FormFacts(kind=kind, channel=channel or "", complainant_type=complainant_type or "")
    return said(form_schema(pack.intake, facts, language=exchange_of(request).language))
