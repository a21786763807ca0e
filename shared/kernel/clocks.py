"""A clock is a named promise of time: a fold over facts that can explain every counted minute.

The rule is data of the pack; what happened is a list of `ClockFact`; `Clock` is their fold; when it
is due follows from the fold and a calendar, and is never stored as truth. Timers have names:
`clock:<name>:warn:<percent>`, `clock:<name>:due`, `clock:<name>:step:<number>` and
`clock:<name>:resume` (a pause reaches its cap).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.organisation import Post
from shared.kernel.policy.words import Length, Row, Text


class StepDoes(StrEnum):
    """What a step after a breach does."""

    ESCALATE = "escalate"  # one rung up the chain of command
    NOTIFY = "notify"  # tell the post, the case stays


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep:
    """A step after the breach, `after_seconds` of open time after the due moment (0: at once).
    Happens once per round.

    `to` is whom a notice tells; an escalation without `to` takes the next rung of the chain.
    """

    number: int
    after_seconds: int
    does: StepDoes
    to: Post | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseReason:
    """A coded reason to stop counting; all pauses for it together last at most `cap_seconds` of
    real time.
    """

    code: str
    label: Text
    cap_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule(Row):
    """One named clock of a pack. `owner` answers for it; `when` says which complaints have it.

    `starts_on` and `stops_on` are `vocabulary.OCCURRENCES`. `warn_at` are percentages of the
    allowed time.
    """

    name: str
    starts_on: str
    stops_on: frozenset[str]
    within: Length
    calendar: str
    owner: Post
    when: Box = field(default_factory=Box)
    warn_at: tuple[int, ...] = ()
    pauses: tuple[PauseReason, ...] = ()
    steps: tuple[ClockStep, ...] = ()

    def pause(self, reason: str) -> PauseReason | None:
        """The coded reason to pause, or None: this clock does not pause for it."""
        return next((known for known in self.pauses if known.code == reason), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStarted:
    """Counting began. `allowed_seconds` of open time were granted on this calendar version."""

    clock: str
    round: int
    at: datetime
    row: str
    calendar: str
    calendar_version: str
    allowed_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPaused:
    clock: str
    round: int
    at: datetime
    reason: str
    by: str
    until: datetime
    """When the cap is reached and counting resumes by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockResumed:
    clock: str
    round: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMet:
    """What the clock waited for happened, in time or not."""

    clock: str
    round: int
    at: datetime
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCancelled:
    """The clock ended without having been met: the complaint was withdrawn, the offer replaced."""

    clock: str
    round: int
    at: datetime
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWarned:
    clock: str
    round: int
    at: datetime
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBreached:
    """The due moment passed. `due_at` is when it should have been, `at` when Kesu noticed."""

    clock: str
    round: int
    at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStepTaken:
    clock: str
    round: int
    at: datetime
    step: int
    does: StepDoes


ClockFact: TypeAlias = (
    ClockStarted
    | ClockPaused
    | ClockResumed
    | ClockMet
    | ClockCancelled
    | ClockWarned
    | ClockBreached
    | ClockStepTaken
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of one clock's life. `until` None: still going on. Counted only when `reason` is
    "".
    """

    since: datetime
    until: datetime | None
    reason: str = ""
    by: str = ""

    @property
    def counted(self) -> bool:
        """Whether this stretch counts (on the calendar's open time)."""
        return not self.reason


@dataclass(frozen=True, kw_only=True)  # no slots: replaced at every event
class Clock:
    """One clock of one case in one round, folded from its facts."""

    name: str
    round: int
    row: str
    calendar: str
    calendar_version: str
    allowed_seconds: int
    started_at: datetime
    segments: tuple[Segment, ...]
    paused_until: datetime | None = None
    ended_at: datetime | None = None
    met: bool = False
    breached_at: datetime | None = None
    warned: tuple[int, ...] = ()
    steps: tuple[int, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it has neither been met nor cancelled (it may be paused)."""
        return self.ended_at is None

    @property
    def paused(self) -> bool:
        """Whether it stands still for a coded reason."""
        return self.running and not self.segments[-1].counted

    def end_of(self, segment: Segment, at: datetime) -> datetime:
        """Where a stretch ends, seen at `at`: an open one ends with the clock, or now."""
        return segment.until or max(self.ended_at or at, segment.since)
