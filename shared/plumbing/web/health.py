"""Alive, started, ready: three questions with three answers (reliability 5.1).

`/livez` asks the event loop only, so that a database restart kills no process. `/readyz` asks
what the service named (its database, its migrations); Kafka is not among it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import orjson

Check: TypeAlias = Callable[[], Awaitable[bool]]
CHECK_WITHIN_S = 2.0


@dataclass(slots=True, kw_only=True)
class Health:
    """The state of one process: what it checks, whether it started, whether it drains."""

    checks: dict[str, Check] = field(default_factory=dict)
    started: bool = False
    draining: bool = False

    async def ready(self) -> tuple[int, bytes]:
        """200 when every check holds; 503 while starting, draining or broken, naming which."""
        verdicts = await asyncio.gather(*(_holds(check) for check in self.checks.values()))
        found = dict(zip(self.checks, verdicts, strict=True))
        found |= {"started": self.started, "not draining": not self.draining}
        return (200 if all(found.values()) else 503), orjson.dumps({"checks": found})

    async def answer(self, path: str) -> tuple[int, bytes]:
        """Status and JSON for one of the three paths."""
        if path == "/readyz":
            return await self.ready()
        fine = path == "/livez" or self.started
        return (200 if fine else 503), b'{"ok":%s}' % (b"true" if fine else b"false")


PATHS = frozenset({"/livez", "/readyz", "/startupz"})


async def _holds(check: Check) -> bool:
    try:
        return await asyncio.wait_for(check(), CHECK_WITHIN_S)
    except Exception:  # noqa: BLE001 - whatever a check raises, the answer is no
        return False
