"""One request carried to a service and its answer carried back, both as they flow."""

import asyncio
from contextlib import suppress

from starlette.types import Message, Receive, Scope, Send

from kesu.gateway.connection import Connection, UpstreamLost, UpstreamSlow
from kesu.gateway.headers import LAST_CHUNK, chunk, framing_for, request_head, response_headers
from kesu.gateway.pool import Pool
from shared.plumbing.crashpoints import reach

HEAD_SECONDS = 30.0
"""How long a service may think before it says its first word."""

SILENCE_SECONDS = 75.0
"""How long an answer under way may pause; event streams send a comment more often than that."""

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


async def carry(scope: Scope, receive: Receive, send: Send, pool: Pool) -> None:
    """Carry one exchange.

    Raises UpstreamLost, UpstreamSlow, PoolExhausted, always before anything was answered. A
    service that breaks off later breaks off the client too.
    """
    first = await receive()
    if first["type"] == "http.disconnect":
        return
    connection = await _asked(scope, first, receive, pool)
    try:
        await _answer(connection, receive, send)
    finally:
        pool.release(connection)


async def _asked(scope: Scope, first: Message, receive: Receive, pool: Pool) -> Connection:
    """A connection on which the service has begun to answer.

    A kept connection may have been closed under our hands; what is safe to repeat is then asked
    once more on a new one (RFC 9110 §9.2.2).
    """
    repeatable = scope["method"] in _REPEATABLE and not first.get("more_body")
    fresh = False
    while True:
        connection = await pool.acquire(fresh=fresh)
        reach("gateway.connected")
        try:
            await _ask(connection, scope, first, receive)
        except BaseException as problem:
            connection.close()
            pool.release(connection)
            fresh = repeatable and connection.used_before and isinstance(problem, UpstreamLost)
            if not fresh:
                raise
        else:
            return connection


async def _ask(connection: Connection, scope: Scope, first: Message, receive: Receive) -> None:
    body, more = first.get("body", b""), first.get("more_body", False)
    head, chunked = _head(scope, body, more=more)
    opening = head + (chunk(body) if chunked and body else body)
    connection.begin(opening, head_only=scope["method"] == "HEAD")
    if not more:
        await connection.head(HEAD_SECONDS)
        return
    pump = asyncio.create_task(_pump(connection, receive, chunked=chunked))
    try:
        await connection.head(HEAD_SECONDS)
    finally:
        # Answered before it was told everything: what is left must not be read as a request.
        connection.spoiled = not pump.done()
        pump.cancel()
        with suppress(asyncio.CancelledError, UpstreamLost):
            await pump


async def _pump(connection: Connection, receive: Receive, *, chunked: bool) -> None:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            connection.close()
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if body:
            await connection.write(chunk(body) if chunked else body)
    if chunked:
        await connection.write(LAST_CHUNK)


async def _answer(connection: Connection, receive: Receive, send: Send) -> None:
    reach("gateway.asked")
    headers = response_headers(connection.headers)
    await send({"type": "http.response.start", "status": connection.status, "headers": headers})
    if connection.complete:
        await send({"type": "http.response.body", "body": connection.taken()})
        return
    watcher = asyncio.create_task(_until_gone(connection, receive))
    try:
        await _stream(connection, send)
    finally:
        watcher.cancel()


async def _stream(connection: Connection, send: Send) -> None:
    complete = False
    while not complete:
        try:
            body = await connection.body(SILENCE_SECONDS)
        except (UpstreamLost, UpstreamSlow):
            connection.close()
            return  # the server closes on the client: an answer cut short must look like one
        complete = connection.complete
        await send({"type": "http.response.body", "body": body, "more_body": not complete})


async def _until_gone(connection: Connection, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    connection.close()


def _head(scope: Scope, body: bytes, *, more: bool) -> tuple[bytes, bool]:
    headers = scope["headers"]
    framing, chunked = framing_for(headers, body, more=more)
    query = scope["query_string"]
    target = scope["raw_path"] + (b"?" + query if query else b"")
    client = scope["client"][0] if scope["client"] else "unknown"
    head = request_head(
        scope["method"], target, headers, client=client, scheme=scope["scheme"], framing=framing
    )
    return head, chunked
