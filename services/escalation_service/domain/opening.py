"""What intake's and followup's facts do to a case. A fact is never refused (decision 4)."""

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain import routing
from services.escalation_service.domain.case import OPEN, Case, Custody, Known, Stage, Status
from services.escalation_service.domain.closing import asked_after_withdrawal, failed
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.folding import evolve
from services.escalation_service.domain.rules import Rules, routing_facts
from shared.kernel.occasion import Occasion
from shared.kernel.replacing import replace


def opened(
    case: Case | None, command: ask.OpenCase, occasion: Occasion, rules: Rules
) -> list[Event]:
    """A complaint opens a case; anything else is kept as it was registered."""
    if case is not None:
        return []
    if not rules.is_complaint(command.known.kind):
        return [said.ContactNoted(complaint_id=command.complaint_id, known=command.known)]
    return _opening(None, command, occasion, rules)


def confirmed(
    case: Case, command: ask.ConfirmRecord, occasion: Occasion, rules: Rules
) -> list[Event]:
    """Handling begins: the case is routed and offered."""
    if case.confirmed:
        return []
    confirmation = said.RecordConfirmed(by=command.by, row=command.row)
    if case.status is not Status.AWAITING_CONFIRMATION:
        return [confirmation]
    after = evolve(case, confirmation, occasion)
    return [confirmation, *routing.first_route(after, occasion, rules)]


def reclassified(
    case: Case, command: ask.Reclassify, occasion: Occasion, rules: Rules
) -> list[Event]:
    """New facts: the case may rise, change its unit, begin, or turn out to be none."""
    event = said.Reclassified(
        kind=command.kind,
        classification={**case.known.classification, **command.classification},
        severity=command.severity or case.known.severity,
        flags=tuple(sorted({*command.flags, *case.found_flags})),
        reason_code=command.reason_code,
    )
    after = evolve(case, event, occasion)
    complaint = rules.is_complaint(command.kind)
    if case.status is Status.NOT_A_COMPLAINT:
        return [event, *(_promotion(after, occasion, rules) if complaint else [])]
    if not complaint and case.status in {Status.AWAITING_CONFIRMATION, Status.HANDLING}:
        return [event, said.CaseSetAside(kind=command.kind)]
    if case.status is Status.HANDLING:
        return [event, *routing.route_again(after, occasion, rules)]
    return [event]


def amended(case: Case, command: ask.Amend) -> list[Event]:
    """Attributes and accused as corrected; an accused handler must be relieved by somebody."""
    event = said.Amended(attributes=command.attributes, accused=command.accused)
    if case.custody.person and case.custody.person in command.accused:
        return [event, routing.raised(case, "handler_accused", case.custody.unit)]
    return [event]


def promoted(case: Case, command: ask.Promote, occasion: Occasion, rules: Rules) -> list[Event]:
    """It is a complaint after all; the clocks count from the first receipt (F02)."""
    if case.status is not Status.NOT_A_COMPLAINT:
        return []
    known = replace(case.known, kind="complaint", received_at=command.received_at)
    return _promotion(replace(case, known=known), occasion, rules)


def repeat_linked(
    case: Case, command: ask.LinkRepeat, occasion: Occasion, rules: Rules
) -> list[Event]:
    """The n-th complaint about the same: one tier up, another handler (F30)."""
    if command.linked in case.linked:
        return []
    event = said.RepeatLinked(linked=command.linked, repeats=case.repeats + 1)
    if case.status is not Status.HANDLING:
        return [event]
    after = evolve(case, event, occasion)
    routed = routing.route_again(after, occasion, rules)
    risen = any(isinstance(each, said.CaseRouted) and each.tier != case.tier for each in routed)
    if risen or not rules.policy.reopened_up:
        return [event, *routed]
    tasks = [each for each in routed if isinstance(each, said.AssistanceAsked)]
    return [event, *tasks, *routing.up(after, "repeat", occasion, rules)]


