"""Plays one scenario: asks, compares, keeps, and tells what happened step by step."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from kesu.playing.catalogue import Operation
from kesu.playing.script import Advance, Scenario, Step

UNTIL_SECONDS = 20.0
POLL_SECONDS = 0.05
STALE_TRIES = 5
REPEATED = 412


class NotAsExpected(AssertionError):
    """A step answered otherwise than its scenario says."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline: what was done and what came back."""

    index: int
    step: Step | Advance
    operation: Operation | None
    status: int | None
    answer: Any
    seconds: float


@dataclass(slots=True, kw_only=True)
class Player:
    """One run of scenarios against one Kesu.

    `headers_of(organisation, persona)` gives the caller's headers; `sign` makes a hotline's
    headers for raw bytes; `advance` moves business time.
    """

    client: httpx.AsyncClient
    operations: dict[str, Operation]
    headers_of: Callable[[str, str], dict[str, str]]
    sign: Callable[[str, bytes], dict[str, str]]
    advance: Callable[[str], Awaitable[None]]
    tell: Callable[[Told], None] = lambda _: None
    kept: dict[str, str] = field(default_factory=dict)

    async def play(self, scenario: Scenario) -> dict[str, str]:
        """Plays all steps; returns what was kept. Raises NotAsExpected at the first that fails."""
        self.kept = {"run": uuid4().hex[:8]}
        for index, step in enumerate(scenario.steps, 1):
            started = time.monotonic()
            if isinstance(step, Advance):
                await self.advance(step.advance)
                self.tell(Told(index, step, None, None, None, time.monotonic() - started))
                continue
            operation, response = await self._step(scenario, index, step)
            told = Told(
                index,
                step,
                operation,
                response.status_code,
                _json(response),
                time.monotonic() - started,
            )
            self.tell(told)
        return self.kept

    async def _step(
        self, scenario: Scenario, index: int, step: Step
    ) -> tuple[Operation, httpx.Response]:
        where = f"{scenario.id} step {index} ({step.do} as {step.as_})"
        operation = self.operations.get(step.do)
        if operation is None:
            raise NotAsExpected(f"{where}: there is no such operation")
        key = uuid4().hex
        response = await self._until(scenario, step, operation, key, where)
        for _ in range(step.again):
            response = await self._ask(scenario, step, operation, key)
            self._compare(step, response, where)
        self._keep(step, response, where)
        return operation, response

    async def _until(
        self, scenario: Scenario, step: Step, operation: Operation, key: str, where: str
    ) -> httpx.Response:
        deadline = time.monotonic() + UNTIL_SECONDS
        while True:
            response = await self._ask(scenario, step, operation, key)
            wrong = self._unlike(step.until, _json(response))
            if not wrong:
                self._compare(step, response, where)
                return response
            if time.monotonic() > deadline:
                raise NotAsExpected(f"{where}: still {wrong}; {_short(response)}")
            await asyncio.sleep(POLL_SECONDS)

    async def _ask(
        self, scenario: Scenario, step: Step, operation: Operation, key: str
    ) -> httpx.Response:
        """Asks; somebody else's change in between (412) means: read again, ask again."""
        response = await self._once(scenario, step, operation, key)
        for _ in range(STALE_TRIES):
            if response.status_code != REPEATED or step.expect.status == REPEATED:
                break
            response = await self._once(scenario, step, operation, uuid4().hex)
        return response

    async def _once(
        self, scenario: Scenario, step: Step, operation: Operation, key: str
    ) -> httpx.Response:
        on = {name: self._filled(value) for name, value in step.on.items()}
        headers = {} if step.signed else self.headers_of(scenario.organisation, step.as_)
        if operation.needs_key:
            headers["Idempotency-Key"] = key
        read_at = operation.read_url(on)
        if read_at:
            seen = await self.client.get(read_at, headers=headers)
            headers["If-Match"] = seen.headers.get("etag", '"0"')
        content = None
        if step.body is not None:
            body = httpx.Request("POST", "http://x", json=self._filled(step.body))
            content = body.content
            headers["Content-Type"] = "application/json"
            if step.signed:
                headers |= self.sign(self._filled(step.signed), content)
        return await self.client.request(
            operation.method,
            operation.url(on),
            params={name: self._filled(value) for name, value in step.query.items()},
            headers=headers,
            content=content,
        )

    def _compare(self, step: Step, response: httpx.Response, where: str) -> None:
        expected, answer = step.expect, _json(response)
        fine = response.status_code == expected.status if expected.status else response.is_success
        if not fine:
            wanted = expected.status or "success"
            raise NotAsExpected(
                f"{where}: {response.status_code}, not {wanted}; {_short(response)}"
            )
        if expected.problem and answer.get("code") != expected.problem:
            raise NotAsExpected(f"{where}: {answer.get('code')}, not {expected.problem}")
        wrong = self._unlike(expected.values, answer)
        if wrong:
            raise NotAsExpected(f"{where}: {wrong}")

    def _unlike(self, wanted: dict[str, Any], answer: Any) -> str:
        wrong = [
            f"{path} is {found!r}, not {value!r}"
            for path, value in ((path, self._filled(value)) for path, value in wanted.items())
            if (found := at(answer, path)) != value
        ]
        return "; ".join(wrong)

    def _keep(self, step: Step, response: httpx.Response, where: str) -> None:
        for name, path in step.keep.items():
            found = at(_json(response), path)
            if found is None:
                raise NotAsExpected(f"{where}: nothing at {path} to keep; {_short(response)}")
            self.kept[name] = str(found)

    def _filled(self, value: Any) -> Any:
        """`$name` becomes what was kept under it, everywhere."""
        if isinstance(value, str):
            if re.fullmatch(r"\$[a-z_]+", value):
                return self.kept[value[1:]]
            return re.sub(r"\$\{([a-z_]+)\}", lambda found: self.kept[found[1]], value)
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        return value


def at(answer: Any, path: str) -> Any:
    """The value at a dotted path: `items.0.id`, `claims.length`, or None."""
    here = answer
    for part in path.split("."):
        if isinstance(here, list) and part == "length":
            return len(here)
        if isinstance(here, list) and part.lstrip("-").isdigit():
            here = here[int(part)] if -len(here) <= int(part) < len(here) else None
        elif isinstance(here, dict):
            here = here.get(part)
        else:
            return None
    return here


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _short(response: httpx.Response) -> str:
    return response.text[:400]
