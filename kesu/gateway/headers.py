"""Which headers pass the gateway, in both directions. Pure."""

from collections.abc import Iterable
from typing import TypeAlias

RawHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""RFC 9110 §7.6.1: they speak about one connection, not about the message."""

_NOT_FROM_CLIENTS = frozenset({b"forwarded", b"x-real-ip", b"x-user-id", b"x-tenant"})
"""Only a proxy may say these; a client that does is ignored (reliability.md §6, 9)."""

_REQUEST_DROPS = _HOP_BY_HOP | _NOT_FROM_CLIENTS | {b"expect"}
_RESPONSE_DROPS = _HOP_BY_HOP | {b"server"}
_ORDINARY_CONNECTION = frozenset({b"keep-alive", b"close"})


def request_head(
    method: str, target: bytes, headers: RawHeaders, *, client: str, scheme: str, framing: bytes
) -> bytes:
    """The head of the request for the service. `framing` is an extra header line, or empty."""
    lines = [method.encode(), b" ", target, b" HTTP/1.1\r\n"]
    drops = _REQUEST_DROPS
    for name, value in headers:
        if name == b"connection":
            drops = drops | _named_by(value)
    for name, value in headers:
        if name not in drops and not name.startswith(b"x-forwarded-"):
            lines += (name, b": ", value, b"\r\n")
    lines += (b"x-forwarded-for: ", client.encode(), b"\r\nx-forwarded-proto: ", scheme.encode())
    lines += (b"\r\n", framing, b"\r\n")
    return b"".join(lines)


def response_headers(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """What of the service's headers the client gets."""
    return [(name, value) for name, value in headers if name not in _RESPONSE_DROPS]


def framing_for(headers: RawHeaders, first: bytes, *, more: bool) -> tuple[bytes, bool]:
    """How the body is delimited: an extra header line, and whether we send it in chunks."""
    if any(name == b"content-length" for name, _ in headers):
        return b"", False
    if more:
        return b"transfer-encoding: chunked\r\n", True
    return (b"content-length: %d\r\n" % len(first) if first else b""), False


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


def _named_by(connection: bytes) -> frozenset[bytes]:
    value = connection.lower()
    if value in _ORDINARY_CONNECTION:
        return frozenset()
    return frozenset(token.strip() for token in value.split(b","))
