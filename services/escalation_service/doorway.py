"""What every door of escalation needs: the service, the reader's language, the case in sight."""

import asyncio
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from services.escalation_service.domain.case import Case
from services.escalation_service.domain.rules import Rules
from services.escalation_service.handler import Escalation
from services.escalation_service.reading import Found, read_case
from services.escalation_service.store import rules_of
from shared.kernel.occasion import Actor
from shared.kernel.roles import STAFF, Role
from shared.plumbing.http import Cursors, Permit, exchange_of, unseen

HANDLERS = Permit(*STAFF)
"""Everybody who works on cases; which cases, the service says."""
READERS = Permit(*STAFF, Role.AUDIT)
HEADS = Permit(*(STAFF - {Role.CLERK}), Role.AUDIT)
"""Who reads the journal of a case: the heads above it, and audit."""
EVERYBODY_INSIDE = Permit(*STAFF, Role.AUDIT, Role.FINANCE, Role.ADMINISTRATOR)
ADMINISTRATORS = Permit(Role.ADMINISTRATOR)


KNOWN_POLLS = 10
KNOWN_POLL_SECONDS = 0.1


def service_of(request: Request) -> Escalation:
    """The service of this process."""
    found: Escalation = request.app.state.escalation
    return found


def cursors_of(request: Request) -> Cursors:
    """Seals and opens this service's cursors."""
    found: Cursors = request.app.state.cursors
    return found


def language_of(request: Request) -> str:
    """The language the caller reads best."""
    return exchange_of(request).language


Service = Annotated[Escalation, Depends(service_of)]
Pages = Annotated[Cursors, Depends(cursors_of)]
Reads = Annotated[str, Depends(language_of)]


@dataclass(frozen=True, slots=True)
class Sight:
    """A case the caller may see, and the rules it is judged by."""

    found: Found
    rules: Rules

    @property
    def case(self) -> Case:
        """Its state."""
        return self.found.case


async def seen(service: Escalation, case_id: UUID, by: Actor) -> Sight:
    """The case, or 404: not there, not here, not yours are one answer."""
    found = await read_case(service.shell.pool, case_id)
    if found is None or found.organisation != by.organisation or not found.case.seen_by(by):
        raise unseen(retry_after_s=1)
    return Sight(found, rules_of(service.directory, found.case.known))


async def seen_soon(service: Escalation, case_id: UUID, by: Actor) -> Sight:
    """As `seen`, but a case whose registration is on its way is waited for (decision 11)."""
    for _ in range(KNOWN_POLLS):
        if await read_case(service.shell.pool, case_id) is not None:
            break
        await asyncio.sleep(KNOWN_POLL_SECONDS)
    return await seen(service, case_id, by)
