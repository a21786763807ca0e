"""A corrective action: opened under a coded cause, late once, closed once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.insights_service.domain.corrective import (
    ActionAlreadyClosed,
    ActionClosed,
    ActionOverdue,
    ActionUnknown,
    CauseUnknown,
    CloseAction,
    Command,
    CorrectiveAction,
    DueInThePast,
    OpenAction,
    PassMoment,
    Rules,
    Standing,
    TextRef,
    decide,
    evolve,
)
from services.insights_service.store import timers
from shared.kernel.occasion import Actor, Occasion

NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
DUE = NOON + timedelta(days=30)
HEAD = Actor(id="p-store-manager-1", organisation="auto-demo")
RULES = Rules(causes=frozenset({"installation"}))
WORDS = TextRef(id=UUID("0197a000-0000-7000-8000-000000000021"), commitment="c" * 64)
OPEN = OpenAction(
    action_id=UUID("0197a000-0000-7000-8000-000000000031"),
    cause="installation",
    unit="hq.store-001",
    owner="p-installation-1",
    due_at=DUE,
    policy="a" * 64,
    what=WORDS,
)
CLOSE = CloseAction(effective=True, proof=WORDS)


def after(*commands: Command, at: datetime = NOON) -> CorrectiveAction | None:
    action: CorrectiveAction | None = None
    for command in commands:
        occasion = Occasion(at=at if action else NOON, by=HEAD)
        for event in decide(action, command, occasion, RULES):
            action = evolve(action, event, occasion)
    return action


def test_an_action_waits_for_its_due_moment_and_is_late_once() -> None:
    action = after(OPEN)
    assert action is not None
    assert timers(action, RULES) == {"due": DUE}
    late = Occasion(at=DUE, by=HEAD)
    assert decide(action, PassMoment(), late, RULES) == [ActionOverdue(due_at=DUE)]
    overdue = after(OPEN, PassMoment(), at=DUE)
    assert overdue is not None
    assert overdue.standing is Standing.OVERDUE
    assert timers(overdue, RULES) == {}
    assert decide(overdue, PassMoment(), late, RULES) == []


def test_a_late_action_can_still_be_closed_but_only_once() -> None:
    overdue = after(OPEN, PassMoment(), at=DUE)
    late = Occasion(at=DUE, by=HEAD)
    assert decide(overdue, CLOSE, late, RULES) == [ActionClosed(effective=True, proof=WORDS)]
    with pytest.raises(ActionAlreadyClosed):
        decide(after(OPEN, CLOSE), CLOSE, late, RULES)


def test_an_unknown_cause_or_a_past_moment_is_refused() -> None:
    with pytest.raises(CauseUnknown):
        decide(None, OPEN, Occasion(at=NOON, by=HEAD), Rules(causes=frozenset()))
    with pytest.raises(DueInThePast):
        decide(None, OPEN, Occasion(at=DUE, by=HEAD), RULES)


def test_what_was_never_opened_cannot_be_closed() -> None:
    with pytest.raises(ActionUnknown):
        decide(None, CLOSE, Occasion(at=NOON, by=HEAD), RULES)
