"""Who confirms a record, and the clock that waits for it (MALL-33, decisions 16 and 18)."""

from datetime import datetime

from services.intake_service.domain.complaint import Complaint
from shared.kernel import ticking
from shared.kernel.calendar import BeyondCalendar
from shared.kernel.clocks import ClockFact, ClockRule
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.routing import RoutingFacts

STOPS = "confirmed"
FROM_RECEIPT = "received"


def must_await(pack: Pack, kind: str) -> bool:
    """Whether a record of this kind waits for a person; only complaints do."""
    known = pack.intake.kind(kind)
    return bool(known and known.is_complaint) and pack.intake.confirmation.required


def may_confirm(pack: Pack, roles: frozenset[str]) -> bool:
    """Whether one of the roles is the confirming one or ranks above it."""
    wanted = pack.intake.confirmation.role
    ranks = {role.code: role.rank for role in pack.roles}
    least = ranks.get(wanted)
    if wanted in roles or least is None:
        return wanted in roles
    return any((ranks.get(role) or least) > least for role in roles)


def started(pack: Pack, state: Complaint, *, at: datetime) -> list[ClockFact]:
    """The confirmation clock begins, if the pack has one for such a complaint."""
    rule = next((rule for rule in pack.intake.clocks if _for_us(rule, state)), None)
    if rule is None:
        return []
    since = state.received_at if rule.starts_on == FROM_RECEIPT else at
    try:
        return [ticking.start(rule, pack.calendar(rule.calendar), at=since)]
    except BeyondCalendar:
        return [ticking.start(rule, pack.calendar(rule.calendar), at=at)]


def met(pack: Pack, state: Complaint, *, at: datetime) -> list[ClockFact]:
    """The clock, if one runs, has what it waited for."""
    if state.clock is None:
        return []
    calendar = pack.calendar(state.clock.calendar)
    return ticking.meet(state.clock, calendar, at=at, on=STOPS)


def cancelled(state: Complaint, *, at: datetime) -> list[ClockFact]:
    """The clock lost its purpose: the complaint was withdrawn."""
    return [] if state.clock is None else ticking.cancel(state.clock, at=at, on="withdrawn")


def ticked(pack: Pack, state: Complaint, *, at: datetime) -> list[ClockFact]:
    """Everything the passing of time has said and nobody recorded yet."""
    rule = _rule_of(pack, state)
    if rule is None or state.clock is None:
        return []
    return ticking.overdue(state.clock, rule, pack.calendar(rule.calendar), at=at)


def timers(state: Complaint, pack: Pack, _other: Complaint | None = None) -> dict[str, datetime]:
    """The moments the clock still waits for, by name."""
    rule = _rule_of(pack, state)
    if rule is None or state.clock is None:
        return {}
    return ticking.timers(state.clock, rule, pack.calendar(rule.calendar))


def _rule_of(pack: Pack, state: Complaint) -> ClockRule | None:
    if state.clock is None:
        return None
    name = state.clock.name
    return next((rule for rule in pack.intake.clocks if rule.name == name), None)


def _for_us(rule: ClockRule, state: Complaint) -> bool:
    facts = RoutingFacts(
        kind=state.kind,
        channel=state.channel,
        complainant_type=state.complainant_type,
        category=state.classification.get("category", ""),
        workflow=state.classification.get("workflow", ""),
        severity=state.severity or "",
        flags=frozenset(state.flags),
    )
    return STOPS in rule.stops_on and rule.when.holds(facts)
