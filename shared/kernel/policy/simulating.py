"""What would have been different under another pack: complaints decided again, and compared. Pure.

A past complaint is what was known of it and when things happened; a `Judge` decides it under one
pack. Equal questions are asked once: routing by the facts that its rows test, authority by the
stretches of the ladder that no row tells apart, a clock by its rule and calendar. So a year of
complaints takes seconds; judgements are tuples for the same reason.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.kernel.calendar import BeyondCalendar, Calendar
from shared.kernel.clocks import ClockRule
from shared.kernel.policy.authority import AuthorityFacts, NoAuthorityRow, Requirement, Verdict
from shared.kernel.policy.boxes import Within
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.proving_routing import BEGINNINGS
from shared.kernel.policy.routing import NowhereToGo, RoutingFacts
from shared.kernel.policy.vocabulary import FLAGS

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


class Decided(NamedTuple):
    """How a claim is decided: `by` names the roles, `cost_minor` what it costs when it is given."""

    by: str
    row: str
    refused: bool
    cost_minor: int


class Judgement(NamedTuple):
    """How one pack decides one complaint; `late` and `kept` are its clocks."""

    where: str
    row: str
    claims: tuple[Decided, ...]
    late: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def cost_minor(self) -> int:
        """What everything that is given costs."""
        return sum(claim.cost_minor for claim in self.claims if not claim.refused)


class Running(NamedTuple):
    """A clock that runs from a complaint's beginning; equal ones of two packs share a `key`."""

    key: int
    rule: ClockRule
    calendar: Calendar
    ends: dict[date, datetime | None]
    """When whole days end, by the local day the clock starts."""


class Known(NamedTuple):
    """What a pack says of all complaints of the same facts."""

    where: str
    tier: str
    row: str
    clocks: tuple[Running, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is otherwise under the draft."""

    kind: Kind
    before: str
    after: str
    by_minor: int = 0


class Judge:
    """Decides complaints under one pack and remembers what it was asked.

    `keys` numbers the clocks; give two judges the same one and a clock that is alike under both
    packs is computed once.
    """

    def __init__(self, pack: Pack, keys: dict[Hashable, int]) -> None:
        self.pack = pack
        self._keys = keys
        bands = [row.when.on("exposure_minor") for row in pack.compensation.ladder]
        bands += [row.when.on("exposure_minor") for row in pack.compensation.settlements]
        limits = [row.limit_minor for row in pack.compensation.settlements]
        self._edges = sorted(_starts(bands) | {n + 1 for n in limits if n is not None})
        self._ends: dict[int, dict[date, datetime | None]] = {}
        axes = _tested(pack)
        self._flags = axes & FLAGS
        self._asked = attrgetter("kind", "channel", *sorted(axes - FLAGS - {"kind", "channel"}))
        self._known: dict[Hashable, Known] = {}
        self._needs: dict[Hashable, tuple[str, str, bool]] = {}
        self._remedies = {remedy.code: remedy for remedy in pack.compensation.remedies}

    def judge(self, complaint: PastComplaint, dues: dict[int, bool | None]) -> Judgement:
        """Where it goes, who decides its claims, which of its clocks are late.

        `dues` keeps, by key, the clocks of this complaint that were computed already.
        """
        facts = complaint.facts
        alike = self._asked(facts), facts.flags & self._flags
        known = self._known.get(alike)
        if known is None:
            known = self._known[alike] = self._learnt(facts)
        late: list[str] = []
        kept: list[str] = []
        for running in known.clocks:
            key = running.key
            if key not in dues:
                dues[key] = _kept(complaint, running)
            if (on_time := dues[key]) is not None:
                (kept if on_time else late).append(running.rule.name)
        claims = tuple([self._decide(facts, known.tier, claim) for claim in complaint.claims])
        return Judgement(known.where, known.row, claims, tuple(late), tuple(kept))

    def _learnt(self, facts: RoutingFacts) -> Known:
        calendars = {calendar.code: calendar for calendar in self.pack.calendars}
        running = []
        for rule in _starting(self.pack, facts):
            calendar = calendars[rule.calendar]
            alike = (rule.starts_on, rule.stops_on, rule.within, calendar.version)
            key = self._keys.setdefault(alike, len(self._keys))
            running.append(Running(key, rule, calendar, self._ends.setdefault(key, {})))
        return Known(*_routed(self.pack, facts), tuple(running))

    def _decide(self, facts: RoutingFacts, tier: str, claim: PastClaim) -> Decided:
        remedy = self._remedies.get(claim.remedy)
        if remedy is None:
            return Decided(NOBODY, "", True, 0)
        cost = remedy.company_cost_minor(claim.face_minor, entered_minor=claim.cost_minor)
        exposure = claim.beside_minor + (cost if remedy.counts_in_exposure else 0)
        place = bisect_right(self._edges, exposure)
        flags, roles = claim.flags, claim.proposer_roles
        who = facts.severity, facts.complainant_type, tier
        key = (place, remedy.extra, flags, roles, who)
        answer = self._needs.get(key)
        if answer is None:
            extra = flags | {"extra_compensation"} if remedy.extra else flags
            asked = AuthorityFacts(
                exposure_minor=self._edges[place - 1] if place else 0,
                proposer_roles=roles,
                severity=facts.severity,
                tier=tier,
                complainant_type=facts.complainant_type,
                flags=extra,
            )
            answer = self._needs[key] = _answered(self.pack, asked)
        return Decided(*answer, cost)


def _kept(past: PastComplaint, running: Running) -> bool | None:
    """Whether the clock was kept; None: it never ran, or nobody knows yet."""
    happened, rule = past.happened, running.rule
    start = happened.get(rule.starts_on)
    if start is None and rule.starts_on in {"received", "registered"}:
        start = past.received_at
    due = None if start is None else due_of(running, start)
    if due is None:
        return None
    ends = [happened[on] for on in rule.stops_on if on in happened]
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
    for clock in sorted(set(after.late) - set(before.late)):
        yield Change(kind=Kind.BREACHED, before="", after=clock)
    for clock in sorted(set(before.late) - set(after.late)):
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


def _tested(pack: Pack) -> frozenset[str]:
    """The axes that routing and these clocks look at; complaints alike on them fare alike."""
    sections = (pack.intake, pack.escalation, pack.followup)
    clocks = [rule.when for section in sections for rule in section.clocks]
    boxes = [*clocks, *(row.when for row in pack.escalation.routing)]
    return frozenset(test.axis for box in boxes for test in box.tests)


def _starts(bands: Sequence[object]) -> set[int]:
    """The first amount of every stretch that the bands cut."""
    found = {band.low for band in bands if isinstance(band, Within)}
    ends = [band.high for band in bands if isinstance(band, Within)]
    return found | {end + 1 for end in ends if end is not None}


def due_of(running: Running, start: datetime) -> datetime | None:
    """When a clock that starts then is due; None: beyond what its calendar knows."""
    rule, calendar, ends = running.rule, running.calendar, running.ends
    try:
        if not rule.within.days:
            return calendar.due(start, seconds=rule.within.seconds)
        day = start.astimezone(ZoneInfo(calendar.timezone)).date()
        if day not in ends:
            ends[day] = calendar.end_of_day(start, days=rule.within.days)
        return ends[day]
    except BeyondCalendar:
        return None
