"""The one way to build a service's app: doors in, everything else the same for all."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import orjson
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.plumbing.apikeys import ApiKeys
from shared.plumbing.identity import Identity
from shared.plumbing.keysets import KeySet
from shared.plumbing.problems import catalogue
from shared.plumbing.settings import Settings
from shared.plumbing.telemetry import configure_logging
from shared.plumbing.web.cors import Cors
from shared.plumbing.web.documents import document
from shared.plumbing.web.doors import Door, Doors
from shared.plumbing.web.front import Front
from shared.plumbing.web.gate import Gate
from shared.plumbing.web.health import Health
from shared.plumbing.web.page import HEADERS, page
from shared.plumbing.web.replies import RawHeaders, respond
from shared.plumbing.web.routes import DoorRoute, shown_by
from shared.plumbing.web.switchboard import Switchboard

Lifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class ServiceApp(FastAPI):
    """A FastAPI application whose requests go front → switchboard → door."""

    service: str
    health: Health
    doors: tuple[DoorRoute, ...]
    front: Callable[[ASGIApp], ASGIApp]
    switchboard: Switchboard

    document: dict[str, Any]

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 document, made once at the start."""
        return self.document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Requests go straight to the front: FastAPI's own telemetry costs each of them."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Ours alone: errors, documents and limits are the front's business."""
        return self.front(self.switchboard)


def create_app(  # noqa: PLR0913 - the one place where a service is put together
    *,
    service: str,
    title: str,
    description: str,
    doors: Sequence[Doors],
    settings: Settings,
    lifespan: Lifespan | None = None,
    health: Health | None = None,
    identity: Identity | None = None,
    problems: Path | None = None,
    unavailable_on: tuple[type[Exception], ...] = (),
) -> ServiceApp:
    """Build the app of one service under `/<service>/v1`.

    `lifespan(app)` opens what the service needs and puts it on `app.state`. `problems` is the
    service's own catalogue file (titles of its errors). `unavailable_on` names the driver's
    errors that mean "not now": they answer 503. Raises TypeError for a door declared wrongly.
    """
    if problems is not None:
        catalogue().read(problems)
    configure_logging(service)
    health = health or Health()
    app = ServiceApp(
        title=title,
        description=description,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_living(health, lifespan),
    )
    app.service = service
    app.health = health
    app.doors = _open(service, doors, identity or identity_of(settings))
    app.switchboard = Switchboard(app.doors)
    app.router.routes.extend(app.doors)
    _publish(app, service)
    app.front = _front(app, service, settings, unavailable_on)
    return app


def identity_of(settings: Settings) -> Identity:
    """Who may come, by the settings."""
    return Identity(
        keys=KeySet(settings.jwks_source),
        api_keys=ApiKeys(settings.api_keys_path, settings.api_key_pepper.get_secret_value()),
        issuer=settings.issuer,
        audience=settings.audience,
    )


def role_matrix(app: ServiceApp) -> dict[str, list[str]]:
    """Which roles may use each operation; an empty list is a public door."""
    return {route.name: sorted(route.door.permit.roles) for route in app.doors}


def _open(service: str, doors: Sequence[Doors], identity: Identity) -> tuple[DoorRoute, ...]:
    declared = [door for each in doors for door in each.declared]
    names = [door.endpoint.__name__ for door in declared]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise TypeError(f"an operation id names one door: {sorted(twice)}")
    return tuple(_route(f"/{service}/v1", door, identity) for door in declared)


def _route(prefix: str, door: Door, identity: Identity) -> DoorRoute:
    summary, _, rest = (door.endpoint.__doc__ or "").strip().partition("\n")
    route = DoorRoute(
        prefix + door.path,
        door.endpoint,
        methods=[door.method],
        status_code=door.status,
        response_model=shown_by(door),
        tags=[door.tag],
        summary=summary.rstrip("."),
        description=_dedented(rest) or summary,
        operation_id=door.endpoint.__name__,
        response_description=summary,
    )
    route.open(door, identity)
    return route


def _dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _publish(app: ServiceApp, service: str) -> None:
    """The document and the page stand beside the doors, for everybody to read."""
    found = document(title=app.title, description=app.description, routes=app.doors)
    app.document = found
    base = f"/{service}/v1"
    app.switchboard.show(f"{base}/openapi.json", _fixed(orjson.dumps(found), []))
    app.switchboard.show(f"{base}/docs", _fixed(page(found), HEADERS))


def _fixed(body: bytes, headers: RawHeaders) -> ASGIApp:
    async def show(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, 200, body, list(headers))

    return show


def _front(
    app: ServiceApp,
    service: str,
    settings: Settings,
    unavailable_on: tuple[type[Exception], ...],
) -> Callable[[ASGIApp], ASGIApp]:
    def wrap(inner: ASGIApp) -> ASGIApp:
        return Front(
            inner,
            lifespan=app.router,
            service=service,
            health=app.health,
            gate=Gate(
                at_once=settings.concurrency_max,
                queue=settings.queue_max,
                wait_s=settings.queue_wait_s,
            ),
            cors=Cors(settings.cors_origins),
            https=settings.https,
            unavailable_on=unavailable_on,
        )

    return wrap


def _living(health: Health, lifespan: Lifespan | None) -> Lifespan:
    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(app) if lifespan else _nothing():
            health.started = True
            yield

    return living


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield
