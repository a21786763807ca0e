"""Closing is asked, frozen, confirmed (decision 17): one gate for every door."""

from services.escalation_service.domain import commands as ask
from services.escalation_service.domain import events as said
from services.escalation_service.domain import refusals as no
from services.escalation_service.domain.case import Case, Closing, Stage, Status
from services.escalation_service.domain.events import Event
from services.escalation_service.domain.guards import STANDS, require_codes, require_impartial
from services.escalation_service.domain.routing import raised
from services.escalation_service.domain.rules import Rules
from shared.kernel.errors import Pointer
from shared.kernel.occasion import Occasion
from shared.kernel.policy.escalation import ClosingPolicy

NEIGHBOURS = frozenset({"intake", "compensation", "followup"})
"""Who answers for what escalation does not own."""

OWNER_OF_GATE = {
    "form_complete": "intake",
    "copies": "intake",
    "no_open_approval": "compensation",
    "no_open_payment": "compensation",
    "no_open_signature": "compensation",
    "customer_told": "followup",
    "callback": "followup",
}
"""Gates whose owner answers in the round; all others are escalation's and refuse at once."""

WITHDRAWN = "withdrawn"


def asked(case: Case, command: ask.AskClosing, occasion: Occasion, rules: Rules) -> list[Event]:
    """Refuses at once with all that is known to be missing, or asks the neighbours."""
    if case.status not in {Status.HANDLING, Status.WITHDRAWN}:
        raise STANDS[case.status]
    if not occasion.by.sees(case.custody.unit):
        raise no.NotTheHolder
    require_impartial(case, occasion.by)
    _require_words(command, rules.policy.closing)
    missing = [] if case.status is Status.WITHDRAWN else missing_here(case, command, rules)
    if missing:
        raise no.NotReadyToClose(errors=[Pointer("", code, "") for code in missing])
    return [
        said.ClosingAsked(
            round=_next_round(case),
            outcome=command.outcome or WITHDRAWN,
            cause=command.cause or _cause(case),
            questions=command.questions,
            flags=command.flags,
            summary=command.summary,
        )
    ]


def asked_after_withdrawal(case: Case, rules: Rules) -> said.ClosingAsked:
    """A withdrawn complaint asks by itself; only what others hold open can keep it."""
    known = [outcome.code for outcome in rules.policy.closing.outcomes]
    outcome = WITHDRAWN if WITHDRAWN in known or not known else known[-1]
    return said.ClosingAsked(round=_next_round(case), outcome=outcome, cause=_cause(case))


def answered(case: Case, command: ask.AnswerClosing) -> list[Event]:
    """A neighbour's word. Late words and words of another round change nothing."""
    closing = case.closing
    if case.status is not Status.CLOSING or closing is None or closing.round != command.round:
        return []
    if command.service in {answer.service for answer in closing.answers}:
        return []
    answer = said.ClosingAnswered(
        round=command.round, service=command.service, open_items=command.open_items
    )
    open_items = (*_open(closing), *command.open_items)
    heard = {command.service, *(each.service for each in closing.answers)}
    if heard < NEIGHBOURS:
        return [answer]
    if open_items:
        return [answer, *failed(case, open_items)]
    closed = said.CaseClosed(round=closing.round, outcome=closing.outcome, cause=closing.cause)
    return [answer, closed]


def unanswered(case: Case, command: ask.EndClosingRound) -> list[Event]:
    """Somebody did not answer in time: the case thaws and says who."""
    closing = case.closing
    if case.status is not Status.CLOSING or closing is None or closing.round != command.round:
        return []
    heard = {each.service for each in closing.answers}
    silent = tuple(f"no_answer_{service}" for service in sorted(NEIGHBOURS - heard))
    return failed(case, (*_open(closing), *silent))


def failed(case: Case, open_items: tuple[str, ...]) -> list[Event]:
    """Back to the former state with the list; after a withdrawal somebody must look."""
    assert case.closing is not None, "a round that fails was asked"
    event = said.ClosingFailed(round=case.closing.round, open_items=open_items)
    if case.closing.back_to is Status.WITHDRAWN:
        return [event, raised(case, "withdrawn_not_closed", case.custody.unit)]
    return [event]


def missing_here(case: Case, command: ask.AskClosing, rules: Rules) -> list[str]:
    """The codes of escalation's own gates that are not met."""
    met = gates_met(case, command, rules.policy.closing) | frozenset(OWNER_OF_GATE)
    return [gate.code for gate in rules.policy.closing.missing(met)]


def gates_met(case: Case, command: ask.AskClosing, policy: ClosingPolicy) -> frozenset[str]:
    """The codes of escalation's own gates that are met, with what the caller brings along."""
    done = {each.stage for each in case.resolutions}
    final = any(each.final and each.stage is Stage.EXECUTED for each in case.resolutions)
    accepted = any(
        each.evidence and each.stage in {Stage.ACCEPTED, Stage.EXECUTED}
        for each in case.resolutions
    )
    answers = {
        "result_recorded": Stage.EXECUTED in done,
        "finding_recorded": bool(case.findings),
        "closing_questions": {word.code for word in policy.questions} <= set(command.questions),
        "outcome_coded": command.outcome is not None,
        "cause_coded": command.cause is not None,
        "outcome_flags": {word.code for word in policy.flags} <= set(command.flags),
        "acceptance": accepted or final,
        "no_open_task": not any(t.must_answer and t.outcome is None for t in case.tasks),
    }
    return frozenset(code for code, is_met in answers.items() if is_met)


def _require_words(command: ask.AskClosing, policy: ClosingPolicy) -> None:
    """Raises UnknownCode for an outcome, cause, question or flag the pack does not have."""
    if command.outcome is not None:
        require_codes([("/outcome", command.outcome)], [each.code for each in policy.outcomes])
    if command.cause is not None:
        require_codes([("/cause", command.cause)], [each.code for each in policy.causes])
    questions = [("/questions", code) for code in command.questions]
    require_codes(questions, [each.code for each in policy.questions])
    flags = [("/flags", code) for code in command.flags]
    require_codes(flags, [each.code for each in policy.flags])


def _next_round(case: Case) -> int:
    return case.closing.round + 1 if case.closing else 1


def _cause(case: Case) -> str:
    return case.findings[-1].cause if case.findings else "not_determined"


def _open(closing: Closing) -> tuple[str, ...]:
    return tuple(item for answer in closing.answers for item in answer.open_items)
