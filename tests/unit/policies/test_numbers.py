"""Every number the policies name stands in the packs exactly where it must, and to the cent."""

from datetime import UTC, datetime

import pytest

from shared.kernel.clocks import ClockRule
from shared.kernel.policy.authority import AuthorityFacts
from shared.kernel.policy.boxes import Within
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.references import clocks_of
from shared.kernel.policy.words import Length
from tests.support.packs import AUTO, CLUB, MALL, PACKS, PROP, RETL, STAF, TELE


def clock(pack: Pack, name: str) -> ClockRule:
    return next(rule for rule in clocks_of(pack) if rule.name == name)


@pytest.mark.parametrize(
    ("pack", "name", "within", "cite"),
    [
        (MALL, "resolve", Length(seconds=86_400), "MALL-26"),
        (MALL, "confirm", Length(seconds=1_800), "Q16"),
        (PROP, "reply_oral", Length(days=1), "PROP-29"),
        (AUTO, "callback", Length(days=3), "AUTO-65"),
    ],
)
def test_a_promise_of_time_has_its_length(pack: Pack, name: str, within: Length, cite: str) -> None:
    rule = clock(pack, name)
    assert rule.within == within
    assert cite in rule.cite


@pytest.mark.parametrize("pack", PACKS.packs, ids=lambda pack: pack.id)
def test_files_are_kept_two_years(pack: Pack) -> None:
    assert pack.intake.retention_years == 2
    assert {kept.years for kept in pack.intake.records.classes} == {2}


def test_the_mall_has_three_copies_and_four_confirmations_finance_only_with_cost() -> None:
    assert {copy.number for copy in MALL.intake.copies} == {1, 2, 3}
    assert [s.role for s in MALL.intake.sign_offs if s.only_with_cost] == ["finance"]
    assert len(MALL.intake.sign_offs) == 4


@pytest.mark.parametrize(
    ("minor", "role"),
    [
        (199_999, "store_manager"),
        (200_000, "store_manager"),
        (200_001, "operations_vp"),
        (500_000, "operations_vp"),
        (500_001, "general_manager"),
    ],
)
def test_the_chains_bands_end_at_2000_and_5000(minor: int, role: str) -> None:
    facts = AuthorityFacts(
        exposure_minor=minor,
        proposer_roles=frozenset({"cs_manager"}),
        flags=frozenset({"extra_compensation"}),
    )
    assert AUTO.compensation.required_authority(facts).approvers == (role,)


def test_cards_instead_of_cash_from_a_thousand_on() -> None:
    cash = CLUB.compensation.giving.cash
    assert cash is not None
    assert CLUB.compensation.cash_discouraged_from_minor == cash.from_minor == 100_000
    assert not cash.asks("cash", 99_999)
    assert cash.asks("cash", 100_000)
    assert not cash.asks("coupon", 100_000)


def test_eight_forms_three_stars_eleven_categories_and_three_mindsets() -> None:
    forms = [r for r in CLUB.compensation.remedies if "CLUB-25" in r.cite]
    assert len(forms) == 8
    assert len(CLUB.escalation.severities) == 3
    assert len(CLUB.axis("category")) == 11
    assert {word.code for word in CLUB.axis("mindset")} == {"vent", "respect", "compensation"}


def test_content_axes_have_four_classes_and_communication_three_types() -> None:
    assert len(PROP.axis("category")) == len(PROP.axis("class")) == 4
    assert len([word for word in PROP.axis("nature") if "PROP-05" in word.cite]) == 3
    assert len(PROP.axis("management")) == len(PROP.axis("event")) == 6


def test_five_categories_of_the_store_and_one_that_keeps_them_open() -> None:
    assert len([word for word in RETL.axis("category") if word.code != "other"]) == 5


def test_stages_are_five_and_seven_and_closing_questions_four() -> None:
    assert len(PROP.escalation.handling.stages) == 5
    assert len(STAF.escalation.handling.stages) == 7
    assert len([s for s in STAF.escalation.handling.stages if "STAF-04" in s.cite]) == 5
    assert len(PROP.escalation.closing.questions) == 4
    assert len(AUTO.escalation.closing.flags) == 3
    assert len(STAF.escalation.handling.playbooks) == 5


@pytest.mark.parametrize(
    ("row", "axis", "last"),
    [
        ("terms.electronics-exchange", "age_days", 7),
        ("terms.electronics-warranty", "age_months", 6),
        ("terms.film-exchange", "age_months", 60),
        ("terms.single-use-unopened", "age_days", 7),
        ("terms.general-refund", "age_days", 7),
        ("terms.general-exchange", "age_days", 15),
    ],
)
def test_published_terms_end_with_their_day(row: str, axis: str, last: int) -> None:
    term = next(term for term in AUTO.compensation.terms if term.id == row)
    assert term.when.on(axis) == Within(axis, 0, last)


def test_adhesive_goods_are_maintained_for_life() -> None:
    term = next(t for t in AUTO.compensation.terms if t.id == "terms.adhesive-by-us")
    assert term.grants == {"maintenance"}
    assert term.when.on("age_days") is None
    assert term.when.on("age_months") is None


def test_each_shop_has_one_hotline_number_of_its_own() -> None:
    for organisation in PACKS.organisations:
        numbers = [unit.hotline for unit in organisation.units if unit.hotline]
        assert len(numbers) == len(set(numbers))


def test_no_second_call_no_missed_call_no_question_left_and_every_member_called() -> None:
    targets = {measure.code: measure.target for measure in AUTO.measures}
    assert targets["second_calls"] == targets["missed_calls"] == targets["unsolved_questions"] == 0
    assert targets["members_called"] == 10_000


def test_bills_can_be_had_for_a_year_and_call_lists_for_three_months() -> None:
    kept = {source.code: source.kept_months for source in TELE.intake.records.sources}
    assert kept["bills_web"] == 12
    assert kept["calls_platform"] == 3


@pytest.mark.parametrize(
    ("pack", "code"), [(AUTO, "statistics"), (TELE, "slips_of_the_month")], ids=["AUTO", "TELE"]
)
def test_summaries_are_due_at_the_end_of_the_month(pack: Pack, code: str) -> None:
    report = next(report for report in pack.reports if report.code == code)
    assert report.every == "month"


def test_the_service_manager_reviews_daily_weekly_and_monthly() -> None:
    reviewed = {r.every for r in AUTO.reports if r.author.role == "cs_manager"}
    assert {"day", "week", "month"} <= reviewed


def test_the_day_of_a_24_hour_clock_ends_24_hours_later() -> None:
    rule = clock(MALL, "resolve")
    at = datetime(2026, 2, 16, 20, 0, tzinfo=UTC)
    due = MALL.calendar(rule.calendar).due(at, seconds=rule.within.seconds)
    assert (due - at).total_seconds() == 86_400
