"""Plays one scenario: asks, compares, keeps, and tells what happened step by step."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from kesu.commands.clock import length
from kesu.playing.catalogue import Operation
from kesu.playing.matching import at, filled, unlike, until_daytime
from kesu.playing.script import Advance, Daytime, Part, Scenario, Step

SOON_SECONDS = 20.0
POLL_SECONDS = 0.05
STALE_TRIES = 5
STALE = 412
AWAY = frozenset({502, 503, 504})


class NotAsExpected(AssertionError):
    """A step answered otherwise than its scenario says."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline: what was done, at which business moment, what came back."""

    index: int
    step: Part
    at: datetime
    operation: Operation | None = None
    status: int | None = None
    answer: Any = None
    wanted: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    passed: timedelta | None = None


Tell = Callable[[Told], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Plays scenarios against one Kesu; several at once if need be.

    `headers_of(organisation, persona)` gives the caller's headers; `sign(message, body, forged)`
    a hotline's for raw bytes; `now(organisation)` business time there; `advance` moves it.
    `patience_seconds`: for how long a Kesu that is away (no connection, 502 to 504) is asked again
    with the same key.
    """

    client: httpx.AsyncClient
    operations: dict[str, Operation]
    headers_of: Callable[[str, str], dict[str, str]]
    sign: Callable[[str, bytes, bool], dict[str, str]]
    now: Callable[[str], datetime]
    advance: Callable[[timedelta], Awaitable[None]]
    patience_seconds: float = 0.0
    soon_seconds: float = SOON_SECONDS

    async def play(self, scenario: Scenario, tell: Tell = lambda _: None) -> dict[str, str]:
        """Plays all steps; returns what was kept. Raises NotAsExpected at the first that fails."""
        run = _Run(player=self, scenario=scenario)
        for index, step in enumerate(scenario.steps, 1):
            tell(await run.part(index, step))
        return run.kept


@dataclass(slots=True, kw_only=True)
class _Run:
    """One scenario being played. Every run has numbers of its own, so that it can be repeated."""

    player: Player
    scenario: Scenario
    kept: dict[str, str] = field(
        default_factory=lambda: {
            "run": secrets.token_hex(4),
            "number": f"{secrets.randbelow(10**8):08d}",
        }
    )

    async def part(self, index: int, step: Part) -> Told:
        started = time.monotonic()
        if not isinstance(step, Step):
            passed = await self._pass_time(step)
            return Told(index, step, self._now, passed=passed)
        operation = self.player.operations.get(step.do)
        where = f"{self.scenario.id} step {index} ({step.do} as {step.as_})"
        if operation is None:
            raise NotAsExpected(f"{where}: there is no such operation")
        response = await self._asked(step, operation, where)
        self._keep(step, response, where)
        return Told(
            index,
            step,
            self._now,
            operation,
            response.status_code,
            _json(response),
            self._filled(step.expect.values),
            time.monotonic() - started,
        )

    @property
    def _now(self) -> datetime:
        return self.player.now(self.scenario.organisation)

    async def _pass_time(self, step: Advance | Daytime) -> timedelta:
        by = (
            length(step.advance)
            if isinstance(step, Advance)
            else until_daytime(self._now, step.daytime, weekday=step.weekday)
        )
        if by:
            await self.player.advance(by)
        return by

    async def _asked(self, step: Step, operation: Operation, where: str) -> httpx.Response:
        """Asks until the answer is as expected, if that may take a moment; then once more each."""
        key = uuid4().hex
        deadline = time.monotonic() + (self.player.soon_seconds if step.soon else 0)
        response = await self._once(step, operation, key)
        while (wrong := self._wrong(step, response)) and time.monotonic() < deadline:
            await asyncio.sleep(POLL_SECONDS)
            response = await self._once(step, operation, key)
        for _ in range(step.again if not wrong else 0):
            response = await self._once(step, operation, key)
            wrong = wrong or self._wrong(step, response)
        if wrong:
            raise NotAsExpected(f"{where}: {wrong}; {response.text[:400]}")
        return response

    async def _once(self, step: Step, operation: Operation, key: str) -> httpx.Response:
        """Somebody else's change in between (412) means: read again, ask again."""
        response = await self._patiently(step, operation, key)
        for _ in range(STALE_TRIES):
            if response.status_code != STALE or step.expect.status == STALE:
                break
            response = await self._patiently(step, operation, key)
        return response

    async def _patiently(self, step: Step, operation: Operation, key: str) -> httpx.Response:
        """The same key again after silence: whatever happened, it happens once."""
        deadline = time.monotonic() + self.player.patience_seconds
        while True:
            response = None
            try:
                response = await self._request(step, operation, key)
            except httpx.TransportError:
                if time.monotonic() >= deadline:
                    raise
            if response is not None and (
                response.status_code not in AWAY or time.monotonic() >= deadline
            ):
                return response
            await asyncio.sleep(POLL_SECONDS)

    async def _request(self, step: Step, operation: Operation, key: str) -> httpx.Response:
        client, on = self.player.client, self._filled(step.of)
        headers = {} if step.signed else self.player.headers_of(*self.scenario.who(step))
        if operation.needs_key:
            headers["Idempotency-Key"] = key
        read_at = operation.read_url(on)
        if read_at:
            seen = await client.get(read_at, headers=headers)
            if seen.status_code in AWAY:
                return seen
            headers["If-Match"] = seen.headers.get("etag", '"0"')
        content = _bytes(self._filled(step.body))
        if content is not None:
            headers["Content-Type"] = "application/json"
        if step.signed:
            headers |= self.player.sign(self._filled(step.signed), content or b"", step.forged)
        return await client.request(
            operation.method,
            operation.url(on),
            params=self._filled(step.query),
            headers=headers,
            content=content,
        )

    def _wrong(self, step: Step, response: httpx.Response) -> str:
        expected, answer = step.expect, _json(response)
        status = response.status_code
        if status != expected.status if expected.status else not response.is_success:
            return f"{status}, not {expected.status or 'success'}"
        if expected.problem and at(answer, "code") != expected.problem:
            return f"{at(answer, 'code')}, not {expected.problem}"
        return unlike(self._filled(expected.values), answer)

    def _keep(self, step: Step, response: httpx.Response, where: str) -> None:
        for name, path in step.keep.items():
            found = at(_json(response), self._filled(path))
            if found is None:
                raise NotAsExpected(f"{where}: nothing at {path} to keep; {response.text[:400]}")
            self.kept[name] = str(found)

    def _filled(self, value: Any) -> Any:
        return filled(value, self.kept, self._now)


def _bytes(body: Any) -> bytes | None:
    return None if body is None else httpx.Request("POST", "http://body", json=body).content


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
