"""What escalation needs to know of a policy: tiers, routing, custody, the chain of command, clocks,
closing.
"""

from dataclasses import dataclass, field

from shared.kernel.clocks import ClockRule
from shared.kernel.policy.boxes import Box
from shared.kernel.policy.handling import HandlingPolicy, Lane, Playbook
from shared.kernel.policy.organisation import Post
from shared.kernel.policy.routing import Routing, RoutingFacts, RoutingRow
from shared.kernel.policy.routing import route as _route
from shared.kernel.policy.words import Row, Word

ROUTES_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReason(Word):
    """Why a case may be given back (MALL-44); `needs_duty`: the giver must cite whose duty it
    is.
    """

    needs_duty: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyPolicy(Row):
    """Hand-over is offer → accept. `clock` bounds the acceptance; a return must come within
    `return_within_seconds` of the offer; after `returns_max` returns the arbiter decides, and there
    is no further return.
    """

    clock: str
    return_reasons: tuple[ReturnReason, ...]
    return_within_seconds: int
    returns_max: int
    arbiter: Post
    exchange: tuple[str, ...] = ()
    """Codes of the data both sides leave each other at a hand-over (MALL-44)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung(Row):
    """One rung of the chain of command: who holds a case of this tier, and which rung is above
    it.
    """

    code: str
    tier: str
    holder: Post
    above: str | None
    """The code of the next rung; None at the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityRow(Row):
    """In this box Kesu suggests this severity; a person confirms it."""

    when: Box
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Row):
    """One thing that must be so before a case closes; `code` is one of `vocabulary.GATES`."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingPolicy:
    """The close gate: what is asked for, and the words to choose from.

    `flags` are the yes/no outcome questions of the pack (AUTO-49); `questions` the closing
    questions.
    """

    gates: tuple[Gate, ...]
    outcomes: tuple[Word, ...]
    causes: tuple[Word, ...]
    questions: tuple[Word, ...] = ()
    flags: tuple[Word, ...] = ()

    def missing(self, met: frozenset[str]) -> tuple[Gate, ...]:
        """The gates not met yet. `met` holds gate codes; what the pack does not ask for is not
        missing.
        """
        return tuple(gate for gate in self.gates if gate.code not in met)

    def asks(self, gate: str) -> bool:
        """Whether the pack has this gate."""
        return any(known.code == gate for known in self.gates)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationPolicy:
    """Escalation's section of a pack. `tiers` and `severities` are ordered from low to high."""

    tiers: tuple[Word, ...]
    severities: tuple[Word, ...]
    routing: tuple[RoutingRow, ...]
    severity: tuple[SeverityRow, ...]
    custody: CustodyPolicy
    chain: tuple[Rung, ...]
    clocks: tuple[ClockRule, ...]
    closing: ClosingPolicy
    task_kinds: tuple[Word, ...]
    assistance_by: str
    """The role of the handling unit that may ask another unit for help (MALL-37); "" = whoever
    holds it.
    """
    reopened_up: bool = True
    """A reopened case goes one rung up, to another handler (decision 25)."""
    handling: HandlingPolicy = field(default_factory=HandlingPolicy)
    _routes: dict[RoutingFacts, Routing] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def route(self, facts: RoutingFacts) -> Routing:
        """Where a complaint goes, and why. Raises NowhereToGo in a gap.

        Remembered by its facts: they are few words of the pack, and a case is routed twice when it
        opens.
        """
        found = self._routes.get(facts)
        if found is None:
            found = _route(self.routing, tuple(tier.code for tier in self.tiers), facts)
            if len(self._routes) >= ROUTES_MAX:
                self._routes.clear()
            self._routes[facts] = found
        return found

    def rung_of(self, tier: str) -> Rung | None:
        """The lowest rung of a tier."""
        return next((rung for rung in self.chain if rung.tier == tier), None)

    def rung(self, code: str) -> Rung | None:
        """The rung with this code."""
        return next((rung for rung in self.chain if rung.code == code), None)

    def above(self, rung: str) -> Rung | None:
        """The rung above this one; None at the top or when there is no such rung."""
        here = self.rung(rung)
        return self.rung(here.above) if here and here.above else None

    def clock(self, name: str) -> ClockRule | None:
        """The clock rule with this name, or None."""
        return next((rule for rule in self.clocks if rule.name == name), None)

    def clocks_on(self, occurrence: str, facts: RoutingFacts) -> tuple[ClockRule, ...]:
        """The clocks that this occurrence starts for such a complaint."""
        return tuple(r for r in self.clocks if r.starts_on == occurrence and r.when.holds(facts))

    def suggested_severity(self, facts: RoutingFacts) -> SeverityRow | None:
        """The severity row that fires first, or None: the pack suggests nothing."""
        return next((row for row in self.severity if row.when.holds(facts)), None)

    def lane(self, facts: RoutingFacts) -> Lane | None:
        """The first fast lane that such a complaint takes, or None (TELE-14, PROP-10, STAF-35)."""
        return next((lane for lane in self.handling.lanes if lane.when.holds(facts)), None)

    def playbook(self, facts: RoutingFacts) -> Playbook | None:
        """The first playbook for such a complaint, or None (STAF-26 … 30)."""
        return next((book for book in self.handling.playbooks if book.when.holds(facts)), None)

    def least_role(self, facts: RoutingFacts) -> str | None:
        """The role that whoever handles such a complaint must at least hold (CLUB-02)."""
        rows = self.handling.eligibility
        return next((row.role for row in rows if row.when.holds(facts)), None)
