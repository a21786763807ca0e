"""A case: the work on one complaint, as it stands. What may happen to it is in `deciding`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from shared.kernel.clocks import Clock
from shared.kernel.occasion import Actor, covers


class Status(StrEnum):
    """Where a case stands. Only `handling` lets anybody work on it (MALL-33)."""

    NOT_A_COMPLAINT = "not_a_complaint"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    HANDLING = "handling"
    WITHDRAWN = "withdrawn"
    CLOSING = "closing"
    CLOSED = "closed"


OPEN = frozenset({Status.AWAITING_CONFIRMATION, Status.HANDLING, Status.WITHDRAWN, Status.CLOSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRef:
    """Something a person typed; the words live in `texts` (decision 15)."""

    id: UUID
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What routing may test and what intake said at registration; `policy` is the pinned hash."""

    organisation: str
    reference: str
    kind: str
    policy: str
    channel: str
    complainant_type: str
    recording_unit: str
    registered_by: str
    received_at: datetime
    classification: dict[str, str] = field(default_factory=dict)
    severity: str = ""
    flags: tuple[str, ...] = ()
    attributes: dict[str, str | int | bool] = field(default_factory=dict)
    accused: tuple[str, ...] = ()
    awaits_confirmation: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """Who must act now. `person` None: the unit does. `offer` is how it came there."""

    unit: str
    person: str | None = None
    offer: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A hand-over that is not accepted, or was accepted and may still be returned (N4)."""

    id: UUID
    giver: Custody
    unit: str
    role: str | None
    person: str | None
    reason_code: str
    by: str
    at: datetime
    exchange: tuple[str, ...] = ()
    accept_due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Help asked of another unit (MALL-37). `outcome` None: still open."""

    id: UUID
    item: str
    unit: str
    role: str | None
    must_answer: bool
    asked_by: str
    asked_at: datetime
    row: str | None = None
    clock: str | None = None
    due_at: datetime | None = None
    outcome: str | None = None
    note: TextRef | None = None
    result: TextRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClock:
    """A clock of the case and when it is due as things stand; None while paused or ended."""

    clock: Clock
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the investigation established (F37)."""

    id: UUID
    substantiated: str
    cause: str
    fault_confirmed: bool
    accused: tuple[str, ...]
    by: str
    at: datetime
    text: TextRef


class Stage(StrEnum):
    """How far a resolution got."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXECUTED = "executed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyOffered:
    """A remedy of the pack and the claim that carries its price."""

    remedy: str
    claim_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What was proposed to the complainant. `final`: an answer that needs no consent (F47)."""

    id: UUID
    remedies: tuple[RemedyOffered, ...]
    final: bool
    proposed_by: str
    proposed_at: datetime
    expected_by: datetime | None
    text: TextRef
    stage: Stage = Stage.PROPOSED
    evidence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSeen:
    """A claim of compensation's as last heard: `proposed`, `authorised`, `paid`, `signed` …"""

    id: UUID
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A neighbour's word in a closing round; no open items: settled."""

    service: str
    open_items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """One round of closing (decision 17)."""

    round: int
    outcome: str
    cause: str
    asked_at: datetime
    questions: dict[str, bool] = field(default_factory=dict)
    flags: dict[str, bool] = field(default_factory=dict)
    answers: tuple[Answered, ...] = ()
    back_to: Status = Status.HANDLING
    failed: tuple[str, ...] | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """Something somebody must look at that is nobody's command (decision 4)."""

    id: UUID
    code: str
    unit: str
    at: datetime


@dataclass(frozen=True, kw_only=True)  # no slots: replaced at every event
class Case:
    """The work on one complaint; `id` is the complaint's. `rung` is a code of the pack's chain."""

    id: UUID
    known: Known
    status: Status
    custody: Custody
    tier: str = ""
    rung: str = ""
    confirmed: bool = False
    repeats: int = 0
    linked: tuple[UUID, ...] = ()
    reopened: int = 0
    offer: Offer | None = None
    accepted: Offer | None = None
    offers: int = 0
    returns: int = 0
    found_flags: tuple[str, ...] = ()
    arbiter: str | None = None
    arbitrated: bool = False
    barred: tuple[str, ...] = ()
    accused: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    clocks: tuple[CaseClock, ...] = ()
    findings: tuple[Finding, ...] = ()
    resolutions: tuple[Resolution, ...] = ()
    claims: tuple[ClaimSeen, ...] = ()
    customer_told: bool = False
    closing: Closing | None = None
    raised: tuple[Raised, ...] = ()
    raises: int = 0

    @property
    def units(self) -> frozenset[str]:
        """The units that may see it: recording, holding, offered, arbitrating, assisting."""
        if self.status is Status.NOT_A_COMPLAINT:
            return frozenset()
        beside = [self.offer.unit if self.offer else None, self.arbiter]
        own = {self.known.recording_unit, self.custody.unit, *(task.unit for task in self.tasks)}
        return frozenset(own | {unit for unit in beside if unit})

    @property
    def next_due_at(self) -> datetime | None:
        """The nearest due moment of a running clock."""
        dues = [each.due_at for each in self.clocks if each.due_at and each.clock.running]
        return min(dues, default=None)

    def seen_by(self, actor: Actor) -> bool:
        """Whether this actor may know of it."""
        return any(actor.sees(unit) for unit in self.units)

    def derived(self, what: str, number: int) -> UUID:
        """The id of the n-th offer, task … of this case: the same however often it is decided."""
        return uuid5(self.id, f"{what}:{number}")

    def clock(self, name: str) -> CaseClock | None:
        """The latest round of a clock."""
        return next((each for each in reversed(self.clocks) if each.clock.name == name), None)

    def resolution(self, resolution_id: UUID) -> Resolution | None:
        """The resolution with this id."""
        return next((each for each in self.resolutions if each.id == resolution_id), None)

    def task(self, task_id: UUID) -> Task | None:
        """The assistance task with this id."""
        return next((each for each in self.tasks if each.id == task_id), None)


def accuses(accused: tuple[str, ...], actor: Actor) -> bool:
    """Whether the actor, or a unit the actor belongs to, is among the accused (decision 23)."""
    return any(one == actor.id or any(covers(one, own) for own in actor.units) for one in accused)
