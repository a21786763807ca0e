"""Values to bytes on the wire, without a detour through Python objects."""

from functools import lru_cache
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from starlette.types import Send

from shared.plumbing.crashpoints import reach
from shared.plumbing.web.doors import Reply
from shared.plumbing.web.preconditions import etag

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]
_JSON = (b"content-type", b"application/json")


class Writer:
    """Writes the answers of one door."""

    def __init__(self, shown: Any, status: int) -> None:
        self._dump = TypeAdapter(shown).serializer.to_json if shown is not None else None
        self._status = status

    async def write(self, answer: Any, send: Send) -> None:
        """Send what the door returned: a view, a `Reply`, or None for an empty answer."""
        if isinstance(answer, Reply):
            body = answer.raw if answer.raw is not None else self._bytes(answer.shown)
            await respond(send, answer.status or self._status, body, _headers(answer))
        else:
            await respond(send, self._status, self._bytes(answer), [])

    def _bytes(self, shown: Any) -> bytes:
        if shown is None and self._dump is None:
            return b""
        assert self._dump is not None, "a door that shows something says its type"
        return self._dump(shown)


async def respond(send: Send, status: int, body: bytes, headers: RawHeaders) -> None:
    """One whole answer; JSON unless the headers say otherwise."""
    if body and not any(name == b"content-type" for name, _value in headers):
        headers.append(_JSON)
    if status != 204:
        headers.append((b"content-length", b"%d" % len(body)))
    reach("door.answering")
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    reach("door.answered")


@lru_cache(maxsize=64)
def header(name: str) -> bytes:
    """A header's name as ASGI wants it."""
    return name.lower().encode("latin-1")


def raw_headers(headers: Any) -> RawHeaders:
    """A mapping of header names to values, as ASGI wants it; no value can hold a line end."""
    return [(header(name), _inert(value)) for name, value in headers.items()]


def _headers(answer: Reply[Any]) -> RawHeaders:
    found = raw_headers(answer.headers)
    if answer.revision is not None:
        found.append((b"etag", etag(answer.revision).encode()))
    if answer.location is not None:
        found.append((b"location", _inert(answer.location)))
    if answer.replayed:
        found.append((b"idempotency-replayed", b"true"))
    return found


def _inert(value: str) -> bytes:
    return value.replace("\r", "").replace("\n", "").encode("latin-1", "replace")
