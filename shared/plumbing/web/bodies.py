"""Bytes of a body into a value of a type, refusing early, cheaply and without an echo."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request
from starlette.types import Receive

from shared.kernel.errors import Pointer
from shared.plumbing.problems import Refusal
from shared.plumbing.web.exchange import Exchange, Headers, exchange_of
from shared.plumbing.web.strict_json import Malformed, escaped, read_document

BODY_MAX = 256 * 1024
BODY_SECONDS = 10.0
"""Within which a body is whole (reliability.md §5.3)."""
ERRORS_MAX = 50

Value = TypeVar("Value")


class RequestModel(BaseModel):
    """What a caller sends: no undeclared field, no number for a text, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


async def read_raw(
    headers: Headers,
    receive: Receive,
    limit: int = BODY_MAX,
    *,
    within: float = BODY_SECONDS,
) -> bytes:
    """The body's bytes, also chunked. Raises Refusal (413) as soon as it is longer, and (422) when
    it is not whole `within` so many seconds: who sends it byte by byte would hold a place for ever.
    """
    declared = headers.get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        raise Refusal("body-too-large")
    try:
        async with asyncio.timeout(within):
            return await _whole(receive, limit)
    except TimeoutError:
        raise Refusal("malformed-body") from None


async def _whole(receive: Receive, limit: int) -> bytes:
    message = await receive()
    raw: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return _capped(raw, limit)
    return await _rest(raw, receive, limit)


async def read_json(request: Request, adapter: TypeAdapter[Value], limit: int = BODY_MAX) -> Value:
    """The body as a value. Raises Refusal (413, 415, 422); keeps the canonical bytes."""
    exchange = exchange_of(request)
    raw = await read_raw(exchange.headers, request.receive, limit)
    return parse(exchange, raw, adapter)


def parse(exchange: Exchange, raw: bytes, adapter: TypeAdapter[Value]) -> Value:
    """Strict JSON, then the type. Raises Refusal (415, 422)."""
    _require_json(exchange.headers)
    try:
        document = read_document(raw)
    except Malformed as error:
        raise Refusal("malformed-body", errors=[Pointer(error.pointer, error.code, "")]) from None
    exchange.canonical = document.canonical
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise Refusal("invalid-request", errors=pointers(found, document.tree)) from None


def pointers(found: Sequence[ErrorDetails], tree: Any) -> list[Pointer]:
    """Validation errors as pointers into the document that was sent."""
    return [_pointer(each, tree) for each in found[:ERRORS_MAX]]


def code_of(kind: str) -> str:
    """Our small stable word for one of pydantic's many."""
    known = _CODES.get(kind)
    return known or next((code for ending, code in _ENDINGS if kind.endswith(ending)), "invalid")


def _capped(raw: bytes, limit: int) -> bytes:
    if len(raw) > limit:
        raise Refusal("body-too-large")
    return raw


async def _rest(first: bytes, receive: Receive, limit: int) -> bytes:
    chunks, length, more = [first], len(first), True
    while more and length <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal("malformed-body")
        chunks.append(message.get("body", b""))
        length += len(chunks[-1])
        more = message.get("more_body", False)
    return _capped(b"".join(chunks), limit)


def _require_json(headers: Headers) -> None:
    media = headers.get(b"content-type", b"")
    if media != b"application/json" and not _JSON.match(media):
        raise Refusal("media-type-not-supported")
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise Refusal("media-type-not-supported")


def _pointer(error: ErrorDetails, tree: Any) -> Pointer:
    return Pointer(_where(error["loc"], tree, error["type"]), code_of(error["type"]), "")


def _where(location: tuple[int | str, ...], tree: Any, kind: str) -> str:
    """The part of pydantic's location that is really in the document; its tags are not."""
    path, here = "", tree
    for segment in location:
        if _holds(here, segment) and _sayable(segment):
            path, here = f"{path}/{escaped(segment)}", here[segment]
    missing = kind == "missing" and location and isinstance(here, dict)
    return f"{path}/{escaped(location[-1])}" if missing else path


def _holds(value: Any, segment: int | str) -> bool:
    if isinstance(value, dict):
        return segment in value
    return isinstance(value, list) and isinstance(segment, int) and segment < len(value)


def _sayable(segment: int | str) -> bool:
    """A key may itself be something a person typed: only what looks like a field is said."""
    return isinstance(segment, int) or bool(_FIELD.fullmatch(segment))


_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_JSON = re.compile(
    rb"application/(?:[\w.-]+\+)?json\s*(?:;\s*charset=\"?utf-8\"?\s*)?$", re.IGNORECASE
)
_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown-field",
    "enum": "not-allowed-value",
    "literal_error": "not-allowed-value",
    "union_tag_invalid": "not-allowed-value",
    "union_tag_not_found": "missing",
    "finite_number": "not-finite",
    "string_pattern_mismatch": "malformed",
    "json_invalid": "invalid-json",
}
_ENDINGS = (
    ("_too_short", "too-short"),
    ("_too_long", "too-long"),
    ("greater_than", "too-small"),
    ("greater_than_equal", "too-small"),
    ("less_than", "too-large"),
    ("less_than_equal", "too-large"),
    ("_parsing", "malformed"),
    ("_type", "wrong-type"),
    ("_format", "malformed"),
)
