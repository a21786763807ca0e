"""Where two policies disagree each pack says its own."""

from shared.kernel.policy.pack import Pack
from shared.kernel.policy.routing import RoutingFacts
from tests.support.packs import AUTO, CLUB, MALL, PACKS, PROP, RETL, STAF, TELE


def identity(pack: Pack) -> frozenset[str]:
    told = pack.intake.records.identity
    assert told is not None
    return told.shows


def test_one_avoids_compensation_and_two_prefer_it() -> None:
    assert CLUB.compensation.stance == "avoid"
    assert AUTO.compensation.stance == MALL.compensation.stance == "prefer"


def test_equipment_is_received_at_the_initial_tier_until_engineering_is_needed() -> None:
    plain = RoutingFacts(channel="desk", complainant_type="customer", category="equipment")
    assert MALL.escalation.route(plain).tier == "initial"
    needed = RoutingFacts(
        channel="desk",
        complainant_type="customer",
        category="equipment",
        flags=frozenset({"other_unit_needed"}),
    )
    assert MALL.escalation.route(needed).unit.kind == "engineering"


def test_to_solve_to_reply_and_to_keep_a_promise_are_different_clocks() -> None:
    assert MALL.escalation.clock("resolve") is not None
    assert PROP.followup.clock("reply_oral") is not None
    assert RETL.escalation.clock("promise") is not None
    assert TELE.escalation.clock("first_asked") is not None


def test_everybody_receives_and_in_the_club_supervisors_handle() -> None:
    facts = RoutingFacts(channel="desk", complainant_type="guest")
    first = CLUB.escalation.rung_of(CLUB.escalation.route(facts).tier)
    assert first is not None
    assert first.holder.role == "department_supervisor"
    assert CLUB.escalation.least_role(facts) == "department_supervisor"
    assert TELE.escalation.chain[0].holder.role == "clerk"
    assert STAF.escalation.chain[0].holder.role == "clerk"


def test_the_club_says_its_names_and_the_handbook_protects_them() -> None:
    assert identity(CLUB) == {"name", "position"}
    assert identity(STAF) == {"alias", "position"}


def test_whom_we_call_back_is_each_packs_own() -> None:
    def armed(pack: Pack, on: str, who: str) -> list[str]:
        return [c.code for c in pack.followup.campaigns_on(on, who)]

    assert armed(AUTO, "service_completed", "member") == ["after_service"]
    assert armed(RETL, "closed", "customer") == []
    assert armed(STAF, "closed", "customer") == ["after_closing"]


def test_an_unreasonable_demand_is_declined_by_a_person_and_never_at_reception() -> None:
    for pack in (CLUB, STAF):
        rule = pack.escalation.handling.unreasonable
        assert rule is not None
        assert rule.role != "clerk"
    assert "guidance.guest-is-right" in {g.id for g in CLUB.guidance}


def test_the_month_ends_at_another_desk_in_each_policy() -> None:
    auto = next(r for r in AUTO.reports if r.code == "statistics")
    tele = next(r for r in TELE.reports if r.code == "slips_of_the_month")
    assert {post.role for post in auto.recipients} == {"store_manager", "department_supervisor"}
    assert {post.unit.kind for post in tele.recipients} == {"enterprise_management"}
    assert tele.decided_by is not None


def test_seven_policies_are_on_the_shelf_each_in_three_languages() -> None:
    assert len({pack.id for pack in PACKS.packs}) == 7
    for pack in PACKS.packs:
        assert len({pack.label.zh_hant, pack.label.zh_hans, pack.label.en}) >= 2
