"""A Kesu of one door, as HTTP: enough to see what a player asks and how often."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from kesu.playing.catalogue import Operation, operations
from kesu.playing.player import Player
from kesu.playing.script import Scenario

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/intake/v1/complaints": {
            "get": {"operationId": "list_complaints", "summary": "List"},
            "post": {
                "operationId": "register_complaint",
                "summary": "Register",
                "parameters": [{"in": "header", "name": "Idempotency-Key"}],
            },
        },
        "/intake/v1/complaints/{complaint}": {
            "get": {"operationId": "get_complaint", "summary": "Read"}
        },
        "/intake/v1/complaints/{complaint}/withdrawal": {
            "post": {
                "operationId": "withdraw_complaint",
                "summary": "Withdraw",
                "parameters": [
                    {"in": "header", "name": "Idempotency-Key"},
                    {"in": "header", "name": "If-Match"},
                ],
            }
        },
    }
}
OPERATIONS: dict[str, Operation] = operations("intake", DOCUMENT)

Answer = httpx.Response | Exception


class Kesu:
    """Answers from a list, one after the other, and remembers what it was asked."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.ahead = timedelta(0)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def player(self, *, patience: float = 0.0, soon: float = 1.0) -> Player:
        """A player before it, at ten in the morning."""

        async def advance(by: timedelta) -> None:
            self.ahead += by

        return Player(
            client=httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://kesu"),
            operations=OPERATIONS,
            headers_of=lambda organisation, persona: {"Authorization": f"{organisation} {persona}"},
            sign=lambda message, _body, forged: {"webhook-id": message, "forged": str(forged)},
            now=lambda _: NOW + self.ahead,
            advance=advance,
            patience_seconds=patience,
            soon_seconds=soon,
        )

    def keys(self, method: str = "POST") -> list[str]:
        """The idempotency keys of the requests, in order."""
        return [each.headers["Idempotency-Key"] for each in self.asked if each.method == method]

    def body(self, number: int) -> Any:  # noqa: ANN401 JSON
        """What was sent."""
        return json.loads(self.asked[number].content)


def ok(code: int = 200, /, *, etag: str = '"1"', **values: Any) -> httpx.Response:  # noqa: ANN401
    """An answer with a JSON body."""
    return httpx.Response(code, json=values, headers={"ETag": etag})


def scenario(*steps: dict[str, Any]) -> Scenario:
    """A scenario of these steps."""
    said = {"zh-Hant": "一", "zh-Hans": "一", "en": "one"}
    return Scenario.model_validate(
        {
            "id": "one",
            "title": said,
            "organisation": "auto-demo",
            "pack": "auto_accessories",
            "shows": ["AUTO-01"],
            "steps": list(steps),
        }
    )
