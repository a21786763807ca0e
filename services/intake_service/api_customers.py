"""Door 1 for the organisation's own systems: customers' files and completed services."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import TypeAdapter

from services.intake_service import queries
from services.intake_service.bodies import CustomerFile, ServiceVisit
from services.intake_service.domain.customers import Customer, UnknownCustomer
from services.intake_service.doorway import KEEPERS, Service, replied
from services.intake_service.entering import require_version, unit_for
from services.intake_service.filing import (
    file_command,
    file_vault,
    filed,
    visit_command,
    visited,
)
from services.intake_service.phones import region_of
from services.intake_service.views import CustomerView, VisitView
from shared.kernel.errors import Pointer
from shared.kernel.roles import Role
from shared.plumbing.changes import Origin
from shared.plumbing.http import By, Correlation, Doors, Once, Permit, Reply
from shared.plumbing.identifiers import new_id
from shared.plumbing.shell import Ask

doors = Doors("customers")

ExternalId = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[^\s/]+$")]
_FILE: TypeAdapter[Customer] = TypeAdapter(Customer)


@doors.put("/customers/{external_id}", permit=KEEPERS, shows=CustomerView)
async def put_customer(
    external_id: ExternalId, body: CustomerFile, by: By, trace: Correlation, intake: Service
) -> Reply[CustomerView]:
    """Keep a customer's file under the number the organisation's own system gave it.

    Name, phone and birthday go to the vault; the answer holds the blind reference under which the
    other services know the customer. Saying the same again changes nothing.
    """
    organisation = intake.organisation_of(by)
    region = region_of(organisation.timezone)
    command = file_command(intake.blind, organisation.id, external_id, body, region)
    ask: Ask[Any] = Ask(
        id=command.customer_id,
        command=command,
        by=by,
        origin=Origin(correlation=trace),
        creates=True,
        asides=file_vault(command.customer_id, organisation.id, external_id, body),
    )
    return replied(await intake.shell.handle(intake.customers, ask, filed()))


@doors.post(
    "/service-visits",
    permit=Permit(Role.INTEGRATION),
    status=201,
    shows=VisitView,
    refuses=("unknown-customer", "visit-in-future", "unit-unknown", "no-policy-in-force"),
)
async def record_visit(
    body: ServiceVisit, by: By, once: Once, trace: Correlation, intake: Service
) -> Reply[VisitView]:
    """Tell that a customer was served; members are called back from then on (AUTO-64, AUTO-65)."""
    require_version(body.id)
    organisation = intake.organisation_of(by)
    unit_for(organisation, body.unit, by)
    pack = intake.pack_at(organisation, body.completed_at)
    customer_id = intake.blind.file(organisation.id, body.customer)
    state = await queries.file_of(intake.shell.pool, organisation.id, customer_id)
    if state is None:
        raise UnknownCustomer(errors=[Pointer("/customer", "not-allowed-value", "")])
    visit_id = body.id or new_id()
    ask: Ask[Any] = Ask(
        id=visit_id,
        command=visit_command(visit_id, body, _FILE.validate_json(state), pack),
        by=by,
        origin=Origin(correlation=trace),
        creates=True,
        once=once,
        sees=lambda state: by.sees(state.unit),
    )
    return replied(await intake.shell.handle(intake.visits, ask, visited()))
