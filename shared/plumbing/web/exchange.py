"""One request as the doors see it: its headers, who asks, by when, under which correlation id."""

import re
import time
from contextvars import ContextVar
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.types import Scope

from shared.kernel.errors import Pointer
from shared.kernel.occasion import Actor
from shared.plumbing.problems import Refusal
from shared.plumbing.web.languages import Language, chosen

KEY = "kesu"
Headers: TypeAlias = dict[bytes, bytes]

correlation: ContextVar[UUID | None] = ContextVar("correlation", default=None)
"""The correlation id of what is being done in this task; logs carry it."""

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)

_UUID = re.compile(rb"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SINGLE = (
    b"authorization",
    b"kesu-api-key",
    b"idempotency-key",
    b"if-match",
    b"kesu-deadline-ms",
    b"kesu-correlation-id",
    b"content-length",
    b"content-type",
)


class Exchange:
    """What the front learnt about a request and the doors need; lives in `scope["kesu"]`."""

    __slots__ = ("actor", "canonical", "correlation", "headers", "path", "query", "route")

    def __init__(self, scope: Scope) -> None:
        raw = scope["headers"]
        self.headers: Headers = dict(raw)
        self.correlation: UUID = uuid4()
        self.actor: Actor | None = None
        self.canonical: bytes = b""
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.route: str = "unmatched"

    def open(self, scope: Scope) -> None:
        """Read the headers that concern every door. Raises Refusal (400, 422, 504)."""
        correlation.set(self.correlation)
        if len(self.headers) != len(scope["headers"]):
            _refuse_doubles(scope["headers"])
        given = self.headers.get(b"kesu-correlation-id")
        if given is not None:
            self.correlation = _uuid(given)
            correlation.set(self.correlation)
        if "\x00" in self.path or b"%00" in self.query:
            raise Refusal("invalid-request", errors=[Pointer("", "text-unstorable", "")])
        _deadline.set(_due(self.headers.get(b"kesu-deadline-ms")))

    @property
    def language(self) -> Language:
        """The language the caller reads best."""
        return chosen(self.headers.get(b"accept-language", b"").decode("latin-1"))


def exchange_of(request: Request) -> Exchange:
    """The exchange of a request that came through the front."""
    found: Exchange = request.scope[KEY]
    return found


def remaining_ms() -> int | None:
    """How much of the caller's time is left; None when the caller gave no deadline."""
    due = _deadline.get()
    return None if due is None else max(0, int((due - time.monotonic()) * 1000))


def require_time(needed_ms: int = 1) -> None:
    """Refuse with 504 what cannot be done in the time left."""
    left = remaining_ms()
    if left is not None and left < needed_ms:
        raise Refusal("deadline-exceeded")


def _due(given: bytes | None) -> float | None:
    if given is None:
        return None
    if not given.isdigit() or len(given) > 9:
        raise Refusal("header-malformed")
    budget_ms = int(given)
    if budget_ms == 0:
        raise Refusal("deadline-exceeded")
    return time.monotonic() + budget_ms / 1000


def _uuid(given: bytes) -> UUID:
    if not _UUID.fullmatch(given):
        raise Refusal("header-malformed")
    return UUID(given.decode("ascii"))


def _refuse_doubles(raw: list[tuple[bytes, bytes]]) -> None:
    """Two values of a header that must be single mean two readers could see two requests."""
    seen: dict[bytes, Any] = {}
    for name, value in raw:
        if name in _SINGLE and name in seen:
            raise Refusal("ambiguous-headers")
        seen[name] = value
