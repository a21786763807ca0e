"""The gateway as an ASGI application: a prefix to a service, and three pages of its own."""

from collections.abc import Mapping
from uuid import uuid4

from starlette.types import Receive, Scope, Send

from kesu.gateway.connection import UpstreamLost, UpstreamSlow
from kesu.gateway.exchange import carry
from kesu.gateway.pages import documents_page
from kesu.gateway.pool import Pool, PoolExhausted
from shared.plumbing.problems import MEDIA_TYPE, Refusal, catalogue, unavailable, unseen
from shared.plumbing.web.languages import Language, chosen

_INTERNAL = frozenset({"metrics", "livez", "readyz", "startupz", "debug"})
"""What a service tells its operators stays inside (reliability.md §6, 10)."""

_REFUSALS: Mapping[type[Exception], Refusal] = {
    UpstreamLost: unavailable(),
    UpstreamSlow: Refusal("deadline-exceeded", headers={"Retry-After": "1"}),
    PoolExhausted: Refusal("overloaded", headers={"Retry-After": "1"}),
}


class Gateway:
    """Routes `/<service>/…` to that service; the path stays as it is.

    `draining`: it is about to close and says so at /readyz; everything else is answered as ever.
    """

    def __init__(self, upstreams: Mapping[str, tuple[str, int]]) -> None:
        self.draining = False
        self._upstreams = dict(upstreams)
        self._pools: dict[str, Pool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. The lifespan is the server's; it has nothing to start here."""
        if scope["type"] != "http":
            return
        try:
            await self._route(scope, receive, send)
        except (UpstreamLost, UpstreamSlow, PoolExhausted) as problem:
            await _refuse(scope, send, _REFUSALS[type(problem)])

    def close(self) -> None:
        """Close what is idle."""
        for pool in self._pools.values():
            pool.close()

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        _, _, path = scope["path"].partition("/")
        service, _, rest = path.partition("/")
        if service in self._upstreams and rest.partition("/")[0] not in _INTERNAL:
            await carry(scope, receive, send, self._pool(service))
        elif path == "readyz" and self.draining:
            await _reply(send, 503, b"application/json", b'{"status":"draining"}')
        elif path in {"livez", "readyz"}:
            await _reply(send, 200, b"application/json", b'{"status":"ok"}')
        elif path == "docs":
            pools = {name: self._pool(name) for name in self._upstreams}
            page, extra = await documents_page(pools, _language(scope))
            await _reply(send, 200, b"text/html; charset=utf-8", page, extra)
        else:
            await _refuse(scope, send, unseen())

    def _pool(self, service: str) -> Pool:
        pool = self._pools.get(service)
        if pool is None:
            pool = self._pools[service] = Pool(*self._upstreams[service])
        return pool


async def _refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    problem = catalogue().problem_of(refusal, _language(scope))
    extra = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    body = problem.body(str(uuid4()))
    await _reply(send, problem.status, MEDIA_TYPE.encode(), body, extra)


async def _reply(
    send: Send,
    status: int,
    media_type: bytes,
    body: bytes,
    extra: list[tuple[bytes, bytes]] | None = None,
) -> None:
    headers = [
        (b"content-type", media_type),
        (b"content-length", b"%d" % len(body)),
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"no-store"),
        *(extra or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _language(scope: Scope) -> Language:
    accepted = (value for name, value in scope["headers"] if name == b"accept-language")
    return chosen(next(accepted, b"").decode("latin-1"))
