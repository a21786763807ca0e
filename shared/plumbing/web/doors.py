"""How a service opens its doors to HTTP.

doors = Doors("complaints")

@doors.post("/complaints", permit=Permit(Role.CLERK), status=201)
async def register_complaint(form: ComplaintForm, by: By, once: Once) -> Reply[ComplaintView]:
    \"\"\"Register a complaint. (The first line is the summary, the rest the description.)\"\"\"
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeAlias, TypedDict, TypeVar, Unpack
from uuid import UUID

from fastapi import Depends, Query
from starlette.requests import Request

from shared.kernel.occasion import Actor
from shared.plumbing.web.bodies import BODY_MAX
from shared.plumbing.web.exchange import exchange_of
from shared.plumbing.web.permits import Permit
from shared.plumbing.web.preconditions import (
    Expectation,
    Idempotency,
    expectation_of,
    idempotency_of,
)

Shown = TypeVar("Shown")
Endpoint: TypeAlias = Callable[..., Awaitable[Any]]
Kept = TypeVar("Kept", bound=Endpoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Generic[Shown]):
    """An answer with more than a body: `-> Reply[ComplaintView]`.

    `raw` is JSON that is already bytes (a stored answer); it wins over `shown`.
    `revision` becomes the ETag, `replayed` the header `Idempotency-Replayed: true`.
    """

    shown: Shown | None = None
    raw: bytes | None = None
    status: int | None = None
    revision: int | None = None
    location: str | None = None
    replayed: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def actor_of(request: Request) -> Actor:
    """Who asks; known at every door that is not public."""
    actor = exchange_of(request).actor
    assert actor is not None, "a public door has no actor"
    return actor


def correlation_of(request: Request) -> UUID:
    """The correlation id of the request."""
    return exchange_of(request).correlation


def once_of(request: Request) -> Idempotency:
    """What makes this request the same as an earlier one."""
    return idempotency_of(exchange_of(request))


def if_match_of(request: Request) -> Expectation:
    """What the caller says to have seen."""
    return expectation_of(exchange_of(request))


By = Annotated[Actor, Depends(actor_of)]
"""Who asks."""
Correlation = Annotated[UUID, Depends(correlation_of)]
"""The correlation id, for the trace of the command."""
Once = Annotated[Idempotency, Depends(once_of)]
"""Makes the door need an `Idempotency-Key`; hand it to the shell."""
IfMatch = Annotated[Expectation, Depends(if_match_of)]
"""Makes the door read `If-Match`; hand it to the shell, which calls `check`."""
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most, 1 to 200.")]
"""Give it a default: `limit: Limit = 50`."""
CursorText = Annotated[
    str | None, Query(max_length=1024, description="Where to go on, from the page before.")
]
"""Give it a default: `cursor: CursorText = None`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One operation as declared; `create_app` turns it into a route."""

    method: str
    path: str
    endpoint: Endpoint
    permit: Permit
    tag: str
    status: int = 200
    also: tuple[int, ...] = ()
    body_max: int = BODY_MAX
    refuses: tuple[str, ...] = ()
    repeatable: str = ""
    shows: Any = None
    deadline_ms: int = 1
    requests: Any = None
    media_type: str = "application/json"


class Options(TypedDict, total=False):
    """What a door may say beside its path and permit.

    `status` of success, and `also` others it may have; `body_max` in bytes; `refuses`: slugs of
    the catalogue it may answer with, for the document; `shows`: the type of the answer when the
    function returns a `Response`; `requests`: the type of the body when the function reads it by
    `read_json`; `deadline_ms`: what it takes at least; `repeatable`: why a POST needs no key.
    """

    status: int
    also: tuple[int, ...]
    body_max: int
    refuses: tuple[str, ...]
    repeatable: str
    shows: Any
    requests: Any
    deadline_ms: int
    media_type: str


class Doors:
    """The operations of one tag of a service."""

    def __init__(self, tag: str, *, prefix: str = "") -> None:
        self.tag = tag
        self.prefix = prefix
        self.declared: list[Door] = []

    def get(
        self, path: str, *, permit: Permit, **options: Unpack[Options]
    ) -> Callable[[Kept], Kept]:
        """Read something."""
        return self._declare("GET", path, permit, options)

    def post(
        self, path: str, *, permit: Permit, **options: Unpack[Options]
    ) -> Callable[[Kept], Kept]:
        """Create something or act on it. Takes `once: Once`, or says why it is repeatable."""
        return self._declare("POST", path, permit, options)

    def put(
        self, path: str, *, permit: Permit, **options: Unpack[Options]
    ) -> Callable[[Kept], Kept]:
        """Put something under an id the caller chose."""
        return self._declare("PUT", path, permit, options)

    def patch(
        self, path: str, *, permit: Permit, **options: Unpack[Options]
    ) -> Callable[[Kept], Kept]:
        """Change some fields."""
        return self._declare("PATCH", path, permit, options)

    def delete(
        self, path: str, *, permit: Permit, **options: Unpack[Options]
    ) -> Callable[[Kept], Kept]:
        """Take something away."""
        return self._declare("DELETE", path, permit, options)

    def _declare(
        self, method: str, path: str, permit: Permit, options: Options
    ) -> Callable[[Kept], Kept]:
        def keep(endpoint: Kept) -> Kept:
            door = Door(
                method=method,
                path=self.prefix + path,
                endpoint=endpoint,
                permit=permit,
                tag=self.tag,
                **options,
            )
            self.declared.append(door)
            return endpoint

        return keep
