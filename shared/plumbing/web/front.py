"""The one piece of middleware: everything that is the same for every request, in one pass.

Correlation, deadline, CORS, security headers, bounded concurrency, problems, metrics and the
log line; pure ASGI, one wrapped `send`.
"""

import time
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kernel.errors import DomainError
from shared.plumbing import telemetry
from shared.plumbing.crashpoints import reach
from shared.plumbing.problems import MEDIA_TYPE, Refusal, catalogue, unavailable
from shared.plumbing.web.cors import Cors
from shared.plumbing.web.exchange import KEY, Exchange
from shared.plumbing.web.gate import Gate
from shared.plumbing.web.health import PATHS, Health
from shared.plumbing.web.replies import RawHeaders, raw_headers, respond

SLOW_S = 1.0
GONE = 499
"""What is counted when the caller left before an answer."""
_log = structlog.get_logger("kesu.http")

_SAFE: RawHeaders = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_LAST = (b"connection", b"close")
"""Whoever keeps a connection to a process that ends soon opens the next one elsewhere."""
_TLS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Cut(Exception):
    """An answer broke off after its first byte; the server closes the connection."""


class Front:
    """Wraps the switchboard of one service."""

    def __init__(  # noqa: PLR0913 - made in one place, `create_app`
        self,
        app: ASGIApp,
        *,
        lifespan: ASGIApp,
        service: str,
        health: Health,
        gate: Gate,
        cors: Cors,
        https: bool,
        unavailable_on: tuple[type[Exception], ...] = (),
    ) -> None:
        self._app = app
        self._lifespan = lifespan
        self._service = service
        self._health = health
        self._gate = gate
        self._cors = cors
        self._unavailable_on = unavailable_on
        self._always = [*_SAFE, _TLS_ONLY] if https else _SAFE
        self._counters: dict[tuple[str, str, int], Any] = {}
        self._histograms: dict[tuple[str, str], Any] = {}
        self._in_flight = telemetry.HTTP_IN_FLIGHT.labels(service)
        self._in_flight.set_function(lambda: gate.inside)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry of the service."""
        if scope["type"] == "http":
            if scope["path"] in PATHS or scope["path"] == "/metrics":
                await self._probe(scope["path"], send)
            else:
                await self._exchange(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _probe(self, path: str, send: Send) -> None:
        """Health and metrics are never shed, never logged, never behind a token."""
        if path == "/metrics":
            kind = (b"content-type", CONTENT_TYPE_LATEST.encode())
            await respond(send, 200, generate_latest(), [kind])
        else:
            status, body = await self._health.answer(path)
            await respond(send, status, body, list(_SAFE))

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        exchange = scope[KEY] = Exchange(scope)
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._dressed(message["headers"], exchange)
            await send(message)

        try:
            await self._work(scope, receive, sending, exchange)
        except Exception as error:  # noqa: BLE001 - every error ends as a problem here
            await self._refuse(error, exchange, sending, begun=bool(status))
        finally:
            self._note(exchange, scope["method"], status or GONE, time.perf_counter() - began)

    async def _work(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        exchange.open(scope)
        if self._cors.asks_first(scope["method"], exchange.headers):
            await respond(send, 204, b"", self._cors.permission(exchange.headers))
            return
        await self._gate.enter()
        reach("door.entered")
        try:
            await self._app(scope, receive, send)
        finally:
            self._gate.leave()

    async def _refuse(
        self, error: Exception, exchange: Exchange, send: Send, *, begun: bool
    ) -> None:
        """Say the problem; an error after the first byte can only cut the connection."""
        if isinstance(error, self._unavailable_on):
            _log.warning("unavailable", route=exchange.route, error=type(error).__name__)
            error = unavailable()
        elif not isinstance(error, DomainError | Refusal):
            _log.error("request failed", route=exchange.route, exc_info=error)
        if begun:
            raise Cut from None
        problem = catalogue().problem_of(error, exchange.language)
        if problem.slug == "overloaded":
            telemetry.HTTP_SHED.labels(self._service).inc()
        headers = [(b"content-type", MEDIA_TYPE.encode()), *raw_headers(problem.headers)]
        headers.append((b"content-language", exchange.language.encode()))
        body = problem.body(str(exchange.correlation))
        await respond(send, problem.status, body, headers)

    def _dressed(self, headers: Any, exchange: Exchange) -> RawHeaders:
        """Our headers, unless the door set its own of the same name."""
        given = list(headers)
        names = {name for name, _value in given}
        given.append((b"kesu-correlation-id", str(exchange.correlation).encode()))
        given += [pair for pair in self._always if pair[0] not in names]
        given += self._cors.answer(exchange.headers)
        if self._health.draining:
            given.append(_LAST)
        return given

    def _note(self, exchange: Exchange, method: str, status: int, seconds: float) -> None:
        """Count it, under the route's template; a line only for what is refused, slow, broken."""
        template = exchange.route.partition(" ")[2] or exchange.route
        method = method if method in _METHODS else "OTHER"
        self._counter(template, method, status).inc()
        self._histogram(template, method).observe(seconds)
        if status >= 500 or status in {401, 403} or seconds > SLOW_S:
            _log.info(
                "request",
                route=template,
                method=method,
                code=status,
                ms=round(seconds * 1000, 1),
                actor=exchange.actor.id if exchange.actor else None,
            )

    def _counter(self, route: str, method: str, status: int) -> Any:
        key = (route, method, status)
        if key not in self._counters:
            labels = (self._service, route, method, str(status))
            self._counters[key] = telemetry.HTTP_REQUESTS.labels(*labels)
        return self._counters[key]

    def _histogram(self, route: str, method: str) -> Any:
        key = (route, method)
        if key not in self._histograms:
            labels = (self._service, route, method)
            self._histograms[key] = telemetry.HTTP_DURATION.labels(*labels)
        return self._histograms[key]


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
