"""The proofs against brute force: every complaint and claim of small packs is decided in turn.

The oracle is the deciding code itself: what `route` and `required_authority` say of each.
"""

from itertools import combinations

from hypothesis import given

from shared.kernel.policy.authority import LadderRow, NoAuthorityRow, Verdict
from shared.kernel.policy.escalation import SeverityRow
from shared.kernel.policy.finding import Finding
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.proving_money import ladder_findings
from shared.kernel.policy.proving_routing import routing_findings, severity_findings
from shared.kernel.policy.routing import NowhereToGo, Routing, RoutingFacts, RoutingRow
from tests.unit.policies.tables import (
    EVERY_CLAIM,
    EVERY_COMPLAINT,
    LADDERS,
    ROUTINGS,
    SEVERITIES,
    with_ladder,
    with_routing,
    with_severity,
)


def rows_of(findings: list[Finding], code: str) -> set[str]:
    return {finding.row for finding in findings if finding.code == code}


def routed(pack: Pack, facts: RoutingFacts) -> Routing | None:
    try:
        return pack.escalation.route(facts)
    except NowhereToGo:
        return None


@given(ROUTINGS)
def test_a_complaint_goes_nowhere_exactly_when_a_gap_is_found(
    rows: tuple[RoutingRow, ...],
) -> None:
    pack = with_routing(rows)
    lost = [facts for facts in EVERY_COMPLAINT if routed(pack, facts) is None]
    found = list(routing_findings(pack))
    assert bool(lost) == bool(rows_of(found, "routing-gap"))


@given(ROUTINGS)
def test_the_complaint_that_is_shown_does_go_nowhere(rows: tuple[RoutingRow, ...]) -> None:
    pack = with_routing(rows)
    for finding in routing_findings(pack):
        if finding.code == "routing-gap":
            assert routed(pack, complaint_in(finding)) is None


@given(ROUTINGS)
def test_a_row_says_nothing_exactly_when_it_is_found_unreachable(
    rows: tuple[RoutingRow, ...],
) -> None:
    pack = with_routing(rows)
    said: set[str] = set()
    for facts in EVERY_COMPLAINT:
        routing = routed(pack, facts)
        said |= {routing.row} if routing else set()
        said |= first_asking(rows, facts)
    silent = {row.id for row in rows} - said
    assert silent == rows_of(list(routing_findings(pack)), "routing-unreachable")


@given(ROUTINGS)
def test_where_only_the_order_decides_it_is_shown_by_a_complaint(
    rows: tuple[RoutingRow, ...],
) -> None:
    pack = with_routing(rows)
    by_id = {row.id: row for row in rows}
    for finding in routing_findings(pack):
        if finding.code == "routing-by-order":
            facts, row = complaint_in(finding), by_id[finding.row]
            routing = routed(pack, facts)
            assert routing is not None
            assert row.when.holds(facts)
            assert routing.row != row.id
            assert (routing.tier, routing.unit) != (row.tier, row.unit)


@given(SEVERITIES)
def test_a_severity_row_is_found_unreachable_exactly_when_it_never_suggests(
    rows: tuple[SeverityRow, ...],
) -> None:
    pack = with_severity(rows)
    suggested = {
        row.id
        for f in EVERY_COMPLAINT
        if (row := pack.escalation.suggested_severity(f)) is not None
    }
    found = rows_of(list(severity_findings(pack)), "severity-unreachable")
    assert found == {row.id for row in rows} - suggested


@given(LADDERS)
def test_an_amount_has_no_answer_exactly_when_a_gap_is_found(rows: tuple[LadderRow, ...]) -> None:
    pack = with_ladder(rows)
    gap = False
    for facts in EVERY_CLAIM:
        try:
            pack.compensation.required_authority(facts)
        except NoAuthorityRow:
            gap = True
    assert gap == bool(rows_of(list(ladder_findings(pack)), "authority-gap"))


@given(LADDERS)
def test_two_rows_decide_exactly_when_an_overlap_is_found(rows: tuple[LadderRow, ...]) -> None:
    doubled = {
        other.id
        for one, other in combinations(rows, 2)
        if any(one.when.holds(facts) and other.when.holds(facts) for facts in EVERY_CLAIM)
    }
    assert doubled == rows_of(list(ladder_findings(with_ladder(rows))), "authority-overlap")


@given(LADDERS)
def test_a_higher_amount_needs_a_lower_role_exactly_when_a_descent_is_found(
    rows: tuple[LadderRow, ...],
) -> None:
    pack = with_ladder(rows)
    found = list(ladder_findings(pack))
    if rows_of(found, "authority-gap") or rows_of(found, "authority-overlap"):
        return
    falls = any(
        low.exposure_minor < high.exposure_minor
        and low.flags == high.flags
        and height(pack, low) > height(pack, high)
        for low, high in combinations(EVERY_CLAIM, 2)
    )
    assert falls == bool(rows_of(found, "authority-descends"))


def height(pack: Pack, facts: object) -> int:
    requirement = pack.compensation.required_authority(facts)  # type: ignore[arg-type]
    if requirement.verdict is Verdict.REFUSED:
        return 1_000
    return max(pack.ranks.of(role) or 0 for role in requirement.approvers)


def first_asking(rows: tuple[RoutingRow, ...], facts: RoutingFacts) -> set[str]:
    asking = (row.id for row in rows if row.tasks and row.when.holds(facts))
    return {row for row in [next(asking, "")] if row}


def complaint_in(finding: Finding) -> RoutingFacts:
    said = dict(finding.complaint)
    flags = said.pop("flags")
    assert isinstance(flags, tuple)
    return RoutingFacts(**{**said, "flags": frozenset(flags)})  # type: ignore[arg-type]
