"""A policy pack: one organisation's complaint policy in one version, in memory, proved before it is
used.
"""

from dataclasses import dataclass

from shared.kernel.calendar import Calendar
from shared.kernel.policy.authority import Ranks
from shared.kernel.policy.compensation import CompensationPolicy
from shared.kernel.policy.escalation import EscalationPolicy
from shared.kernel.policy.followup import FollowupPolicy
from shared.kernel.policy.intake import IntakePolicy
from shared.kernel.policy.overseeing import KeptDocument, Measure, Programme, Report
from shared.kernel.policy.words import Row, Text, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class PackRef:
    """Which policy in which version: what travels on facts and journal rows. `hash` is 64 hex
    digits.
    """

    pack: str
    version: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Word):
    """A role. `rank` orders those who may stand in for a lower one; None stands for itself only
    (finance, audit).
    """

    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitKind(Word):
    """A kind of unit: store, service desk, legal department."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis(Word):
    """One way to classify a complaint, independent of the others: category, workflow, cause …"""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance(Row):
    """A text shown to the person who handles (MALL-24, AUTO-53). Never automated."""

    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One policy in one version, with an organisation's required values filled in; the hash covers
    both.
    """

    id: str
    version: str
    effective_from: str
    hash: str
    label: Text
    currency: str
    timezone: str
    roles: tuple[Role, ...]
    unit_kinds: tuple[UnitKind, ...]
    axes: tuple[Axis, ...]
    calendars: tuple[Calendar, ...]
    intake: IntakePolicy
    escalation: EscalationPolicy
    compensation: CompensationPolicy
    followup: FollowupPolicy
    guidance: tuple[Guidance, ...] = ()
    reports: tuple[Report, ...] = ()
    measures: tuple[Measure, ...] = ()
    programmes: tuple[Programme, ...] = ()
    documents: tuple[KeptDocument, ...] = ()

    @property
    def ref(self) -> PackRef:
        """What travels on facts and journal rows."""
        return PackRef(pack=self.id, version=self.version, hash=self.hash)

    @property
    def ranks(self) -> Ranks:
        """Which role may stand in for which: `pack.ranks.fills(held, needed)`."""
        return self.compensation.ranks

    def calendar(self, code: str) -> Calendar:
        """The calendar with this code. Raises KeyError; a checked pack refers to none it does not
        have.
        """
        return next((known for known in self.calendars if known.code == code), None) or _no(code)

    def axis(self, code: str) -> tuple[Word, ...]:
        """The words of one axis; () when the pack does not have it."""
        return next((axis.words for axis in self.axes if axis.code == code), ())


def _no(code: str) -> Calendar:
    raise KeyError(code)
