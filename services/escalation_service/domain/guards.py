"""What must be so before anybody may act on a case."""

from collections.abc import Iterable

from services.escalation_service.domain import refusals as no
from services.escalation_service.domain.case import Case, Status, accuses
from services.escalation_service.domain.rules import Rules
from shared.kernel.errors import DomainError, Pointer
from shared.kernel.occasion import Actor

STANDS: dict[Status, type[DomainError]] = {
    Status.NOT_A_COMPLAINT: no.CaseUnknown,
    Status.AWAITING_CONFIRMATION: no.AwaitingConfirmation,
    Status.WITHDRAWN: no.ComplaintIsWithdrawn,
    Status.CLOSING: no.ClosingUnderWay,
    Status.CLOSED: no.CaseIsClosed,
}


def require_handling(case: Case) -> None:
    """Raises what the case is instead of being handled (MALL-33, decision 17)."""
    if case.status in STANDS:
        raise STANDS[case.status]


def require_holder(case: Case, actor: Actor) -> None:
    """Raises NotTheHolder, and what `require_handling` raises."""
    require_handling(case)
    if not actor.sees(case.custody.unit):
        raise no.NotTheHolder


def require_impartial(case: Case, actor: Actor, accused: tuple[str, ...] = ()) -> None:
    """Raises AccusedMayNotDecide (decision 23)."""
    if accuses((*case.accused, *accused), actor):
        raise no.AccusedMayNotDecide


def require_unit(unit: str, rules: Rules, pointer: str = "/unit") -> None:
    """Raises UnknownUnit."""
    if not rules.knows_unit(unit):
        raise no.UnknownUnit(errors=[Pointer(pointer, "not-allowed-value", "")])


def require_person(person: str | None, unit: str, rules: Rules) -> None:
    """Raises UnknownPerson."""
    if person is not None and not rules.serves(person, unit):
        raise no.UnknownPerson(errors=[Pointer("/person", "not-allowed-value", "")])


def require_codes(given: Iterable[tuple[str, str]], known: Iterable[str]) -> None:
    """`given` are (pointer, code). Raises UnknownCode, pointing at every one that is not known."""
    words = set(known)
    wrong = [Pointer(where, "not-allowed-value", "") for where, code in given if code not in words]
    if wrong:
        raise no.UnknownCode(errors=wrong)
