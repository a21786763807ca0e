"""The form is checked field by field and taken apart: vault, texts, attributes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake_service.domain.errors import FormInvalid
from services.intake_service.domain.form import owed, split
from shared.kernel.policy.intake import FormFacts
from tests.support.packs import AUTO, MALL

FACTS = FormFacts(kind="complaint", channel="desk", complainant_type="customer")
WHOLE = {
    "name": "王小明",
    "phone": "13912345678",
    "plate": "滬A12345",
    "occurred_on": "2026-11-20",
    "receipt_number": "R-77",
    "paid": {"currency": "CNY", "minor": 12_900},
    "store_goods": "electronics",
    "narrative": "無法開機",
}


def problems(form: dict[str, object], *, whole: bool = True) -> dict[str, str]:
    """What is wrong with a form, by pointer."""
    with pytest.raises(FormInvalid) as refused:
        split(AUTO.intake, FACTS, form, whole=whole)
    return {each.pointer: each.code for each in refused.value.errors}


def test_a_form_is_taken_apart() -> None:
    parts = split(AUTO.intake, FACTS, WHOLE)
    assert set(parts.particulars) == {"name", "phone", "plate"}
    assert dict(parts.narratives) == {"narrative": "無法開機", "receipt_number": "R-77"}
    assert parts.attributes == {
        "occurred_on": "2026-11-20",
        "store_goods": "electronics",
        "paid_currency": "CNY",
        "paid_minor": 12_900,
    }


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", 5, "wrong-type"),
        ("name", " ", "too-short"),
        ("name", "王" * 101, "too-long"),
        ("phone", "12", "too-short"),
        ("phone", "unknown", "malformed"),
        ("occurred_on", "20261120", "malformed"),
        ("occurred_on", None, "wrong-type"),
        ("store_goods", "shoes", "not-allowed-value"),
        ("paid", 5, "wrong-type"),
        ("paid", {"currency": "CNY", "minor": -1}, "too-small"),
        ("paid", {"currency": "CNY", "minor": 1.5}, "wrong-type"),
        ("paid", {"currency": "yuan", "minor": 1}, "malformed"),
        ("paid", {"minor": 1}, "invalid"),
        ("narrative", True, "wrong-type"),
    ],
)
def test_a_wrong_value_is_pointed_at(field: str, value: object, code: str) -> None:
    assert problems(WHOLE | {field: value}) == {f"/form/{field}": code}


def test_an_unknown_field_is_named_only_when_it_looks_like_one() -> None:
    assert problems(WHOLE | {"shoe_size": 1, "王小明": 2}) == {
        "/form/shoe_size": "unknown-field",
        "/form": "unknown-field",
    }


def test_what_must_be_filled_depends_on_how_it_came() -> None:
    assert owed(AUTO.intake, FACTS, {}) == ("name", "phone", "narrative")
    hotline = FormFacts(kind="complaint", channel="hotline", complainant_type="customer")
    assert owed(AUTO.intake, hotline, {}) == ("phone", "narrative")
    vendor = FormFacts(kind="complaint", channel="desk", complainant_type="vendor")
    assert "company" in owed(MALL.intake, vendor, {})


def test_an_amendment_need_not_be_whole() -> None:
    assert split(AUTO.intake, FACTS, {"plate": "滬A1"}, whole=False).filled == ("plate",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=3),
)
KEYS = st.sampled_from([field.code for field in AUTO.intake.fields]) | st.text(max_size=5)


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_every_field_ends_in_exactly_one_place_or_the_form_is_refused(
    form: dict[str, object],
) -> None:
    try:
        parts = split(AUTO.intake, FACTS, form, whole=False)
    except FormInvalid:
        return
    texts = {subject for subject, _ in parts.narratives}
    plain = {code.removesuffix("_minor").removesuffix("_currency") for code in parts.attributes}
    assert parts.particulars.keys() | texts | plain == form.keys()
    assert not parts.particulars.keys() & texts
