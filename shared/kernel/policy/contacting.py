"""How we stay in touch beyond notices and callbacks: acceptance, silence, plans, surveys."""

from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.words import Length, Row, Text, Word


class Form(StrEnum):
    """How acceptance is shown (F45)."""

    ORAL = "oral"
    WRITTEN = "written"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceRow(Row):
    """In this box acceptance is shown in one of these forms (TELE-10, TELE-18, Q34)."""

    when: Box
    forms: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRule(Row):
    """How soon and how a complaint that came in by one of these channels is answered (PROP-28,
    PROP-29).
    """

    channels: frozenset[str]
    clock: str
    by: frozenset[str]
    """The channels that an answer may take: `phone`, `letter`, `email`."""
    status_counts: bool = False
    """An interim answer counts when it says plan and time (Q35)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRule(Row):
    """A complainant from whom nothing is heard is contacted and asked (STAF-38)."""

    after: Length
    calendar: str
    role: str
    attempts_max: int
    body: Text


class Occasion(StrEnum):
    """What a contact plan is about."""

    REGULAR = "regular"
    BIRTHDAY = "birthday"
    FESTIVAL = "festival"
    ANNIVERSARY = "anniversary"
    PROMOTION = "promotion"
    VISIT = "visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPlan(Row):
    """Contact without a complaint, only with consent (STAF-68, STAF-69, AUTO-68, TELE-25).

    `every` is the interval of a regular contact; the other occasions have their day.
    """

    code: str
    occasion: Occasion
    complainant_types: frozenset[str]
    role: str
    body: Text
    every: Length | None = None
    questionnaire: str | None = None
    consent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyRule(Row):
    """How opinions are asked for (TELE-25), and where what was learnt goes (TELE-26)."""

    methods: tuple[Word, ...]
    roles: frozenset[str]
    corrective: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPolicy:
    """The part of followup's section beyond one complaint. All of it may be left out."""

    acceptance: tuple[AcceptanceRow, ...] = ()
    answers: tuple[AnswerRule, ...] = ()
    silence: SilenceRule | None = None
    plans: tuple[ContactPlan, ...] = ()
    survey: SurveyRule | None = None
