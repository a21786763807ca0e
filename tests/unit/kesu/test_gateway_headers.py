"""What passes the gateway and what does not."""

from hypothesis import given
from hypothesis import strategies as st

from kesu.gateway.headers import chunk, framing_for, request_head, response_headers


def head_of(*headers: tuple[bytes, bytes]) -> bytes:
    return request_head(
        "GET", b"/intake/v1/x", headers, client="127.0.0.1", scheme="http", framing=b""
    )


def test_a_client_cannot_say_where_it_comes_from() -> None:
    head = head_of((b"x-forwarded-for", b"10.0.0.9"), (b"forwarded", b"for=10.0.0.9"))
    assert b"10.0.0.9" not in head
    assert head.count(b"x-forwarded-for: 127.0.0.1\r\n") == 1


def test_a_client_cannot_say_who_it_is_past_its_token() -> None:
    head = head_of((b"x-user-id", b"boss"), (b"x-tenant", b"other"), (b"authorization", b"t"))
    assert b"boss" not in head
    assert b"other" not in head
    assert b"authorization: t\r\n" in head


def test_headers_of_one_connection_stay_on_it() -> None:
    head = head_of((b"connection", b"close, x-private"), (b"x-private", b"1"), (b"te", b"trailers"))
    assert b"x-private" not in head
    assert b"te:" not in head
    assert b"connection" not in head


def test_an_answer_loses_the_headers_of_its_connection() -> None:
    given_headers = [(b"transfer-encoding", b"chunked"), (b"etag", b'"3"'), (b"server", b"x")]
    assert response_headers(given_headers) == [(b"etag", b'"3"')]


def test_a_body_of_known_length_keeps_it() -> None:
    assert framing_for([(b"content-length", b"5")], b"hello", more=False) == (b"", False)


def test_a_body_of_unknown_length_goes_in_chunks() -> None:
    assert framing_for([], b"he", more=True) == (b"transfer-encoding: chunked\r\n", True)


@given(st.binary(min_size=1, max_size=5000))
def test_a_chunk_says_its_own_length(data: bytes) -> None:
    size, _, rest = chunk(data).partition(b"\r\n")
    assert rest == data + b"\r\n"
    assert int(size, 16) == len(data)
