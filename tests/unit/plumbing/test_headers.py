"""What callers may say in headers, and what is not a way to say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.occasion import Actor
from shared.plumbing.problems import Refusal
from shared.plumbing.web.exchange import Exchange, remaining_ms
from shared.plumbing.web.languages import chosen
from shared.plumbing.web.preconditions import (
    UNCONDITIONAL,
    Expectation,
    expectation_of,
    fingerprint_of,
    idempotency_of,
    key_of,
)

CLERK = Actor(id="p-1", organisation="auto-demo")


def exchange(*headers: tuple[bytes, bytes], path: str = "/things/1", body: bytes = b"") -> Exchange:
    made = Exchange({"headers": list(headers), "path": path, "query_string": b""})
    made.actor, made.canonical, made.route = CLERK, body, "POST /things/{thing}"
    return made


def opened(*headers: tuple[bytes, bytes]) -> Exchange:
    scope = {"headers": list(headers), "path": "/", "query_string": b""}
    made = Exchange(scope)
    made.open(scope)
    return made


def slug_of(error: pytest.ExceptionInfo[Refusal]) -> str:
    return error.value.slug


def test_a_key_names_organisation_actor_and_route() -> None:
    once = idempotency_of(exchange((b"idempotency-key", b"abc")))

    assert (once.organisation, once.actor, once.route, once.key) == (
        "auto-demo",
        "p-1",
        "POST /things/{thing}",
        "abc",
    )


@pytest.mark.parametrize("key", [b"", b"a b", b"a\x7f", "é".encode(), b"x" * 129])
def test_a_key_is_short_and_visible(key: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        key_of(exchange((b"idempotency-key", key)))

    assert slug_of(refused) == "idempotency-key-malformed"


def test_another_body_or_another_thing_is_another_request() -> None:
    one = fingerprint_of(exchange(body=b"{}"))

    assert one == fingerprint_of(exchange(body=b"{}"))
    assert one != fingerprint_of(exchange(body=b'{"a":1}'))
    assert one != fingerprint_of(exchange(body=b"{}", path="/things/2"))


def test_a_reused_key_with_other_content_is_refused() -> None:
    once = idempotency_of(exchange((b"idempotency-key", b"abc"), body=b"{}"))

    once.require_same(once.fingerprint)
    with pytest.raises(Refusal) as refused:
        once.require_same(b"other")

    assert slug_of(refused) == "idempotency-key-reused"


@given(st.integers(0, 10**17))
def test_an_etag_of_ours_is_the_revision(revision: int) -> None:
    found = expectation_of(exchange((b"if-match", b'"%d"' % revision)))

    assert found == Expectation(revision=revision)
    found.check(revision)


@pytest.mark.parametrize("given_etag", [b'W/"7"', b'"seven"', b'""'])
def test_what_is_no_etag_of_ours_matches_nothing(given_etag: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        expectation_of(exchange((b"if-match", given_etag))).check(7)

    assert slug_of(refused) == "stale-revision"


@pytest.mark.parametrize("given_etag", [b"7", b"*", b'"7", "8"', b'"7', b""])
def test_if_match_is_one_etag(given_etag: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        expectation_of(exchange((b"if-match", given_etag)))

    assert slug_of(refused) == "if-match-malformed"


def test_a_person_says_what_they_saw() -> None:
    with pytest.raises(Refusal) as refused:
        expectation_of(exchange()).check(3)

    assert slug_of(refused) == "if-match-missing"


def test_a_stale_caller_learns_the_current_revision() -> None:
    with pytest.raises(Refusal) as refused:
        Expectation(revision=2).check(3)

    assert (slug_of(refused), refused.value.headers) == ("stale-revision", {"ETag": '"3"'})


def test_a_machine_takes_what_is_there() -> None:
    UNCONDITIONAL.check(12)


def test_a_deadline_is_counted_down() -> None:
    opened((b"kesu-deadline-ms", b"5000"))

    left = remaining_ms()
    assert left is not None
    assert 4000 < left <= 5000


def test_no_time_left_is_said_at_once() -> None:
    with pytest.raises(Refusal) as refused:
        opened((b"kesu-deadline-ms", b"0"))

    assert slug_of(refused) == "deadline-exceeded"


@pytest.mark.parametrize("given_ms", [b"-1", b"1.5", b"soon", b"9999999999", "٣".encode()])
def test_a_deadline_is_a_count_of_milliseconds(given_ms: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        opened((b"kesu-deadline-ms", given_ms))

    assert slug_of(refused) == "header-malformed"


def test_a_correlation_id_is_kept() -> None:
    given_id = b"0192f0c1-2d3e-7abc-8def-001122334455"

    assert str(opened((b"kesu-correlation-id", given_id)).correlation).encode() == given_id


@pytest.mark.parametrize("given_id", [b"1", b"x" * 36, b"0192f0c1-2d3e-7abc-8def-00112233445\n"])
def test_a_correlation_id_is_a_uuid(given_id: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        opened((b"kesu-correlation-id", given_id))

    assert slug_of(refused) == "header-malformed"


@pytest.mark.parametrize("name", [b"authorization", b"idempotency-key", b"if-match"])
def test_a_header_that_must_be_single_is_single(name: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        opened((name, b"a"), (name, b"b"))

    assert slug_of(refused) == "ambiguous-headers"


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("fr, zh-TW;q=0.3, zh-CN;q=0.8", "zh-Hans"),
        ("zh-TW;q=0, en", "en"),
        ("zh-TW;q=x", "en"),
        ("*", "en"),
    ],
)
def test_the_language_is_the_best_of_three(accept: str, language: str) -> None:
    assert chosen(accept) == language


@given(st.text(max_size=60))
def test_any_wish_has_a_language(accept: str) -> None:
    assert chosen(accept) in {"zh-Hant", "zh-Hans", "en"}
