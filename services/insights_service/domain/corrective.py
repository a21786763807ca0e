"""A corrective action: what is changed so that it does not recur. Pure: no I/O, no clock."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

from shared.kernel.errors import Conflict, Invalid, NotFound, Pointer
from shared.kernel.occasion import Occasion
from shared.kernel.replacing import replace


class Standing(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRef:
    """Something a person typed, which lives in `texts`; `commitment` is a salted SHA-256."""

    id: UUID
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The coded causes of the pack in force when the action was opened."""

    causes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectiveAction:
    """The aggregate. `owner` is a person's opaque id; `effective` is judged at closing."""

    id: UUID
    cause: str
    unit: str
    owner: str
    due_at: datetime
    opened_at: datetime
    opened_by: str
    policy: str
    what: TextRef
    complaint: UUID | None = None
    standing: Standing = Standing.OPEN
    closed_at: datetime | None = None
    effective: bool | None = None
    proof: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAction:
    """Somebody will change something by `due_at`. `policy` is the hash of the pack in force."""

    action_id: UUID
    cause: str
    unit: str
    owner: str
    due_at: datetime
    policy: str
    what: TextRef
    complaint: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAction:
    """It was done, and somebody looked whether it helped."""

    effective: bool
    proof: TextRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PassMoment:
    """The due moment came."""


Command: TypeAlias = OpenAction | CloseAction | PassMoment


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOpened:
    action: CorrectiveAction


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOverdue:
    """The due moment passed and it is not done."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionClosed:
    effective: bool
    proof: TextRef


Event: TypeAlias = ActionOpened | ActionOverdue | ActionClosed


class ActionUnknown(NotFound):
    """There is no such corrective action."""


class ActionAlreadyClosed(Conflict):
    """This corrective action is closed."""


class CauseUnknown(Invalid):
    """The policy knows no such cause."""


class DueInThePast(Invalid):
    """What is to be done is due in the future."""


def decide(
    action: CorrectiveAction | None, command: Command, occasion: Occasion, rules: Rules
) -> list[Event]:
    """Raises CauseUnknown, DueInThePast, ActionUnknown, ActionAlreadyClosed."""
    match command:
        case OpenAction():
            return _open(action, command, occasion, rules)
        case CloseAction():
            if _require(action).standing is Standing.CLOSED:
                raise ActionAlreadyClosed
            return [ActionClosed(effective=command.effective, proof=command.proof)]
        case PassMoment():
            known = _require(action)
            late = known.standing is Standing.OPEN and known.due_at <= occasion.at
            return [ActionOverdue(due_at=known.due_at)] if late else []
        case _:
            assert_never(command)


def evolve(action: CorrectiveAction | None, event: Event, occasion: Occasion) -> CorrectiveAction:
    """The action after the event."""
    match event:
        case ActionOpened():
            return event.action
        case ActionOverdue():
            return replace(_require(action), standing=Standing.OVERDUE)
        case ActionClosed():
            return replace(
                _require(action),
                standing=Standing.CLOSED,
                closed_at=occasion.at,
                effective=event.effective,
                proof=event.proof,
            )
        case _:
            assert_never(event)


def _open(
    action: CorrectiveAction | None, command: OpenAction, occasion: Occasion, rules: Rules
) -> list[Event]:
    if action is not None:
        return []
    if command.cause not in rules.causes:
        raise CauseUnknown(errors=[Pointer("/cause", "unknown-code", "")])
    if command.due_at <= occasion.at:
        raise DueInThePast(errors=[Pointer("/due_at", "moment-past", "")])
    opened = CorrectiveAction(
        id=command.action_id,
        cause=command.cause,
        unit=command.unit,
        owner=command.owner,
        due_at=command.due_at,
        opened_at=occasion.at,
        opened_by=occasion.by.id,
        policy=command.policy,
        what=command.what,
        complaint=command.complaint,
    )
    return [ActionOpened(action=opened)]


def _require(action: CorrectiveAction | None) -> CorrectiveAction:
    if action is None:
        raise ActionUnknown
    return action
