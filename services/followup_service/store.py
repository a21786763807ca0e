"""How a followup is kept: its columns, timers, the rows beside it, the pack it is judged by."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from services.followup_service.domain import Command, Event, Followup, Rules, decide, evolve
from services.followup_service.domain import events as e
from services.followup_service.domain.commands import OpenFollowup
from services.followup_service.domain.rules import rules_of
from services.followup_service.domain.state import Callback
from services.followup_service.publications import fact_of
from services.followup_service.tables import CALLBACKS, CLOCK_STEPS, FOLLOWUPS
from shared.kernel import ticking
from shared.kernel.clocks import ClockBreached, ClockStepTaken
from shared.kernel.occasion import Occasion
from shared.plumbing.aggregate import Aggregate
from shared.plumbing.changes import Aside
from shared.plumbing.inbox import Premature
from shared.plumbing.packs import Packs, UnknownPack

Followups = Aggregate[Followup, Command, Event, Rules]

_KEPT = (
    "status",
    "reason",
    "call_from",
    "overdue",
    "attempts",
    "reached",
    "settled_at",
)


def followups(packs: Packs) -> Followups:
    """The aggregate, judged by these packs."""
    known = lru_cache(maxsize=256)(lambda content_hash: rules_of(packs.by_hash(content_hash)))

    def rules(state: Followup | None, command: Command) -> Rules:
        """An unknown version is on its way: the fact is tried again (decision 21)."""
        return _rules(known, state, command)

    return Aggregate(
        service="followup",
        table=FOLLOWUPS,
        state=Followup,
        decide=decide,
        evolve=evolve,
        fact_of=fact_of,
        rules=rules,
        policy_of=lambda state: state.subject.policy,
        columns=_columns,
        timers=timers,
        asides=_asides,
        stirs=_stirs,
    )


def timers(state: Followup, rules: Rules, other: Followup | None = None) -> dict[str, datetime]:
    """The moments this followup still waits for: what its running clocks ask for.

    Clocks that `other` has too are left out.
    """
    armed: dict[str, datetime] = {}
    known = {id(timed) for timed in other.clocks} if other else ()
    for timed in state.clocks:
        if timed.clock.running and id(timed) not in known:
            rule = rules.rule_of(timed.clock.name)
            calendar = rules.calendar(timed.clock.calendar)
            armed |= ticking.timers(timed.clock, rule, calendar)
    return armed


def _rules(known: Callable[[str], Rules], state: Followup | None, command: Command) -> Rules:
    if state is not None:
        content_hash = state.subject.policy
    elif isinstance(command, OpenFollowup):
        content_hash = command.subject.policy
    else:
        raise Premature
    try:
        return known(content_hash)
    except UnknownPack as error:
        raise Premature from error


def _columns(state: Followup) -> Mapping[str, Any]:
    return {
        "unit": state.subject.unit,
        "holder": state.holder,
        "status": str(state.status),
        "visit": state.subject.visit,
    }


def _stirs(before: Followup | None, after: Followup) -> bool:
    """Status, holder and new debts concern who looks at it; warnings do not (decision 10)."""
    if before is None:
        return True
    return (before.status, before.holder, len(before.callbacks), len(before.obligations)) != (
        after.status,
        after.holder,
        len(after.callbacks),
        len(after.obligations),
    )


def _asides(event: Event, state: Followup, occasion: Occasion) -> list[Aside]:
    if isinstance(event, ClockStepTaken):
        return [_step(event, state)]
    callback = _touched(event, state)
    return [_row(callback, state, occasion.by.organisation)] if callback is not None else []


def _touched(event: Event, state: Followup) -> Callback | None:
    match event:
        case e.CallbackArmed(callback=callback) | e.CallbackNeverDue(callback=callback):
            return callback
        case (
            e.CallbackAttempted()
            | e.CallbackCompleted()
            | e.CallbackExcluded()
            | e.CallbackRefused()
            | e.CallbackExhausted()
        ):
            return state.callback(event.callback_id)
        case ClockBreached():
            return state.callback_of(event.clock, event.round)
        case _:
            return None


def _step(event: ClockStepTaken, state: Followup) -> Aside:
    return Aside(
        table=CLOCK_STEPS,
        values={
            "followup": state.subject.id,
            "clock": event.clock,
            "round": event.round,
            "step": event.step,
        },
    )


def _row(callback: Callback, state: Followup, organisation: str) -> Aside:
    subject = state.subject
    return Aside(
        table=CALLBACKS,
        values={
            "callback_id": callback.id,
            "organisation": organisation,
            "followup": subject.id,
            "visit": subject.visit,
            "reference": subject.reference,
            "customer": subject.customer,
            "member": subject.member,
            "campaign": callback.campaign,
            "unit": callback.unit,
            "role": callback.role,
            "status": str(callback.status),
            "reason": callback.reason,
            "triggered_at": callback.triggered_at,
            "call_from": callback.call_from,
            "due_at": callback.due_at,
            "overdue": callback.overdue,
            "attempts": len(callback.attempts),
            "reached": callback.reached,
            "settled_at": callback.settled_at,
        },
        replaces=_KEPT,
    )
