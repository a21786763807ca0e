"""The published terms of the car-accessory chain (AUTO-27 … 37)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.policy.entitlements import Entitlement, GoodsFacts, age_of
from tests.support.packs import AUTO

PROOF = frozenset({"proof_of_purchase", "packaging_complete"})


def granted(
    goods: str,
    *,
    installation: str = "none",
    fault: str = "quality",
    days: int = 0,
    months: int | None = None,
    flags: frozenset[str] = PROOF,
    packaging: frozenset[str] = frozenset(),
) -> Entitlement:
    facts = GoodsFacts(
        goods=goods,
        installation=installation,
        fault=fault,
        age_days=days,
        age_months=-(-days // 30) if months is None else months,
        flags=flags,
        packaging_grants=packaging,
    )
    return AUTO.compensation.entitlement(facts)


@pytest.mark.parametrize(
    ("days", "grants"),
    [(7, {"refund", "exchange"}), (8, {"exchange"}), (15, {"exchange"}), (16, set())],
)
def test_goods_without_installation(days: int, grants: set[str]) -> None:
    assert granted("general", days=days).grants == grants


def test_installed_electronics_are_exchanged_for_a_week_and_repaired_for_half_a_year() -> None:
    assert granted("electronics", installation="by_us", days=7).grants == {"exchange", "repair"}
    assert granted("electronics", installation="by_us", days=8).grants == {"repair"}
    assert granted("electronics", installation="by_us", days=184, months=6).grants == {"repair"}
    assert granted("electronics", installation="by_us", days=185, months=7).grants == set()


def test_bulbs_and_speakers_once_installed_are_never_taken_back() -> None:
    answer = granted("bulb", installation="by_us", days=1)
    assert answer.grants == set()
    assert answer.rows == ("terms.bulbs-speakers-installed",)
    assert granted("speaker", days=1).grants == {"refund", "exchange"}


def test_film_is_exchanged_for_five_years_and_mended_until_its_guarantee_ends() -> None:
    own = {"installation": "by_us", "flags": PROOF | {"within_product_warranty"}}
    assert granted("film", days=1800, months=60, **own).grants == {"exchange"}  # type: ignore[arg-type]
    assert granted("film", days=1850, months=61, **own).grants == {"repair", "maintenance"}  # type: ignore[arg-type]


def test_single_use_goods_once_opened_are_not_exchanged() -> None:
    assert granted("single_use", fault="none", days=3).grants == {"exchange"}
    assert granted("single_use", fault="none", days=3, flags=PROOF | {"opened"}).grants == set()


def test_adhesive_products_are_maintained_for_life_when_we_fixed_them() -> None:
    assert granted("adhesive", installation="by_us", days=4000).grants == {"maintenance"}
    assert granted("adhesive", installation="by_other", days=1).grants == set()


def test_a_mismatch_waives_the_packaging_but_not_the_receipt() -> None:
    proof = frozenset({"proof_of_purchase"})
    assert granted("general", fault="mismatch", days=99, flags=proof).grants == {
        "refund",
        "exchange",
    }
    assert granted("general", fault="mismatch", flags=frozenset()).rows == ("terms.no-proof",)


def test_what_the_packaging_promises_beyond_the_terms_holds() -> None:
    answer = granted("general", days=20, packaging=frozenset({"exchange"}))
    assert answer.grants == {"exchange"}
    assert answer.rows == ("terms.packaging-wins",)


@given(st.sampled_from(["misuse", "force_majeure"]), st.integers(0, 2000))
def test_excluded_is_excluded_whatever_else_is_true(flag: str, days: int) -> None:
    for goods in ("general", "electronics", "film"):
        assert granted(goods, installation="by_us", days=days, flags=PROOF | {flag}).grants == set()


@given(st.dates(date(2000, 1, 31), date(2030, 1, 1)), st.integers(0, 3000))
def test_age_never_runs_backwards(sold_on: date, days: int) -> None:
    today = date.fromordinal(sold_on.toordinal() + days)
    tomorrow = date.fromordinal(today.toordinal() + 1)
    assert age_of(sold_on, today)[0] == days
    assert age_of(sold_on, tomorrow) > age_of(sold_on, today)


def test_the_sixth_month_ends_with_the_same_day_six_months_later() -> None:
    assert age_of(date(2026, 1, 10), date(2026, 7, 10))[1] == 6
    assert age_of(date(2026, 1, 10), date(2026, 7, 11))[1] == 7
