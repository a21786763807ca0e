"""What is looked at over many cases: reports and their readers, measures, training, documents."""

from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.policy.organisation import Post
from shared.kernel.policy.words import Length, Row, Word


class Period(StrEnum):
    """How often something comes round."""

    SHIFT = "shift"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    EVENT = "event"  # whenever what it is about happens


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Row):
    """A report that somebody owes at the end of each period (AUTO-51, TELE-21).

    `holds` are the tables it is made of; `grace` is counted on `calendar` after the period's end;
    `signed_by` reads and signs it, `decided_by` writes a decision on it (TELE-22).
    """

    code: str
    every: Period
    author: Post
    recipients: tuple[Post, ...]
    holds: tuple[Word, ...]
    calendar: str
    grace: Length | None = None
    signed_by: Post | None = None
    decided_by: Post | None = None


class Unit(StrEnum):
    """What a measure counts in."""

    COUNT = "count"
    BASIS_POINTS = "basis_points"
    MINOR = "minor"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Row):
    """Something that is counted, and the value aimed at where the policy names one."""

    code: str
    unit: Unit
    target: int | None = None
    lower_is_better: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme(Row):
    """Training and meetings: for which roles, how often, about what (STAF-47 … 51)."""

    code: str
    every: Period
    roles: frozenset[str]
    topics: tuple[Word, ...]
    assessed: bool = False
    from_causes: bool = False
    """What is taught follows from the causes of complaints (RETL-33)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDocument(Row):
    """A document that must be there in its latest version (MALL-07, TELE-29, RETL-02)."""

    code: str
    keeper: Post
    per_unit: bool = False
