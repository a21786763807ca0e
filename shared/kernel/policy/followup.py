"""What followup needs to know of a policy: what we owe the complainant after the first word."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.kernel.clocks import ClockRule
from shared.kernel.policy.boxes import Box
from shared.kernel.policy.contacting import ContactPolicy
from shared.kernel.policy.routing import RoutingFacts
from shared.kernel.policy.words import Row, Text, Word


class CallbackGate(StrEnum):
    """Whether a callback must be settled before the case closes, or follows the closing (decision
    25).
    """

    BEFORE_CLOSE = "before_close"
    AFTER_CLOSE = "after_close"
    NONE = "none"  # has no case: after a service visit


class QuestionType(StrEnum):
    SCORE = "score"
    CHOICE = "choice"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Row):
    """A notice to the complainant when `on` happens; `body` may name {reference}, {due} and {unit},
    nothing else.
    """

    code: str
    on: str
    body: Text
    clock: str | None = None
    """The clock that this notice meets: acknowledgement, progress, reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRule(Row):
    """A complaint passed on by a hotline is answered in writing, with process and result, under
    this clock.
    """

    channels: frozenset[str]
    clock: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours(Row):
    """When nobody is called, in local minutes of the day; may run over midnight."""

    from_minute: int
    to_minute: int

    def holds(self, minute: int) -> bool:
        """Whether this minute of the day is quiet."""
        if self.from_minute <= self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Row):
    """One question of a questionnaire. A score runs from `low` to `high`; `counts` enters the
    total.
    """

    code: str
    type: QuestionType
    low: int = 1
    high: int = 5
    words: tuple[Word, ...] = ()
    required: bool = True
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """The questions of one campaign. Dissatisfied: any counted score at or below
    `dissatisfied_max`.
    """

    code: str
    label: Text
    questions: tuple[Question, ...]
    dissatisfied_max: int

    def dissatisfied(self, scores: dict[str, int]) -> bool:
        """Whether these answers call for work (decision 25)."""
        counted = {question.code for question in self.questions if question.counts}
        return any(s <= self.dissatisfied_max for code, s in scores.items() if code in counted)

    def problems(self, scores: dict[str, int]) -> tuple[str, ...]:
        """Codes of questions whose score is missing, unknown or outside its scale."""
        asked = {q.code: q for q in self.questions if q.type is QuestionType.SCORE}
        missing = {code for code, q in asked.items() if q.required and code not in scores}
        unknown = scores.keys() - asked.keys()
        outside = {
            c for c, s in scores.items() if c in asked and not asked[c].low <= s <= asked[c].high
        }
        return tuple(sorted(missing | unknown | outside))


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(Row):
    """Callbacks of one kind (AUTO-65): what triggers them, until when, how often we try, who is
    left out.
    """

    code: str
    triggers: frozenset[str]
    complainant_types: frozenset[str]
    """Empty: everybody."""
    clock: str
    """The clock that says within what time and on which calendar, and what happens when it
    passes.
    """
    gate: CallbackGate
    questionnaire: str
    attempts_max: int
    attempts_apart_seconds: int
    exclusions: tuple[Word, ...]
    role: str
    """Who calls."""
    when: Box = field(default_factory=Box)
    """Which complaints it is about (RETL-34); a service visit has nothing to test."""
    rest_seconds: int = 0
    """How long after the trigger nobody calls yet (Q39)."""

    def wants(
        self, occurrence: str, complainant_type: str, facts: RoutingFacts | None = None
    ) -> bool:
        """Whether this occurrence arms a callback for such a complainant and complaint."""
        meant = not self.complainant_types or complainant_type in self.complainant_types
        fits = self.when.holds(facts or RoutingFacts())
        return meant and fits and occurrence in self.triggers


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowupPolicy:
    """Followup's section of a pack."""

    timezone: str
    notices: tuple[Notice, ...]
    reply: ReplyRule | None
    quiet: QuietHours
    questionnaires: tuple[Questionnaire, ...]
    campaigns: tuple[Campaign, ...]
    clocks: tuple[ClockRule, ...]
    contact: ContactPolicy = field(default_factory=ContactPolicy)

    def campaigns_on(
        self, occurrence: str, complainant_type: str, facts: RoutingFacts | None = None
    ) -> tuple[Campaign, ...]:
        """The campaigns that this occurrence arms."""
        return tuple(c for c in self.campaigns if c.wants(occurrence, complainant_type, facts))

    def campaign(self, code: str) -> Campaign | None:
        """The campaign with this code, or None."""
        return next((known for known in self.campaigns if known.code == code), None)

    def questionnaire(self, code: str) -> Questionnaire | None:
        """The questionnaire with this code, or None."""
        return next((known for known in self.questionnaires if known.code == code), None)

    def notices_on(self, occurrence: str) -> tuple[Notice, ...]:
        """The notices that this occurrence sends."""
        return tuple(notice for notice in self.notices if notice.on == occurrence)

    def clock(self, name: str) -> ClockRule | None:
        """The clock rule with this name, or None."""
        return next((rule for rule in self.clocks if rule.name == name), None)

    def callable_at(self, at: datetime) -> datetime:
        """The first moment from `at` on at which somebody may be called: not in quiet hours."""
        local = at.astimezone(ZoneInfo(self.timezone))
        if not self.quiet.holds(local.hour * 60 + local.minute):
            return at
        start = local.replace(hour=0, minute=0, second=0, microsecond=0)
        end = start + timedelta(minutes=self.quiet.to_minute)
        return (end if end > local else end + timedelta(days=1)).astimezone(at.tzinfo)