def withdrawn(case: Case, command: ask.Withdraw, occasion: Occasion, rules: Rules) -> list[Event]:
    """Handling ends; the case asks at once whether it may close (decision 24)."""
    back_to = case.closing.back_to if case.closing else None
    again = case.status is Status.CLOSING and back_to is Status.WITHDRAWN
    if again or case.status not in OPEN - {Status.WITHDRAWN}:
        return []
    thawed = failed(case, ("withdrawn",)) if case.status is Status.CLOSING else []
    event = said.CaseWithdrawn(reason_code=command.reason_code)
    after = case
    for each in [*thawed, event]:
        after = evolve(after, each, occasion)
    return [*thawed, event, asked_after_withdrawal(after, rules)]


def dissatisfied(case: Case, occasion: Occasion, rules: Rules) -> list[Event]:
    """Before the closing back to handling, after it reopened; one rung up, another handler."""
    match case.status:
        case Status.CLOSED:
            return _reopening(case, occasion, rules)
        case Status.HANDLING:
            return _back_to_handling(case, occasion, rules)
        case Status.CLOSING:
            thawed = failed(case, ("dissatisfied",))
            after = evolve(case, thawed[0], occasion)
            if after.status is Status.HANDLING:
                return [*thawed, *_back_to_handling(after, occasion, rules)]
            return thawed
        case _:
            return [routing.raised(case, "dissatisfied", case.custody.unit)]


def _opening(
    case: Case | None, command: ask.OpenCase, occasion: Occasion, rules: Rules
) -> list[Event]:
    known = command.known
    routed = rules.policy.route(routing_facts(_sketch(command)))
    event = said.CaseOpened(
        complaint_id=command.complaint_id,
        known=known,
        tier=routed.tier,
        rung=rules.rung_of(routed.tier),
    )
    if known.awaits_confirmation and not (case and case.confirmed):
        return [event]
    after = evolve(case, event, occasion)
    confirmation = said.RecordConfirmed(by=occasion.by.id, row=rules.pack.intake.confirmation.id)
    after = evolve(after, confirmation, occasion)
    return [event, confirmation, *routing.first_route(after, occasion, rules)]


def _promotion(case: Case, occasion: Occasion, rules: Rules) -> list[Event]:
    known: Known = replace(
        case.known,
        kind="complaint",
        awaits_confirmation=rules.pack.intake.confirmation.required,
    )
    return _opening(case, ask.OpenCase(complaint_id=case.id, known=known), occasion, rules)


def _sketch(command: ask.OpenCase) -> Case:
    """The case as it would stand, to route it before it is there."""
    known = command.known
    custody = Custody(unit=known.recording_unit)
    return Case(
        id=command.complaint_id,
        known=known,
        status=Status.AWAITING_CONFIRMATION,
        custody=custody,
    )


def _reopening(case: Case, occasion: Occasion, rules: Rules) -> list[Event]:
    risen = routing.escalated(case, "dissatisfied", rules) if rules.policy.reopened_up else None
    here = rules.policy.rung(case.rung)
    rung = risen.rung if risen else case.rung
    unit = risen.unit if risen else case.custody.unit
    event = said.CaseReopened(
        reason_code="dissatisfied",
        tier=risen.to_tier if risen else case.tier,
        rung=rung,
        unit=unit,
        barred=case.custody.person,
    )
    holder = rules.policy.rung(rung) or here
    role = holder.holder.role if holder and risen else None
    after = evolve(case, event, occasion)
    offer = routing.offered(after, unit, role, "reopened", occasion, rules)
    return [event, *_unsatisfying(case), replace(offer, row=risen.row if risen else None)]


def _back_to_handling(case: Case, occasion: Occasion, rules: Rules) -> list[Event]:
    barred = case.custody.person
    if not rules.policy.reopened_up:
        return [*_unsatisfying(case), routing.raised(case, "dissatisfied", case.custody.unit)]
    lifted = routing.up(case, "dissatisfied", occasion, rules, barred=barred)
    return [*_unsatisfying(case), *lifted]


def _unsatisfying(case: Case) -> list[Event]:
    """What the complainant was given did not settle it."""
    return [
        said.ResolutionRejected(resolution_id=each.id, reason_code="dissatisfied")
        for each in case.resolutions
        if each.stage in {Stage.ACCEPTED, Stage.EXECUTED}
    ]
