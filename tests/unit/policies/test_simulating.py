"""What a draft would change: exactly what lies between the two packs, and nothing when alike."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kesu.policing._generating import generated
from shared.kernel.calendar import Calendar
from shared.kernel.clocks import ClockRule
from shared.kernel.policy.authority import LadderRow
from shared.kernel.policy.boxes import Box, Within
from shared.kernel.policy.comparing import Comparison, compare
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.references import clocks_of
from shared.kernel.policy.routing import RoutingFacts
from shared.kernel.policy.simulating import (
    Judge,
    Kind,
    PastClaim,
    PastComplaint,
    Running,
    due_of,
)
from shared.kernel.policy.words import Length
from tests.support.packs import PACKS
from tests.unit.policies.starter import loaded

STARTER, _ = loaded()
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def complaint(
    *cents: int, flags: frozenset[str] = frozenset(), hours: float = 1, **facts: object
) -> PastComplaint:
    claims, beside = [], 0
    for amount in cents:
        claims.append(
            PastClaim(
                remedy="cash",
                face_minor=amount,
                cost_minor=amount,
                beside_minor=beside,
                proposer_roles=frozenset({"clerk"}),
            )
        )
        beside += amount
    known = RoutingFacts(channel="desk", complainant_type="customer", flags=flags)
    return PastComplaint(
        reference=f"KS-{sum(cents)}",
        facts=replace(known, **facts),  # type: ignore[arg-type]
        received_at=AT,
        until=AT + timedelta(days=30),
        happened={"received": AT, "resolution_accepted": AT + timedelta(hours=hours)},
        claims=tuple(claims),
    )


def with_limit(pack: Pack, minor: int) -> Pack:
    """The pack whose store manager approves up to this amount."""
    store, general, beyond = pack.compensation.ladder
    rows = (
        banded(store, 0, minor),
        banded(general, minor + 1, 5_000_000),
        beyond,
    )
    return replace(pack, compensation=replace(pack.compensation, ladder=rows))


def banded(row: LadderRow, low: int, high: int) -> LadderRow:
    return replace(row, when=Box((Within("exposure_minor", low, high),)))


def found(comparison: Comparison, kind: Kind) -> dict[tuple[str, str], list[str]]:
    return {(n.before, n.after): n.references for n in comparison.lines() if n.kind is kind}


def test_a_lower_limit_changes_exactly_the_amounts_in_between() -> None:
    amounts = (149_999, 150_000, 150_001, 199_999, 200_000, 200_001, 5_000_001)
    past = [complaint(amount) for amount in amounts]
    comparison = compare(STARTER, with_limit(STARTER, 150_000), past, examples_max=None)
    moved = found(comparison, Kind.APPROVED)
    assert moved == {("store_manager", "general_manager"): ["KS-150001", "KS-199999", "KS-200000"]}
    assert comparison.otherwise == 3
    assert {line.kind for line in comparison.lines()} == {Kind.APPROVED}


def test_what_counts_beside_a_claim_counts_under_the_draft_too() -> None:
    split = complaint(100_000, 60_000)
    comparison = compare(STARTER, with_limit(STARTER, 150_000), [split])
    assert list(found(comparison, Kind.APPROVED).values()) == [["KS-160000"]]


@given(st.lists(st.integers(0, 6_000_000), max_size=20), st.integers(1, 4_999_999))
def test_the_draft_decides_like_its_own_rules_for_every_amount(
    amounts: list[int], limit: int
) -> None:
    draft = with_limit(STARTER, limit)
    judge = Judge(draft, {})
    for amount in amounts:
        decided = judge.judge(complaint(amount), {}).claims[0].by
        wanted = "store_manager" if amount <= limit else "general_manager"
        assert decided == (wanted if amount <= 5_000_000 else "refused")


def test_an_identical_draft_changes_nothing() -> None:
    for pack in PACKS.packs:
        days = {"first": date(2026, 1, 1), "last": date(2026, 6, 30)}
        comparison = compare(pack, pack, generated(pack, 500, seed=7, **days))
        assert comparison.judged == 500
        assert (comparison.otherwise, comparison.lines()) == (0, [])
        assert comparison.cost_before_minor == comparison.cost_after_minor


def test_a_shorter_clock_is_late_for_exactly_those_answered_in_between() -> None:
    shorter = replace(
        STARTER.escalation,
        clocks=tuple(
            replace(rule, within=Length(seconds=24 * 3600)) if rule.name == "resolve" else rule
            for rule in STARTER.escalation.clocks
        ),
    )
    past = [complaint(n, hours=hours) for n, hours in enumerate((23, 24, 25, 48, 49))]
    draft = replace(STARTER, escalation=shorter)
    breached = found(compare(STARTER, draft, past, examples_max=None), Kind.BREACHED)
    assert breached == {("", "resolve"): ["KS-2", "KS-3"]}
    saved = found(compare(draft, STARTER, past, examples_max=None), Kind.SAVED)
    assert saved == {("resolve", ""): ["KS-2", "KS-3"]}


def test_a_dropped_routing_row_sends_its_complaints_elsewhere() -> None:
    rows = tuple(row for row in STARTER.escalation.routing if row.id != "routing.serious")
    draft = replace(STARTER, escalation=replace(STARTER.escalation, routing=rows))
    past = [complaint(1, severity="serious"), complaint(2), complaint(3, severity="minor")]
    routed = found(compare(STARTER, draft, past), Kind.ROUTED)
    assert list(routed.values()) == [["KS-1"]]


def test_a_cheaper_remedy_saves_money() -> None:
    remedies = tuple(
        replace(remedy, share_basis_points=5_000, cost=type(remedy.cost).SHARE)
        if remedy.code == "cash"
        else remedy
        for remedy in STARTER.compensation.remedies
    )
    draft = replace(STARTER, compensation=replace(STARTER.compensation, remedies=remedies))
    comparison = compare(STARTER, draft, [complaint(100_000)])
    assert (comparison.cost_before_minor, comparison.cost_after_minor) == (100_000, 50_000)
    assert [n.by_minor for n in comparison.lines() if n.kind is Kind.COST] == [-50_000]


@given(st.integers(0, 2**32))
def test_a_like_seed_draws_a_like_year(seed: int) -> None:
    days = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
    once = list(generated(STARTER, 20, seed=seed, **days))
    assert once == list(generated(STARTER, 20, seed=seed, **days))
    assert once != list(generated(STARTER, 20, seed=seed + 1, **days))


CLOCKS = [(rule, pack.calendar(rule.calendar)) for pack in PACKS.packs for rule in clocks_of(pack)]


@given(st.sampled_from(CLOCKS), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)))  # noqa: DTZ001 — made aware below
def test_a_clock_is_due_when_the_services_say(
    clock: tuple[ClockRule, Calendar], moment: datetime
) -> None:
    rule, calendar = clock
    start = moment.replace(tzinfo=UTC, microsecond=0)
    due = calendar.due(start, seconds=calendar.allowance(start, rule.within))
    assert due_of(Running(0, rule, calendar, {}), start) == due
