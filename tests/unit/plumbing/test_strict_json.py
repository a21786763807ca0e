"""A document two readers could understand differently is refused."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.plumbing.web.strict_json import Malformed, read_document

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
SCALAR = st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5)
)


def code_of(raw: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        read_document(raw)
    return refused.value.code


@given(VALUES)
def test_what_json_can_say_is_read_as_it_was_said(value: object) -> None:
    assert read_document(json.dumps(value).encode()).tree == value


@given(st.dictionaries(TEXT, WHOLE, min_size=2, max_size=6))
def test_the_order_of_keys_does_not_change_the_canonical_bytes(value: dict[str, int]) -> None:
    turned = dict(reversed(value.items()))

    one, other = (read_document(json.dumps(each).encode()) for each in (value, turned))

    assert one.canonical == other.canonical


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_and_nothing_else(raw: bytes) -> None:
    with contextlib.suppress(Malformed):
        read_document(raw)


@given(TEXT, WHOLE, st.integers(0, 5))
def test_a_key_that_comes_twice_is_refused_wherever_it_hides(
    key: str, value: int, depth: int
) -> None:
    member = f"{json.dumps(key)}: {value}"
    raw = '{"a": ' * depth + "{" + member + ", " + member + "}" + "}" * depth

    assert code_of(raw.encode()) == "duplicate-key"


def test_an_escaped_spelling_of_a_key_is_the_same_key() -> None:
    assert code_of(rb'{"a": 1, "\u0061": 2}') == "duplicate-key"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"NaN", "not-finite"),
        (b"[Infinity]", "not-finite"),
        (b"[-Infinity]", "not-finite"),
        (b"1e999", "not-finite"),
        (b"", "invalid-json"),
        (b"{", "invalid-json"),
        (b'{"a": 1} {}', "invalid-json"),
        (b"\xef\xbb\xbf{}", "invalid-json"),
        (b'"\xff"', "invalid-utf8"),
        (b'"\xed\xa0\x80"', "invalid-utf8"),
        (b'"\x01"', "invalid-json"),
        (rb'"\ud800"', "text-unstorable"),
        (b"1" * 5000, "number-out-of-range"),
        (b"123456789012345678901234567890", "number-out-of-range"),
        (b"[" * 33 + b"]" * 33, "too-deep"),
        (b"[" * 100_000, "too-deep"),
        (b"[" + b"0," * 1000 + b"0]", "too-many-items"),
    ],
)
def test_each_hole_has_its_name(raw: bytes, code: str) -> None:
    assert code_of(raw) == code


def test_the_limits_themselves_are_allowed() -> None:
    read_document(b"[" * 32 + b"]" * 32)
    read_document(b"[" + b"0," * 999 + b"0]")


def test_a_nul_is_found_where_it_is() -> None:
    with pytest.raises(Malformed) as refused:
        read_document(rb'{"a": {"b/c": ["x", "\u0000"]}}')

    assert (refused.value.code, refused.value.pointer) == ("text-unstorable", "/a/b~1c/1")


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert read_document(rb'"\\u0000"').tree == r"\u0000"
