"""What would have been different under another pack: complaints decided again, and compared. Pure.

A past complaint is what was known of it and when things happened; a `Judge` decides it under one
pack. Equal questions are asked once: routing by its facts, authority by the atoms of the ladder, a
clock by its rule and calendar. That is what makes a year of complaints a matter of seconds.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.kernel.calendar import BeyondCalendar, Calendar
from shared.kernel.clocks import ClockRule
from shared.kernel.policy.authority import AuthorityFacts, NoAuthorityRow, Requirement, Verdict
from shared.kernel.policy.boxes import Within
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.proving_routing import BEGINNINGS
from shared.kernel.policy.routing import NowhereToGo, RoutingFacts
from shared.kernel.policy.words import Length

NOWHERE = "nowhere"
NOBODY = "nobody"


class Kind(StrEnum):
    """In what way a complaint fares otherwise."""

    ROUTED = "routed"  # another tier or unit
    APPROVED = "approved"  # somebody else decides what is given
    BREACHED = "breached"  # a clock that was kept is late
    SAVED = "saved"  # a clock that was late is kept
    COST = "cost"  # it costs the company another amount


@dataclass(frozen=True, slots=True, kw_only=True)
class PastClaim:
    """Something that was proposed. `beside_minor` counted beside it; `cost_minor` as entered."""

    remedy: str
    face_minor: int
    cost_minor: int
    beside_minor: int = 0
    flags: frozenset[str] = frozenset()
    proposer_roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastComplaint:
    """What was known of a complaint, and when what happened (by occurrence), seen until `until`."""

    reference: str
    facts: RoutingFacts
    received_at: datetime
    until: datetime
    happened: Mapping[str, datetime] = field(default_factory=dict)
    claims: tuple[PastClaim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How a claim is decided: `by` names the roles, `cost_minor` what it costs when it is given."""

    by: str
    row: str
    refused: bool
    cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """How one pack decides one complaint; `late` and `kept` are its clocks."""

    where: str
    row: str
    claims: tuple[Decided, ...]
    late: frozenset[str]
    kept: frozenset[str]

    @property
    def cost_minor(self) -> int:
        """What everything that is given costs."""
        return sum(claim.cost_minor for claim in self.claims if not claim.refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is otherwise under the draft."""

    kind: Kind
    before: str
    after: str
    by_minor: int = 0


class Judge:
    """Decides complaints under one pack and remembers what it was asked."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        bands = [row.when.on("exposure_minor") for row in pack.compensation.ladder]
        bands += [row.when.on("exposure_minor") for row in pack.compensation.settlements]
        limits = [row.limit_minor for row in pack.compensation.settlements]
        self._edges = sorted(_starts(bands) | {n + 1 for n in limits if n is not None})
        self._routes: dict[RoutingFacts, tuple[str, str, str]] = {}
        self._rules: dict[RoutingFacts, tuple[ClockRule, ...]] = {}
        self._needs: dict[AuthorityFacts, tuple[str, str, bool]] = {}
        self._remedies = {remedy.code: remedy for remedy in pack.compensation.remedies}
        self._calendars = {calendar.code: calendar for calendar in pack.calendars}

    def judge(self, complaint: PastComplaint, dues: "Dues") -> Judgement:
        """Where it goes, who decides its claims, which of its clocks are late."""
        facts = complaint.facts
        where, tier, row = self._route(facts)
        late, kept = self._clocks(complaint, dues)
        claims = tuple(self._decide(facts, tier, claim) for claim in complaint.claims)
        return Judgement(where=where, row=row, claims=claims, late=late, kept=kept)

    def _route(self, facts: RoutingFacts) -> tuple[str, str, str]:
        known = self._routes.get(facts)
        if known is None:
            known = self._routes[facts] = _routed(self.pack, facts)
        return known

    def _decide(self, facts: RoutingFacts, tier: str, claim: PastClaim) -> Decided:
        remedy = self._remedies.get(claim.remedy)
        if remedy is None:
            return Decided(by=NOBODY, row="", refused=True, cost_minor=0)
        cost = remedy.company_cost_minor(claim.face_minor, entered_minor=claim.cost_minor)
        exposure = claim.beside_minor + (cost if remedy.counts_in_exposure else 0)
        extra = claim.flags | {"extra_compensation"} if remedy.extra else claim.flags
        by, row, refused = self._needed(
            AuthorityFacts(
                exposure_minor=self._atom(exposure),
                proposer_roles=claim.proposer_roles,
                severity=facts.severity,
                tier=tier,
                complainant_type=facts.complainant_type,
                flags=extra,
            )
        )
        return Decided(by=by, row=row, refused=refused, cost_minor=cost)

    def _needed(self, facts: AuthorityFacts) -> tuple[str, str, bool]:
        known = self._needs.get(facts)
        if known is None:
            known = self._needs[facts] = _answered(self.pack, facts)
        return known

    def _atom(self, exposure_minor: int) -> int:
        """The first amount that no row of the pack can tell from this one."""
        place = bisect_right(self._edges, exposure_minor)
        return self._edges[place - 1] if place else 0

    def _clocks(
        self, complaint: PastComplaint, dues: "Dues"
    ) -> tuple[frozenset[str], frozenset[str]]:
        rules = self._rules.get(complaint.facts)
        if rules is None:
            rules = self._rules[complaint.facts] = tuple(_starting(self.pack, complaint.facts))
        late: set[str] = set()
        kept: set[str] = set()
        for rule in rules:
            on_time = dues.kept(rule, self._calendars[rule.calendar])
            if on_time is not None:
                (kept if on_time else late).add(rule.name)
        return frozenset(late), frozenset(kept)


class Dues:
    """The due moments of one complaint, each computed once for both packs."""

    __slots__ = ("_complaint", "_known")

    def __init__(self, complaint: PastComplaint) -> None:
        self._complaint = complaint
        self._known: dict[tuple[object, ...], bool | None] = {}

    def kept(self, rule: ClockRule, calendar: Calendar) -> bool | None:
        """Whether the clock was kept; None: it never ran, or nobody knows yet."""
        key = (rule.starts_on, rule.stops_on, rule.within, calendar.version)
        if key not in self._known:
            self._known[key] = self._computed(rule, calendar)
        return self._known[key]

    def _computed(self, rule: ClockRule, calendar: Calendar) -> bool | None:
        past = self._complaint
        start = past.happened.get(rule.starts_on)
        if start is None and rule.starts_on in {"received", "registered"}:
            start = past.received_at
        if start is None:
            return None
        ends = [at for on in rule.stops_on if (at := past.happened.get(on)) is not None]
        due = _due(calendar, start, rule.within)
        if due is None:
            return None
        if ends:
            return min(ends) <= due
        return False if due < past.until else None


def changes(before: Judgement, after: Judgement) -> Iterator[Change]:
    """Everything the second judgement says otherwise."""
    if before.where != after.where:
        yield Change(kind=Kind.ROUTED, before=before.where, after=after.where)
    for old, new in zip(before.claims, after.claims, strict=True):
        if old.by != new.by:
            yield Change(kind=Kind.APPROVED, before=old.by, after=new.by)
    for clock in sorted(after.late - before.late):
        yield Change(kind=Kind.BREACHED, before="", after=clock)
    for clock in sorted(before.late - after.late):
        yield Change(kind=Kind.SAVED, before=clock, after="")
    if before.cost_minor != after.cost_minor:
        by = after.cost_minor - before.cost_minor
        yield Change(kind=Kind.COST, before="", after="", by_minor=by)


def _routed(pack: Pack, facts: RoutingFacts) -> tuple[str, str, str]:
    try:
        routing = pack.escalation.route(facts)
    except NowhereToGo:
        return NOWHERE, "", ""
    kind = f" {routing.unit.kind}" if routing.unit.kind else ""
    return f"{routing.tier}: {routing.unit.where}{kind}", routing.tier, routing.row


def _answered(pack: Pack, facts: AuthorityFacts) -> tuple[str, str, bool]:
    try:
        requirement = pack.compensation.required_authority(facts)
    except NoAuthorityRow:
        return NOBODY, "", True
    return _deciding(requirement), requirement.row, requirement.verdict is Verdict.REFUSED


def _deciding(requirement: Requirement) -> str:
    match requirement.verdict:
        case Verdict.SETTLED:
            return f"{requirement.settled_by} alone"
        case Verdict.REFUSED:
            return "refused"
        case Verdict.APPROVAL:
            return " + ".join((*requirement.approvers, *requirement.reviewers))


def _starting(pack: Pack, facts: RoutingFacts) -> Iterator[ClockRule]:
    """The clocks that run from a complaint's beginning."""
    for section in (pack.intake, pack.escalation, pack.followup):
        for rule in section.clocks:
            if rule.starts_on in BEGINNINGS and rule.when.holds(facts):
                yield rule


def _starts(bands: Sequence[object]) -> set[int]:
    """The first amount of every stretch that the bands cut."""
    found = {band.low for band in bands if isinstance(band, Within)}
    ends = [band.high for band in bands if isinstance(band, Within)]
    return found | {end + 1 for end in ends if end is not None}


def _due(calendar: Calendar, start: datetime, within: Length) -> datetime | None:
    try:
        return calendar.due(start, seconds=calendar.allowance(start, within))
    except BeyondCalendar:
        return None
