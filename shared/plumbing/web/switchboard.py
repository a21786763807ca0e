"""From method and path to a door, by table: a look-up per request, not a walk over all routes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.plumbing.problems import Refusal
from shared.plumbing.web.routes import DoorRoute


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One path with parameters and what it takes."""

    form: re.Pattern[str]
    convertors: Mapping[str, Any]
    methods: dict[str, ASGIApp]


class Switchboard:
    """Calls the app of the door that was asked for. Raises Refusal (404, 405)."""

    def __init__(self, routes: Iterable[DoorRoute]) -> None:
        self._plain: dict[str, dict[str, ASGIApp]] = {}
        self._patterns: dict[int, dict[str, _Pattern]] = {}
        for route in routes:
            methods = self._methods(route)
            methods.update(dict.fromkeys(route.methods or (), route.app))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look up, then run."""
        path = scope["path"]
        methods, parameters = self._plain.get(path), None
        if methods is None:
            methods, parameters = self._search(path)
        app = methods.get(scope["method"])
        if app is None:
            allowed = ", ".join(sorted(methods))
            raise Refusal("method-not-allowed", headers={"Allow": allowed})
        if parameters:
            scope["path_params"] = parameters
        await app(scope, receive, send)

    def show(self, path: str, app: ASGIApp) -> None:
        """Something to read that is not an operation: the document and its page."""
        self._plain[path] = {"GET": app}

    def _methods(self, route: DoorRoute) -> dict[str, ASGIApp]:
        if not route.param_convertors:
            return self._plain.setdefault(route.path, {})
        same_length = self._patterns.setdefault(route.path.count("/"), {})
        fresh = _Pattern(route.path_regex, route.param_convertors, {})
        return same_length.setdefault(route.path, fresh).methods

    def _search(self, path: str) -> tuple[dict[str, ASGIApp], dict[str, Any]]:
        for pattern in self._patterns.get(path.count("/"), {}).values():
            found = pattern.form.match(path)
            if found:
                named = found.groupdict()
                return pattern.methods, {
                    name: pattern.convertors[name].convert(value) for name, value in named.items()
                }
        raise Refusal("no-such-route")
