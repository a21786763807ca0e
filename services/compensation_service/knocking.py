"""What every door of compensation needs of a request: the service, who asks, which language."""

from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from services.compensation_service.domain.dossier import Decision, Dossier
from services.compensation_service.handler import Compensation
from services.compensation_service.showing import Reader
from shared.kernel.roles import STAFF, Role
from shared.plumbing.changes import Answer
from shared.plumbing.http import Permit, Reply, exchange_of

READERS = Permit(*STAFF, Role.FINANCE, Role.AUDIT)
HANDLERS = Permit(*STAFF)
DECIDERS = Permit(*(STAFF - {Role.CLERK}), Role.FINANCE)
PAYERS = Permit(Role.FINANCE)
SIGNERS = Permit(*STAFF, Role.FINANCE)
REVERSERS = Permit(
    Role.FINANCE,
    Role.STORE_MANAGER,
    Role.DEPARTMENT_HEAD,
    Role.OPERATIONS_VP,
    Role.GENERAL_MANAGER,
)
RELEASERS = Permit(*(STAFF - {Role.CLERK, Role.DEPARTMENT_SUPERVISOR}))
GIVERS = Permit(Role.STORE_MANAGER)
BOOKKEEPERS = Permit(Role.FINANCE, Role.AUDIT)


class Knock:
    """One request as our doors see it."""

    def __init__(self, request: Request) -> None:
        self.service: Compensation = request.scope["app"].state.compensation
        self._exchange = exchange_of(request)

    def reader(self, organisation: str, dossier: Dossier | None = None) -> Reader:
        """Whose words to use: those of the case's own policy, or of the one in force."""
        pack = self.service.shelf.pack(organisation, dossier.policy if dossier else None)
        return Reader(pack=pack, language=self._exchange.language)

    def reader_of(self, organisation: str, decision: Decision) -> Reader:
        """The words of the version a decision was made under: pinned, or in force then."""
        pack = self.service.shelf.pack(organisation, decision.hash)
        return Reader(pack=pack, language=self._exchange.language)


def knock_of(request: Request) -> Knock:
    """The request, for a door."""
    return Knock(request)


At: TypeAlias = Annotated[Knock, Depends(knock_of)]


def reply(answer: Answer) -> Reply[Any]:
    """An answer of the shell as HTTP says it."""
    return Reply(
        raw=answer.body,
        status=answer.status,
        revision=answer.revision,
        location=answer.location,
        replayed=answer.replayed,
    )


def question(**filters: UUID | str | None) -> dict[str, object]:
    """A filter as a cursor binds it."""
    return {name: str(value) for name, value in filters.items() if value is not None}
