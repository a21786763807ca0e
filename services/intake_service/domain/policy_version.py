"""A version of an organisation's policy: proposed by one person, put in force by another.

From its moment on complaints that are received are judged by it; what was received before stays
under the version of its receipt (decision 21).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias, assert_never
from uuid import UUID

from services.intake_service.domain.words import TextRef
from shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Pointer
from shared.kernel.occasion import Occasion
from shared.kernel.replacing import replace

NOTICE = timedelta(seconds=60)
"""So long before its moment every service is told of a version."""


class DraftInvalid(Invalid):
    """The proposed version would decide wrongly or cannot be read."""


class MomentTooSoon(Invalid):
    """A version comes into force a minute from now at the earliest."""


class MomentPassed(Conflict):
    """The moment this version was proposed for has passed or is less than a minute away."""


class MomentTaken(Conflict):
    """Another version comes into force at this very moment."""


class VersionUnchanged(Conflict):
    """The version in force at that moment already says the same."""


class VersionNameTaken(Conflict):
    """The organisation has a version of this name already."""


class OwnProposal(Forbidden):
    """Whoever proposed a version does not decide on it."""


class AlreadyDecided(Conflict):
    """This version was put in force or rejected before."""


class ProofOutdated(Conflict):
    """The proposed version no longer says what was proved; propose it anew."""


class Status(StrEnum):
    """Where a version stands; the moment it comes into force is its own."""

    DRAFT = "draft"
    ACTIVATED = "activated"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """A finding that did not refuse the draft and that a person should look at."""

    severity: str
    section: str
    line: int | None
    row: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How a section differs from the version before, by rows; the first of each, and how many."""

    section: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A version that is or will be in force. `substance` leaves its name and day out."""

    version: str
    hash: str
    substance: str
    in_force_from: datetime


Ground: TypeAlias = tuple[Known, ...]
"""The organisation's versions, oldest first: what a proposal is measured against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeVersion:
    """A draft that was proved. `documents` is a digest of what was sent, kept beside."""

    version_id: UUID
    organisation: str
    pack: str
    version: str
    hash: str
    substance: str
    documents: str
    in_force_from: datetime
    findings: tuple[Noticed, ...] = ()
    differences: tuple[Difference, ...] = ()
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateVersion:
    """`content` as it was proved again just now, and its hash."""

    hash: str
    content: dict[str, str]
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectVersion:
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionProposed:
    proposed: ProposeVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionActivated:
    content: dict[str, str]
    note: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRejected:
    note: TextRef | None = None


Command: TypeAlias = ProposeVersion | ActivateVersion | RejectVersion
Event: TypeAlias = VersionProposed | VersionActivated | VersionRejected


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """The aggregate; what the version says stands beside it."""

    proposal: ProposeVersion
    proposed_by: str
    proposed_at: datetime
    status: Status = Status.DRAFT
    decided_by: str | None = None
    decided_at: datetime | None = None
    notes: tuple[TextRef, ...] = ()


def decide(
    state: PolicyVersion | None, command: Command, occasion: Occasion, ground: Ground
) -> list[Event]:
    """What happens. Raises the errors above, NotFound before the proposal."""
    if isinstance(command, ProposeVersion):
        return [_proposed(command, occasion, ground)]
    if state is None:
        raise NotFound
    _require_another(state, occasion)
    match command:
        case ActivateVersion():
            return [_activated(state.proposal, command, occasion, ground)]
        case RejectVersion():
            return [VersionRejected(note=command.note)]
        case _:
            assert_never(command)


def evolve(state: PolicyVersion | None, event: Event, occasion: Occasion) -> PolicyVersion:
    """One event folded in."""
    if isinstance(event, VersionProposed):
        note = event.proposed.note
        return PolicyVersion(
            proposal=event.proposed,
            proposed_by=occasion.by.id,
            proposed_at=occasion.at,
            notes=(note,) if note else (),
        )
    assert state is not None, "a version is proposed before it is decided on"
    activated = isinstance(event, VersionActivated)
    return replace(
        state,
        status=Status.ACTIVATED if activated else Status.REJECTED,
        decided_by=occasion.by.id,
        decided_at=occasion.at,
        notes=(*state.notes, event.note) if event.note else state.notes,
    )


def _proposed(command: ProposeVersion, occasion: Occasion, ground: Ground) -> VersionProposed:
    if command.in_force_from < occasion.at + NOTICE:
        raise MomentTooSoon(errors=[Pointer("/effective_from", "too-small", "")])
    _require_room(command, ground)
    return VersionProposed(proposed=command)


def _activated(
    proposal: ProposeVersion, command: ActivateVersion, occasion: Occasion, ground: Ground
) -> VersionActivated:
    if proposal.in_force_from < occasion.at + NOTICE:
        raise MomentPassed
    _require_room(proposal, ground)
    if command.hash != proposal.hash:
        raise ProofOutdated
    return VersionActivated(content=command.content, note=command.note)


def _require_another(state: PolicyVersion, occasion: Occasion) -> None:
    if occasion.by.id == state.proposed_by:
        raise OwnProposal
    if state.status is not Status.DRAFT:
        raise AlreadyDecided


def _require_room(proposal: ProposeVersion, ground: Ground) -> None:
    """Its moment is free, its name is new, and it says something new."""
    if any(known.in_force_from == proposal.in_force_from for known in ground):
        raise MomentTaken
    before = [known for known in ground if known.in_force_from < proposal.in_force_from]
    same = bool(before) and before[-1].substance == proposal.substance
    if same or any(known.hash == proposal.hash for known in ground):
        raise VersionUnchanged
    if any(known.version == proposal.version for known in ground):
        raise VersionNameTaken
