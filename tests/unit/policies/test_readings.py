"""Where the sources leave something open, the packs take the readings of the register."""

from shared.kernel.policy.authority import AuthorityFacts, Verdict
from shared.kernel.policy.followup import CallbackGate
from shared.kernel.policy.giving import Option, cheapest_first
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.routing import RoutingFacts
from shared.plumbing.packs import POLICIES
from shared.plumbing.packs.loading import required_of
from shared.plumbing.packs.shelf import sources_of
from tests.support.packs import CLUB, PROP, RETL, STAF, TELE


def required(pack: Pack) -> set[str]:
    return {one.key for one in required_of(sources_of(POLICIES, pack.id)[-1])}


def money(minor: int, *flags: str, severity: str = "", role: str = "clerk") -> AuthorityFacts:
    return AuthorityFacts(
        exposure_minor=minor,
        proposer_roles=frozenset({role}),
        severity=severity,
        flags=frozenset(flags),
    )


def test_lost_amounts_are_asked_for_and_never_guessed() -> None:
    assert {"authority.supervisor.limit", "authority.manager.limit"} <= required(CLUB)  # Q24
    assert {"green_channel.limits.gold", "green_channel.limits.silver"} <= required(TELE)  # Q30
    assert "clock.reply-written" in required(PROP)  # Q36
    assert "callback.rest" in required(RETL)  # Q39


def test_above_the_two_lost_limits_the_general_manager_decides() -> None:
    asked = CLUB.compensation.required_authority(money(10**9, severity="three"))
    assert asked.approvers == ("general_manager",)


def test_words_come_before_money_at_one_star() -> None:
    refused = CLUB.compensation.required_authority(money(100, severity="one"))
    assert refused.verdict is Verdict.REFUSED
    assert refused.row == "authority.words-first"
    tried = CLUB.compensation.required_authority(money(100, "mediation_tried", severity="one"))
    assert tried.approvers == ("department_supervisor",)


def test_the_cheapest_comes_first_and_of_equals_the_one_worth_more() -> None:
    giving = CLUB.compensation.giving
    coupon = Option(remedy="coupon", face_minor=10_000, cost_minor=10_000)
    card = Option(remedy="card", face_minor=10_000, cost_minor=3_000)
    dearer_card = Option(remedy="card", face_minor=10_000, cost_minor=10_000)
    assert cheapest_first(giving, (coupon, card)) == (card, coupon)
    assert cheapest_first(giving, (dearer_card, coupon)) == (coupon, dearer_card)


def test_recovering_from_employees_is_off() -> None:
    recovery = CLUB.compensation.giving.recovery
    assert recovery is not None
    assert not recovery.enabled  # Q27


def test_injury_suggests_three_stars_and_bad_words_one() -> None:
    suggested = CLUB.escalation.suggested_severity
    for category, stars in (("injury", "three"), ("deception", "two"), ("service_language", "one")):
        row = suggested(RoutingFacts(category=category))
        assert row is not None
        assert row.severity == stars
    assert CLUB.escalation.handling.severity_confirmed_by == "department_supervisor"  # Q28


def test_a_demand_is_called_unreasonable_after_the_finding_only() -> None:
    rule = CLUB.escalation.handling.unreasonable
    assert rule is not None
    assert (rule.role, rule.after) == ("department_head", "finding_recorded")  # Q29
    code = CLUB.intake.records.code_rules[0]
    assert (code.code, code.after) == ("unreasonable_demand", "finding_recorded")


def test_what_is_serious_goes_to_enterprise_management() -> None:
    for facts in (
        RoutingFacts(channel="counter", severity="two"),
        RoutingFacts(channel="counter", flags=frozenset({"wide_outage"})),
        RoutingFacts(channel="counter", flags=frozenset({"injury"})),
    ):
        assert TELE.escalation.route(facts).unit.kind == "enterprise_management"  # Q31


def test_customer_service_has_two_names_and_is_one_unit() -> None:
    kind = next(kind for kind in TELE.unit_kinds if "Q33" in kind.cite)
    assert "客戶服務部" in kind.label.zh_hant
    assert "客戶服務中心" in kind.label.zh_hant


def test_signing_is_asked_for_serious_matters_and_contracts() -> None:
    rows = {row.id: row for row in TELE.followup.contact.acceptance}
    assert rows["acceptance.serious"].when.holds(RoutingFacts(severity="two"))
    assert not rows["acceptance.serious"].when.holds(RoutingFacts(severity="one"))
    assert "signature" in rows["acceptance.contract"].forms  # Q34


def test_a_status_reply_that_says_plan_and_time_counts() -> None:
    oral = next(a for a in PROP.followup.contact.answers if a.id == "answer.oral")
    assert oral.status_counts  # Q35
    rule = PROP.followup.clock("reply_oral")
    assert rule is not None
    assert "progress_told" in rule.stops_on


def test_validity_is_pending_until_the_authoritys_number_is_there() -> None:
    rule = next(r for r in PROP.intake.records.code_rules if r.code == "valid_registered")
    assert rule.fields == {"registration_number"}  # Q37


def test_the_promised_time_is_data_and_the_default_holds_without_it() -> None:
    promise = RETL.escalation.handling.promise
    assert promise is not None
    assert (promise.clock, promise.otherwise) == ("promise", "resolve")  # Q38
    assert {r.starts_on for r in RETL.escalation.clocks if r.name == "promise"} == {"promise_given"}


def test_major_and_representative_complaints_are_called_about_after_a_rest() -> None:
    major = RoutingFacts(severity="major")
    plain = RoutingFacts(severity="ordinary")
    stands_for_many = RoutingFacts(severity="ordinary", flags=frozenset({"representative"}))
    armed = RETL.followup.campaigns_on
    assert [c.code for c in armed("closed", "customer", major)] == ["major"]
    assert [c.code for c in armed("closed", "customer", stands_for_many)] == ["representative"]
    assert armed("closed", "customer", plain) == ()
    assert {c.rest_seconds for c in RETL.followup.campaigns} == {7 * 86_400}  # Q39
    assert {c.gate for c in RETL.followup.campaigns} == {CallbackGate.AFTER_CLOSE}


def test_on_the_spot_needs_facts_responsibility_and_authority() -> None:
    clear = ("facts_clear", "responsibility_clear")
    settle = RETL.compensation.required_authority
    assert settle(money(5_000, *clear)).verdict is Verdict.SETTLED
    assert settle(money(5_001, *clear)).verdict is Verdict.APPROVAL
    assert settle(money(5_000, "facts_clear")).verdict is Verdict.APPROVAL


def test_headings_without_text_made_no_rules() -> None:
    cited = {c for pack in (STAF,) for row in pack.escalation.routing for c in row.cite}
    assert cited.isdisjoint({"STAF-50", "STAF-60", "STAF-67"})  # Q40
