"""Which web pages may call us: an exact list of origins, never a star (WHATWG Fetch, CORS)."""

from shared.plumbing.web.exchange import Headers
from shared.plumbing.web.replies import RawHeaders

_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_ALLOWED = (
    b"Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, "
    b"Kesu-Correlation-Id, Kesu-Deadline-Ms"
)
_EXPOSED = b"ETag, Idempotency-Replayed, Kesu-Correlation-Id, Location, Retry-After"
_VARY = (b"vary", b"Origin")


class Cors:
    """Tokens travel in a header, so no cookies are allowed and no credentials are needed."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        assert "*" not in origins, "an origin is exact"
        self._origins = frozenset(origin.encode() for origin in origins)

    def asks_first(self, method: str, headers: Headers) -> bool:
        """Whether this is a browser's preflight."""
        return method == "OPTIONS" and b"access-control-request-method" in headers

    def permission(self, headers: Headers) -> RawHeaders:
        """What a preflight is told; nothing for a stranger."""
        if headers.get(b"origin") not in self._origins:
            return []
        return [
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _ALLOWED),
            (b"access-control-max-age", b"600"),
        ]

    def answer(self, headers: Headers) -> RawHeaders:
        """What every answer to a page of ours carries."""
        origin = headers.get(b"origin")
        if origin is None or not self._origins:
            return []
        if origin not in self._origins:
            return [_VARY]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _EXPOSED),
            _VARY,
        ]
