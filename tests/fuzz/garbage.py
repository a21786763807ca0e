# ruff: noqa: ANN401 - garbage is anything
"""What a topic must never hold and some day will: records that are nearly ours, and not at all."""

import json
from copy import deepcopy
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from tests.fuzz.seeds import examples

SOUND = examples(("intake", "escalation", "compensation", "followup", "insights"))
NUMBERS = (0, -1, 2**31 - 1, 2**31, 2**63, 10**40, -(10**40), 1.5, 1e308, float("nan"), -0.0)
WORDS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "٣",
    "１",
    "1e3",
    "+1",
    "0x1",
    "1_000",
    "kesu.intake.complaint_registered.v999",
    "kesu.nobody.said.v1",
    "/kesu/nobody",
    "2.0",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "\u202egnp.exe",
    "🀄" * 30,
    "x" * 20_000,
    "00000000-0000-0000-0000-000000000000",
    "'; drop table intake.complaints; --",
)
WEIRD = st.one_of(
    st.sampled_from([None, True, False, [], {}, [[]], [None], {"": 0}, {"a\x00b": "\x00"}]),
    st.sampled_from(NUMBERS),
    st.sampled_from(WORDS),
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    ),
)
GONE = object()


def written(value: Any) -> bytes:
    """JSON as careless writers write it: NaN, lone surrogates and all."""
    return json.dumps(value).encode()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, the value itself left out."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, child in inner:
        found.append((*path, key))
        if isinstance(child, dict | list):
            found += places(child, (*path, key))
    return found


def changed(value: Any, path: tuple[Any, ...], weird: Any) -> Any:
    """A copy with something else at a place, or nothing there."""
    copy = deepcopy(value)
    here = copy
    for key in path[:-1]:
        here = here[key]
    if weird is GONE:
        del here[path[-1]]
    else:
        here[path[-1]] = weird
    return copy


def _elsewhere(draw: st.DrawFn, fact: dict[str, Any]) -> dict[str, Any]:
    """The fact as the first of another stream, so that sound streams stay what they are."""
    stream = UUID(int=draw(st.integers(2**100, 2**100 + 30)))
    return fact | {"subject": str(stream), "sequence": "1"}


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A sound fact of a stream of its own with one to three things wrong."""
    value = _elsewhere(draw, draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(value) or [("data",)]))
        value = changed(value, path, draw(WEIRD | st.just(GONE)))
    return written(value)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A sound fact whose bytes somebody cut, doubled or wrote over."""
    raw = written(_elsewhere(draw, draw(st.sampled_from(SOUND))))
    at = draw(st.integers(0, len(raw)))
    return draw(
        st.sampled_from(
            [
                raw[:at],
                raw[:at] + b"\xff" + raw[at:],
                raw[:at] + b"\x00" + raw[at:],
                raw + raw,
                b"\xef\xbb\xbf" + raw,
                raw.decode().encode("utf-16"),
                raw.replace(b'"id"', b'"sequence": "7", "id"', 1),
                raw.replace(b'"data"', b'"data": [], "data"', 1),
            ]
        )
    )


RECORDS = st.one_of(
    st.none(), st.binary(max_size=80), WEIRD.map(written), bent(), bent(), bent(), broken()
)
HEAPS: dict[str, bytes] = {
    "nothing": b"",
    "ten megabytes of blanks": b" " * 10_000_000,
    "ten megabytes of a word": b'{"id": "' + b"x" * 10_000_000 + b'"}',
    "a deep list": b"[" * 200_000,
    "a deep list, closed": b"[" * 100_000 + b"]" * 100_000,
    "a deep map as data": written(SOUND[0]).replace(
        b'"data": {', b'"data": {"x": ' + b'{"a":' * 5000
    )
    + b"}" * 5000,
    "a number without end": b'{"sequence": ' + b"9" * 1_000_000 + b"}",
    "a hundred thousand keys": written({str(n): n for n in range(100_000)}),
}
