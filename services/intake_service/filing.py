"""Customers' files and visits: split into what the vault keeps and what may be told."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson

from services.intake_service.blinding import Blind
from services.intake_service.bodies import CustomerFile, ServiceVisit
from services.intake_service.domain.customers import Customer, RecordCustomer, RecordVisit, Visit
from services.intake_service.phones import e164
from services.intake_service.tables import CUSTOMER_PARTICULARS
from shared.kernel.policy.pack import Pack
from shared.plumbing.changes import Answer, Aside, Head


def file_command(
    blind: Blind, organisation: str, external_id: str, body: CustomerFile, region: str
) -> RecordCustomer:
    """A file as a command: nothing in it names anybody."""
    number = e164(body.phone, region) if body.phone else None
    if number:
        reference = blind.customer(organisation, number)
    else:
        reference = blind.stranger(organisation, external_id)
    return RecordCustomer(
        customer_id=blind.file(organisation, external_id),
        customer=reference,
        member=body.member,
        key_customer=body.key_customer,
        callback_consent=body.callback_consent,
        reachable=number is not None,
        seal=blind.seal(organisation, kept(external_id, body)),
    )


def kept(external_id: str, body: CustomerFile) -> dict[str, Any]:
    """What the vault keeps of a file."""
    return {
        "external_id": external_id,
        "name": body.name,
        "phone": body.phone,
        "birthday": body.birthday.isoformat() if body.birthday else None,
    }


def file_vault(
    customer: UUID, organisation: str, external_id: str, body: CustomerFile
) -> list[Aside]:
    """The row of the vault; the newest word replaces the one before."""
    values = {
        "customer": customer,
        "organisation": organisation,
        "values": orjson.dumps(kept(external_id, body)),
    }
    return [Aside(table=CUSTOMER_PARTICULARS, values=values, replaces=("values",))]


def visit_command(
    visit_id: UUID, body: ServiceVisit, customer: Customer, pack: Pack
) -> RecordVisit:
    """A visit, with what the file says about calling this customer back (AUTO-64)."""
    return RecordVisit(
        visit_id=visit_id,
        customer=customer.customer,
        member=customer.member,
        callback_consent=customer.callback_consent,
        reachable=customer.reachable,
        unit=body.unit,
        completed_at=body.completed_at,
        policy=pack.ref,
    )


def filed() -> Callable[[Customer, Head], Answer]:
    """A file exists or was changed."""

    def answering(state: Customer, head: Head) -> Answer:
        body = {
            "customer": state.customer,
            "member": state.member,
            "key_customer": state.key_customer,
            "callback_consent": state.callback_consent,
            "reachable": state.reachable,
        }
        status = 201 if head.version == 1 else 200
        return Answer(status=status, body=orjson.dumps(body), revision=head.revision)

    return answering


def visited() -> Callable[[Visit, Head], Answer]:
    """A visit is on record."""

    def answering(state: Visit, head: Head) -> Answer:
        body = {
            "id": state.id,
            "customer": state.customer,
            "unit": state.unit,
            "completed_at": state.completed_at,
        }
        return Answer(status=201, body=orjson.dumps(body), revision=head.revision)

    return answering
