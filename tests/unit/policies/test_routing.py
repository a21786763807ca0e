"""Where complaints go under both packs, and where that is in the demo organisations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.policy.organisation import Unit, UnitSelector, Where
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.routing import NowhereToGo, Routing, RoutingFacts, route
from shared.kernel.policy.vocabulary import FLAGS
from tests.support.packs import AUTO, AUTO_DEMO, MALL, MALL_DEMO

DESK = "hq.store-001.service-desk"


def in_mall(category: str = "service", complainant: str = "customer", *flags: str) -> Routing:
    facts = RoutingFacts(
        channel="desk", complainant_type=complainant, category=category, flags=frozenset(flags)
    )
    return MALL.escalation.route(facts)


@pytest.mark.parametrize(
    ("category", "complainant", "flags", "tier", "unit"),
    [
        ("purchase_rights", "customer", (), "initial", DESK),
        ("equipment", "customer", (), "initial", DESK),
        ("service", "member", ("beyond_authority",), "first", "hq.store-001"),
        ("service", "member", ("beyond_service_desk",), "first", "hq.store-001"),
        ("vendor_terms", "vendor", (), "first", "hq.store-001"),
        (
            "vendor_terms",
            "vendor",
            ("beyond_front_line",),
            "second",
            "hq.planning.customer-service",
        ),
        ("service", "customer", ("beyond_front_line",), "second", "hq.planning.customer-service"),
        ("service", "customer", ("company_explanation",), "second", "hq.planning.customer-service"),
        ("equipment", "customer", ("other_unit_needed",), "second", "hq.engineering"),
        ("promotion", "customer", ("other_unit_needed",), "second", "hq.planning.promotion"),
        ("service", "customer", ("legal_liability",), "second", "hq.planning.customer-service"),
    ],
)
def test_the_mall_routes_by_authority_unit_and_topic(
    category: str, complainant: str, flags: tuple[str, ...], tier: str, unit: str
) -> None:
    routing = in_mall(category, complainant, *flags)
    assert routing.tier == tier
    assert MALL_DEMO.select(routing.unit, recording_unit=DESK) == unit


def test_legal_liability_asks_the_legal_office_for_its_opinion() -> None:
    tasks = in_mall("service", "customer", "legal_liability").tasks
    assert [task.code for task in tasks] == ["legal_opinion"]
    assert MALL_DEMO.select(tasks[0].to.unit, recording_unit=DESK) == "hq.legal"


def test_every_row_that_fired_is_kept_the_deciding_one_first() -> None:
    routing = in_mall("vendor_terms", "vendor", "beyond_front_line")
    assert routing.rows[0] == routing.row == "routing.vendor-beyond"
    assert {"routing.initial", "routing.vendor", "routing.beyond-front-line"} <= set(routing.rows)
    assert routing.because[0].tested == ("complainant_type=vendor", "beyond_front_line=true")


def test_installed_goods_stay_with_the_clerk_and_notify_the_installation_supervisor_once() -> None:
    facts = RoutingFacts(
        channel="desk",
        complainant_type="member",
        category="installation",
        workflow="installed_exchange",
        flags=frozenset({"installed"}),
    )
    routing = AUTO.escalation.route(facts)
    assert routing.tier == "desk"
    assert routing.unit.where is Where.RECORDING
    assert [task.code for task in routing.tasks] == ["notify_installation"]
    to = routing.tasks[0].to
    assert AUTO_DEMO.select(to.unit, recording_unit=DESK) == "hq.store-001.installation"
    assert to.role == "department_supervisor"


def test_a_second_call_about_the_same_goes_to_the_manager() -> None:
    facts = RoutingFacts(channel="phone", complainant_type="member", repeats=1)
    assert AUTO.escalation.route(facts).row == "routing.second-call"


def test_an_empty_table_takes_nobody() -> None:
    with pytest.raises(NowhereToGo):
        route((), ("initial",), RoutingFacts())


@pytest.mark.parametrize("pack", [AUTO, MALL])
def test_the_chain_of_command_climbs_to_its_top(pack: object) -> None:
    escalation = AUTO.escalation if pack is AUTO else MALL.escalation
    rung = escalation.rung_of(escalation.tiers[0].code)
    climbed = []
    while rung is not None:
        climbed.append(rung.code)
        rung = escalation.above(rung.code)
    assert climbed == [known.code for known in escalation.chain]


def test_the_mall_escalates_an_unaccepted_offer_after_a_day() -> None:
    rules = MALL.escalation.clocks_on("custody_offered", RoutingFacts())
    assert [rule.name for rule in rules] == ["accept"]
    assert rules[0].within.seconds == 24 * 3600
    assert [step.does for step in rules[0].steps] == ["escalate"]


def test_a_unit_that_is_not_there_falls_back_to_the_site() -> None:
    nowhere = UnitSelector(where=Where.BELOW, kind="observatory")
    assert MALL_DEMO.select(nowhere, recording_unit=DESK) is None
    assert MALL_DEMO.placed(nowhere, recording_unit=DESK) == "hq.store-001"


def test_the_nearest_holder_of_a_role_comes_first() -> None:
    holders = AUTO_DEMO.holders("cs_manager", "hq.store-002.service-desk")
    assert [person.id for person in holders] == ["p-cs-manager-2"]
    assert AUTO_DEMO.holders("general_manager", DESK)[0].id == "p-general-manager"


def test_what_is_missing_at_the_close_gate_is_named() -> None:
    closing = AUTO.escalation.closing
    met = frozenset({gate.code for gate in closing.gates} - {"callback", "outcome_flags"})
    assert [gate.code for gate in closing.missing(met)] == ["outcome_flags", "callback"]
    assert not MALL.escalation.closing.asks("callback")


def any_complaint(pack: Pack) -> st.SearchStrategy[RoutingFacts]:
    """Whatever the vocabulary of a pack can express."""
    intake = pack.intake
    return st.builds(
        RoutingFacts,
        channel=st.sampled_from([word.code for word in intake.channels]),
        complainant_type=st.sampled_from([word.code for word in intake.complainant_types]),
        category=st.sampled_from(["", *(word.code for word in pack.axis("category"))]),
        workflow=st.sampled_from(["", *(word.code for word in pack.axis("workflow"))]),
        repeats=st.integers(0, 5),
        flags=st.frozensets(st.sampled_from(sorted(FLAGS))),
    )


@given(any_complaint(AUTO), st.sampled_from(AUTO_DEMO.units))
def test_every_complaint_of_the_chain_reaches_a_unit_and_a_clock(
    facts: RoutingFacts, unit: Unit
) -> None:
    routing = AUTO.escalation.route(facts)
    assert AUTO_DEMO.unit(AUTO_DEMO.placed(routing.unit, recording_unit=unit.id))
    assert AUTO.escalation.clocks_on("received", facts)


@given(any_complaint(MALL), st.sampled_from(MALL_DEMO.units))
def test_every_complaint_of_the_mall_reaches_a_unit_and_a_clock(
    facts: RoutingFacts, unit: Unit
) -> None:
    routing = MALL.escalation.route(facts)
    assert MALL_DEMO.select(routing.unit, recording_unit=unit.id) is not None
    assert MALL.escalation.clocks_on("received", facts)
