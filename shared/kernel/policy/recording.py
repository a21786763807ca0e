"""What is written down and for how long: evidence that expires, codes that need something first,
who a receiver says to be.
"""

from dataclasses import dataclass

from shared.kernel.policy.words import Length, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSource(Row):
    """A place evidence comes from, and how long it stays there (TELE-20, RETL-21, F38).

    `kept` None: it does not expire. `remind` is how long before its end somebody is told.
    """

    code: str
    kind: str
    kept_months: int | None = None
    kept: Length | None = None
    remind: Length | None = None
    required_if_any: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRule(Row):
    """A code of an axis that needs something first: form fields that are filled (PROP-03, Q37), or
    something that happened (Q29). Until then the code stands as pending.

    `before` are the codes it may be promoted from; empty: from any (PROP-06).
    """

    axis: str
    code: str
    before: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    after: str = ""
    reason: bool = True
    keeps_clocks: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffIdentity(Row):
    """What a receiver tells about themselves: `alias`, `position`, `name` (CLUB-09, STAF-39)."""

    shows: frozenset[str]
    company_contact_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordClass(Row):
    """How long one class of records is kept at least after closing, and who decides what comes
    then (MALL-39).
    """

    code: str
    years: int
    disposed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPolicy:
    """The part of intake's section about the file. All of it may be left out."""

    sources: tuple[EvidenceSource, ...] = ()
    code_rules: tuple[CodeRule, ...] = ()
    identity: StaffIdentity | None = None
    classes: tuple[RecordClass, ...] = ()
    consent_for: frozenset[str] = frozenset()
    """Flags that make the complainant's consent a condition (STAF-37)."""
    demand_confirmed: bool = False
    """The demand is restated and confirmed before work starts (RETL-14, STAF-18)."""
