"""What every door of intake has at hand: the service itself, and whom it lets in."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import orjson
from fastapi import Depends
from starlette.requests import Request

from services.intake_service.handler import Intake
from shared.kernel.occasion import Actor
from shared.kernel.policy.organisation import Organisation
from shared.kernel.roles import STAFF, Role
from shared.plumbing.changes import Answer
from shared.plumbing.http import Cursors, Permit, Reply

RECORDERS = Permit(*STAFF, Role.INTEGRATION)
"""Any member of staff, at any place (MALL-40), and the organisation's own web form."""
WORKERS = Permit(*STAFF)
READERS = Permit(*STAFF, Role.AUDIT, Role.FINANCE)
OPENERS = Permit(*STAFF, Role.FINANCE, Role.INTEGRATION)
"""Who may need to reach the complainant; the machine is followup's sender."""
KEEPERS = Permit(Role.INTEGRATION, Role.CS_MANAGER, Role.HQ_CUSTOMER_SERVICE)
"""Who keeps customers' files (AUTO-07)."""
HEADS = Permit(
    Role.DEPARTMENT_SUPERVISOR,
    Role.CS_MANAGER,
    Role.STORE_MANAGER,
    Role.DEPARTMENT_HEAD,
    Role.HQ_CUSTOMER_SERVICE,
    Role.OPERATIONS_VP,
    Role.GENERAL_MANAGER,
)
"""Who may be the head of a recording unit; the pack says which of them."""


def intake_of(request: Request) -> Intake:
    """The service of this app."""
    found: Intake = request.scope["app"].state.intake
    return found


def cursors_of(request: Request) -> Cursors:
    """The cursors of this app."""
    found: Cursors = request.scope["app"].state.cursors
    return found


Service: TypeAlias = Annotated[Intake, Depends(intake_of)]
Pages: TypeAlias = Annotated[Cursors, Depends(cursors_of)]


def replied(answer: Answer) -> Reply[Any]:
    """A stored or fresh answer of the shell as a reply."""
    return Reply(
        raw=answer.body,
        status=answer.status,
        revision=answer.revision,
        location=answer.location,
        replayed=answer.replayed,
    )


def said(value: Any, *, revision: int | None = None) -> Reply[Any]:  # noqa: ANN401 JSON
    """A view as bytes."""
    return Reply(raw=orjson.dumps(value), revision=revision)


def units_seen(organisation: Organisation, by: Actor) -> Sequence[str]:
    """The units whose complaints the actor sees."""
    return [unit.id for unit in organisation.units if by.sees(unit.id)]
