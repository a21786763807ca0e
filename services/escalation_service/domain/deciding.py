"""What happens to a case when something is asked of it: the one place where commands arrive."""

from typing import assert_never

from services.escalation_service.domain import closing, custody, opening, resolving, ticks
from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain import refusals as no
from services.escalation_service.domain.case import Case
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.guards import require_holder
from services.escalation_service.domain.routing import raised
from services.escalation_service.domain.rules import Rules
from shared.kernel.occasion import Occasion


def decide(
    case: Case | None, command: ask.Command, occasion: Occasion, rules: Rules
) -> list[Event]:
    """What follows from the command, and what the clocks say to it.

    Raises the refusals of persons' commands; facts and moments are never refused. A fact about
    a case that has not arrived yet raises CaseUnknown, which is tried again.
    """
    if isinstance(command, ask.OpenCase):
        events = opening.opened(case, command, occasion, rules)
    elif case is None:
        raise no.CaseUnknown
    else:
        events = _decided(case, command, occasion, rules)
    return ticks.ticked(case, events, occasion, rules)


def _decided(
    case: Case,
    command: ask.Heard | ask.PassTime | ask.EndClosingRound | ask.Asked,
    occasion: Occasion,
    rules: Rules,
) -> list[Event]:
    match command:
        case ask.PassTime():
            return ticks.passed(case, command.clock, occasion, rules)
        case ask.EndClosingRound():
            return closing.unanswered(case, command)
        case (
            ask.ConfirmRecord()
            | ask.Reclassify()
            | ask.Amend()
            | ask.Promote()
            | ask.LinkRepeat()
            | ask.Withdraw()
        ):
            return _heard_from_intake(case, command, occasion, rules)
        case (
            ask.NoteClaim()
            | ask.NoteReview()
            | ask.NoteTold()
            | ask.NoteDissatisfied()
            | ask.AnswerClosing()
        ):
            return _heard_from_others(case, command, occasion, rules)
        case (
            ask.OfferCustody()
            | ask.AcceptCustody()
            | ask.ReturnCustody()
            | ask.Arbitrate()
            | ask.EscalateCase()
            | ask.AskAssistance()
            | ask.GiveAssistance()
        ):
            return _custody(case, command, occasion, rules)
        case _:
            return _work(case, command, occasion, rules)


def _heard_from_intake(
    case: Case,
    command: ask.ConfirmRecord
    | ask.Reclassify
    | ask.Amend
    | ask.Promote
    | ask.LinkRepeat
    | ask.Withdraw,
    occasion: Occasion,
    rules: Rules,
) -> list[Event]:
    match command:
        case ask.ConfirmRecord():
            return opening.confirmed(case, command, occasion, rules)
        case ask.Reclassify():
            return opening.reclassified(case, command, occasion, rules)
        case ask.Amend():
            return opening.amended(case, command)
        case ask.Promote():
            return opening.promoted(case, command, occasion, rules)
        case ask.LinkRepeat():
            return opening.repeat_linked(case, command, occasion, rules)
        case ask.Withdraw():
            return opening.withdrawn(case, command, occasion, rules)
        case _:
            assert_never(command)


def _heard_from_others(
    case: Case,
    command: ask.NoteClaim
    | ask.NoteReview
    | ask.NoteTold
    | ask.NoteDissatisfied
    | ask.AnswerClosing,
    occasion: Occasion,
    rules: Rules,
) -> list[Event]:
    match command:
        case ask.NoteClaim():
            return [said.ClaimNoted(claim_id=command.claim_id, state=command.state)]
        case ask.NoteReview():
            return [raised(case, f"claim_{command.code}", case.custody.unit)]
        case ask.NoteTold():
            return [] if case.customer_told else [said.CustomerTold(how=command.how)]
        case ask.NoteDissatisfied():
            return opening.dissatisfied(case, occasion, rules)
        case ask.AnswerClosing():
            return closing.answered(case, command)
        case _:
            assert_never(command)


def _custody(  # noqa: PLR0911 - one line per command
    case: Case,
    command: ask.OfferCustody
    | ask.AcceptCustody
    | ask.ReturnCustody
    | ask.Arbitrate
    | ask.EscalateCase
    | ask.AskAssistance
    | ask.GiveAssistance,
    occasion: Occasion,
    rules: Rules,
) -> list[Event]:
    match command:
        case ask.OfferCustody():
            return custody.offered(case, command, occasion, rules)
        case ask.AcceptCustody():
            return custody.accepted(case, command, occasion, rules)
        case ask.ReturnCustody():
            return custody.returned(case, command, occasion, rules)
        case ask.Arbitrate():
            return custody.arbitrated(case, command, occasion, rules)
        case ask.EscalateCase():
            return custody.reported_up(case, command, occasion, rules)
        case ask.AskAssistance():
            return custody.help_asked(case, command, occasion, rules)
        case ask.GiveAssistance():
            return custody.help_given(case, command, occasion)
        case _:
            assert_never(command)


def _work(  # noqa: PLR0911 - one line per command
    case: Case,
    command: ask.PauseClock
    | ask.ResumeClock
    | ask.RecordFinding
    | ask.ProposeResolution
    | ask.AcceptResolution
    | ask.RejectResolution
    | ask.ExecuteResolution
    | ask.AskClosing,
    occasion: Occasion,
    rules: Rules,
) -> list[Event]:
    match command:
        case ask.PauseClock() | ask.ResumeClock():
            return _turned(case, command, occasion, rules)
        case ask.RecordFinding():
            return resolving.found(case, command, occasion, rules)
        case ask.ProposeResolution():
            return resolving.proposed(case, command, occasion, rules)
        case ask.AcceptResolution():
            return resolving.accepted(case, command, occasion)
        case ask.RejectResolution():
            return resolving.rejected(case, command, occasion)
        case ask.ExecuteResolution():
            return resolving.executed(case, command, occasion)
        case ask.AskClosing():
            return closing.asked(case, command, occasion, rules)
        case _:
            assert_never(command)


def _turned(
    case: Case, command: ask.PauseClock | ask.ResumeClock, occasion: Occasion, rules: Rules
) -> list[Event]:
    require_holder(case, occasion.by)
    if case.clock(command.clock) is None:
        raise no.NoSuchClock
    if isinstance(command, ask.PauseClock):
        return ticks.paused(case, command.clock, command.reason_code, occasion, rules)
    return ticks.resumed(case, command.clock, occasion, rules)
