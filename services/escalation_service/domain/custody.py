"""Hand-over: offer, accept, send back, arbitrate, report up; and help of other units (N4)."""

from datetime import timedelta

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain import refusals as no
from services.escalation_service.domain import routing
from services.escalation_service.domain.case import Case, Offer, accuses
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.folding import evolve
from services.escalation_service.domain.guards import (
    require_codes,
    require_handling,
    require_holder,
    require_impartial,
    require_person,
    require_unit,
)
from services.escalation_service.domain.rules import Rules, routing_facts
from shared.kernel.errors import Pointer
from shared.kernel.occasion import Occasion
from shared.kernel.policy.vocabulary import FLAGS
from shared.kernel.replacing import replace

NOT_UNDERSTOOD = "not_understood"
SELF_CHECKS = frozenset({NOT_UNDERSTOOD, *FLAGS} - {"repeat"})
"""Why somebody reports a case up (MALL-42)."""


def offered(case: Case, command: ask.OfferCustody, occasion: Occasion, rules: Rules) -> list[Event]:
    """The holder offers the case to another unit or person."""
    require_holder(case, occasion.by)
    if case.arbiter:
        raise no.AwaitingArbitration
    if case.offer:
        raise no.OfferPending
    require_unit(command.unit, rules)
    require_person(command.person, command.unit, rules)
    _require_free(case, command.person)
    if command.unit != case.custody.unit:
        _require_exchange(command.exchange, rules)
    offer = routing.offered(case, command.unit, None, command.reason_code, occasion, rules)
    row = rules.policy.custody.id
    exchange, note = command.exchange, command.note
    return [replace(offer, person=command.person, exchange=exchange, note=note, row=row)]


def accepted(
    case: Case, command: ask.AcceptCustody, occasion: Occasion, rules: Rules
) -> list[Event]:
    """From now on this person must act."""
    require_handling(case)
    offer = case.offer
    if offer is None or offer.id != command.offer_id:
        raise no.NotOffered
    _require_addressed(offer, occasion, rules)
    if occasion.by.id in {*case.barred, *command.earlier_handlers}:
        raise no.HandlerBarred
    if accuses(case.accused, occasion.by):
        raise no.AccusedMayNotDecide
    if offer.exchange:
        _require_exchange(command.exchange, rules)
    person, exchange = occasion.by.id, command.exchange
    event = said.CustodyAccepted(
        offer_id=offer.id, unit=offer.unit, person=person, exchange=exchange
    )
    return [event]


def returned(
    case: Case, command: ask.ReturnCustody, occasion: Occasion, rules: Rules
) -> list[Event]:
    """The receiver sends it back with a reason; too often, and the arbiter decides."""
    require_handling(case)
    offer = _returnable(case, command)
    _require_receiver(offer, case, occasion, rules)
    policy = rules.policy.custody
    if case.arbitrated:
        raise no.ArbiterDecided
    if occasion.at > offer.at + timedelta(seconds=policy.return_within_seconds):
        raise no.ReturnTooLate
    _require_reason(command, rules)
    returns = case.returns + 1
    arbiter = rules.post(policy.arbiter, case.known)[0] if returns >= policy.returns_max else None
    return [
        said.CustodyReturned(
            offer_id=offer.id,
            from_unit=offer.unit,
            to_unit=offer.giver.unit,
            to_person=offer.giver.person,
            reason_code=command.reason_code,
            duty_unit=command.duty_unit,
            returns=returns,
            row=policy.id,
            arbiter_unit=arbiter,
            note=command.note,
        )
    ]


def arbitrated(case: Case, command: ask.Arbitrate, occasion: Occasion, rules: Rules) -> list[Event]:
    """The arbiter's post says whose it is; there is no way back (F17)."""
    require_handling(case)
    if case.arbiter is None:
        raise no.NothingToArbitrate
    policy = rules.policy.custody
    if not (occasion.by.sees(case.arbiter) and rules.fills(occasion.by, policy.arbiter.role)):
        raise no.NotTheArbiter
    require_impartial(case, occasion.by)
    require_unit(command.unit, rules)
    require_person(command.person, command.unit, rules)
    _require_free(case, command.person)
    return [
        said.CustodyArbitrated(
            unit=command.unit, person=command.person, row=policy.id, note=command.note
        )
    ]


def reported_up(
    case: Case, command: ask.EscalateCase, occasion: Occasion, rules: Rules
) -> list[Event]:
    """MALL-42: what I do not understand or may not decide goes up at once, by row or by rung."""
    require_holder(case, occasion.by)
    if case.arbiter:
        raise no.AwaitingArbitration
    require_codes([("/reason_code", command.reason_code)], SELF_CHECKS)
    by_row = _by_row(case, command, occasion, rules)
    if by_row:
        return by_row
    if rules.above(case.rung) is None:
        raise no.TopOfTheChain
    risen, *rest = routing.up(case, command.reason_code, occasion, rules)
    assert isinstance(risen, said.CaseEscalated), "there is a rung above"
    return [*_flagged(case, command), replace(risen, note=command.note), *rest]


