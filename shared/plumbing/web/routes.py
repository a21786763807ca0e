"""A declared door as a route: FastAPI describes it, a flat plan made at the start runs it.

The plan keeps the order of decision 11: syntax (413, 415, 422), token (401), role (403), then
the service. It costs no exit stacks and solves no graph: parameters are read, dependencies are
plain functions of the request.
"""

import inspect
from collections.abc import Callable
from typing import Any, get_args, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.kernel.errors import Pointer
from shared.plumbing.identity import Identity
from shared.plumbing.problems import Refusal
from shared.plumbing.web.bodies import code_of, parse, read_raw
from shared.plumbing.web.doors import Door, Reply, if_match_of, once_of
from shared.plumbing.web.exchange import Exchange, exchange_of, require_time
from shared.plumbing.web.preconditions import expectation_of, key_of
from shared.plumbing.web.replies import Writer


class DoorRoute(APIRoute):
    """A route whose `app` is the plan of its door."""

    door: Door
    plan: "Plan"

    def open(self, door: Door, identity: Identity) -> None:
        """Make the plan. Raises TypeError when the door is declared in a way we do not take."""
        self.door = door
        self.plan = Plan(self, door, identity)
        self.app: ASGIApp = self.plan


class Plan:
    """How to run one door, worked out once."""

    def __init__(self, route: DoorRoute, door: Door, identity: Identity) -> None:
        self.door = door
        self.identity = identity
        self.template = route.path
        self._endpoint = door.endpoint
        self._dependant = route.dependant
        self._givers = [_giver(each, door) for each in route.dependant.dependencies]
        self.once = any(giver is once_of for _name, giver in self._givers)
        self.if_match = any(giver is if_match_of for _name, giver in self._givers)
        self._path = route.dependant.path_params
        self._query = route.dependant.query_params
        self._names = {_alias(each) for each in self._query}
        self._header = route.dependant.header_params
        self._body = _body_of(route.dependant)
        self.reads = self._body[1] if self._body else _read_by_hand(door)
        self._request = route.dependant.request_param_name
        self._writer = Writer(shown_by(door), door.status)
        _refuse_what_we_do_not_take(self, door)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the door for one request; what is refused is raised to the front."""
        request = Request(scope, receive, send)
        exchange = exchange_of(request)
        exchange.route = f"{self.door.method} {self.template}"
        given = await self._syntax(request, exchange, receive)
        if not self.door.permit.public:
            exchange.actor = await self.identity.actor_of(exchange.headers)
            self.door.permit.check(exchange.actor)
        require_time(self.door.deadline_ms)
        for name, giver in self._givers:
            given[name] = giver(request)
        answer = await self._endpoint(**given)
        if isinstance(answer, Response):
            await answer(scope, receive, send)
        else:
            await self._writer.write(answer, send)

    async def _syntax(
        self, request: Request, exchange: Exchange, receive: Receive
    ) -> dict[str, Any]:
        """Everything the caller sent, checked for form only."""
        given: dict[str, Any] = {}
        if self._path or self._header or self._query or exchange.query:
            given |= self._parameters(request, exchange)
        if self._body is not None:
            name, adapter = self._body
            raw = await read_raw(exchange.headers, receive, self.door.body_max)
            given[name] = parse(exchange, raw, adapter)
        if self.once:
            key_of(exchange)
        if self.if_match:
            expectation_of(exchange)
        if self._request:
            given[self._request] = request
        return given

    def _parameters(self, request: Request, exchange: Exchange) -> dict[str, Any]:
        query = request.query_params if exchange.query else QueryParams()
        unknown = [name for name in query if name not in self._names]
        if unknown:
            raise Refusal("invalid-request", errors=[Pointer("/query", "unknown-parameter", "")])
        given, errors = _read(self._path, request.path_params)
        for fields, values in ((self._query, query), (self._header, request.headers)):
            found, wrong = _read(fields, values) if fields else ({}, [])
            given |= found
            errors += wrong
        if errors:
            raise Refusal("invalid-request", errors=errors)
        return given


def shown_by(door: Door) -> Any:
    """The type a door answers with: from `shows`, `-> T` or `-> Reply[T]`; None for no body."""
    if door.shows is not None:
        return door.shows
    annotation = inspect.signature(door.endpoint, eval_str=True).return_annotation
    if get_origin(annotation) is Reply:
        annotation = get_args(annotation)[0]
    none = annotation in (None, type(None), inspect.Signature.empty)
    whole = inspect.isclass(annotation) and issubclass(annotation, Response)
    return None if none or whole else annotation


def _read(fields: Any, values: Any) -> tuple[dict[str, Any], list[Pointer]]:
    found, errors = request_params_to_args(fields, values)
    wrong = [
        Pointer("/" + "/".join(str(part) for part in error["loc"][:2]), code_of(error["type"]), "")
        for error in errors
    ]
    return found, wrong


def _alias(field: Any) -> str:
    return str(field.alias)


def _giver(dependant: Dependant, door: Door) -> tuple[str, Callable[[Request], Any]]:
    """A dependency that is a plain function of the request, or of nothing."""
    call = dependant.call
    assert call is not None, "a dependency is called"
    parameters = list(inspect.signature(call).parameters)
    wrong = inspect.iscoroutinefunction(call) or inspect.isgeneratorfunction(call)
    wrong = wrong or inspect.isasyncgenfunction(call) or len(parameters) > 1
    if wrong or (parameters and dependant.request_param_name != parameters[0]):
        raise TypeError(f"{door.endpoint.__name__}: a dependency takes the request, no more")
    name = dependant.name
    assert name is not None, "a dependency is a parameter of the door"
    return name, call if parameters else lambda _request: call()


def _body_of(dependant: Dependant) -> tuple[str, TypeAdapter[Any]] | None:
    if not dependant.body_params:
        return None
    if len(dependant.body_params) > 1:
        raise TypeError("a door takes one body")
    only = dependant.body_params[0]
    annotation: Any = only.field_info.annotation
    return only.name, TypeAdapter(annotation)


def _read_by_hand(door: Door) -> TypeAdapter[Any] | None:
    return None if door.requests is None else TypeAdapter(door.requests)


def _refuse_what_we_do_not_take(plan: Plan, door: Door) -> None:
    """Deny by default also towards ourselves: an unclear door does not open."""
    name = door.endpoint.__name__
    if not inspect.iscoroutinefunction(door.endpoint):
        raise TypeError(f"{name}: a door is async")
    if not (door.endpoint.__doc__ or "").strip():
        raise TypeError(f"{name}: a door is described")
    if door.method == "POST" and not (plan.once or door.repeatable):
        raise TypeError(f"{name}: takes `once: Once`, or says `repeatable=` why not")
    if plan.once and door.permit.public:
        raise TypeError(f"{name}: a public door has no actor to keep a key for")
    if plan.reads is not None:
        require_closed(plan.reads.json_schema(), name)


def require_closed(schema: Any, name: str) -> None:
    """Raises TypeError when an object in a body's schema takes fields nobody declared."""
    if isinstance(schema, list):
        for each in schema:
            require_closed(each, name)
    if not isinstance(schema, dict):
        return
    open_object = schema.get("type") == "object" and isinstance(schema.get("properties"), dict)
    if open_object and schema.get("additionalProperties") is not False:
        raise TypeError(
            f"{name}: {schema.get('title')} must forbid unknown fields; make it a RequestModel"
        )
    for each in schema.values():
        require_closed(each, name)