def help_asked(
    case: Case, command: ask.AskAssistance, occasion: Occasion, rules: Rules
) -> list[Event]:
    """Another unit must do this item; proposed by the handling unit's head only (MALL-37)."""
    require_holder(case, occasion.by)
    head = rules.policy.assistance_by
    if head and not rules.fills(occasion.by, head):
        raise no.OnlyTheHeadAsksForHelp
    require_codes([("/item", command.item)], [kind.code for kind in rules.policy.task_kinds])
    require_unit(command.unit, rules)
    number = len(case.tasks) + 1
    asked = routing.help_asked(case, number, command.item, command.unit, occasion, rules)
    return [replace(asked, must_answer=command.must_answer, note=command.note)]


def help_given(case: Case, command: ask.GiveAssistance, occasion: Occasion) -> list[Event]:
    """The assisting unit wrote its result."""
    require_handling(case)
    task = case.task(command.task_id)
    if task is None:
        raise no.NoSuchTask
    if not occasion.by.sees(task.unit):
        raise no.NotYourTask
    if task.outcome is not None:
        raise no.AlreadyAnswered
    return [
        said.AssistanceGiven(
            task_id=task.id, outcome=command.outcome, clock=task.clock, result=command.result
        )
    ]


def _by_row(case: Case, command: ask.EscalateCase, occasion: Occasion, rules: Rules) -> list[Event]:
    """A row of the pack that this reason makes fire, if it lifts the case."""
    if command.reason_code not in FLAGS or command.reason_code in case.known.flags:
        return []
    flagged = _flagged(case, command)
    after = evolve(case, flagged[0], occasion)
    target = rules.policy.route(routing_facts(after))
    if rules.rank(target.tier) <= rules.rank(case.tier):
        return []
    routed = routing.route_again(after, occasion, rules)
    lifted = _lifted(case, command, routed)
    return [*flagged, lifted, *routed]


def _lifted(case: Case, command: ask.EscalateCase, routed: list[Event]) -> said.CaseEscalated:
    """The step up in words that others hear; the routing that follows says under which rows."""
    row = next(each for each in routed if isinstance(each, said.CaseRouted))
    return said.CaseEscalated(
        from_tier=case.tier,
        to_tier=row.tier,
        rung=row.rung,
        unit=row.unit,
        reason_code=command.reason_code,
        row=row.because[0].row,
        note=command.note,
    )


def _flagged(case: Case, command: ask.EscalateCase) -> list[Event]:
    known = case.known
    if command.reason_code not in FLAGS or command.reason_code in known.flags:
        return []
    return [
        said.FlagFound(
            flag=command.reason_code, flags=tuple(sorted({*known.flags, command.reason_code}))
        )
    ]


def _require_addressed(offer: Offer, occasion: Occasion, rules: Rules) -> None:
    person = offer.person is None or offer.person == occasion.by.id
    role = offer.role is None or rules.fills(occasion.by, offer.role)
    if not (occasion.by.sees(offer.unit) and person and role):
        raise no.OfferedToAnother


def _require_free(case: Case, person: str | None) -> None:
    """Neither somebody accused nor a handler the complainant had enough of is named."""
    if person in case.barred:
        raise no.HandlerBarred
    if person in case.accused:
        raise no.AccusedMayNotDecide


def _returnable(case: Case, command: ask.ReturnCustody) -> Offer:
    """The open offer, or the one just accepted while its time to return runs."""
    for offer in (case.offer, case.accepted):
        if offer is not None and offer.id == command.offer_id:
            return offer
    raise no.NotOffered


def _require_receiver(offer: Offer, case: Case, occasion: Occasion, rules: Rules) -> None:
    if case.offer is None or offer.id != case.offer.id:
        require_holder(case, occasion.by)
    else:
        _require_addressed(offer, occasion, rules)


def _require_reason(command: ask.ReturnCustody, rules: Rules) -> None:
    reasons = {reason.code: reason for reason in rules.policy.custody.return_reasons}
    require_codes([("/reason_code", command.reason_code)], reasons)
    if reasons[command.reason_code].needs_duty and command.duty_unit is None:
        raise no.DutyMissing(errors=[Pointer("/duty_unit", "missing", "")])
    if command.duty_unit is not None:
        require_unit(command.duty_unit, rules, "/duty_unit")


def _require_exchange(given: tuple[str, ...], rules: Rules) -> None:
    """MALL-44: what the policy names must have been left to the other side."""
    wanted = rules.policy.custody.exchange
    require_codes([(f"/exchange/{n}", code) for n, code in enumerate(given)], wanted)
    if set(wanted) - set(given):
        raise no.ExchangeIncomplete(errors=[Pointer("/exchange", "missing", "")])
