"""What a nemesis does: one fault, struck and healed, named after its row of the fault matrix."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.faults.lab import Lab

POLL_SECONDS = 0.05


class NotStruck(Exception):
    """The fault could not strike: its point was not reached in time, its victim was away."""


class Unfit(Exception):
    """Kesu did not do under the fault what it must: the round has failed, the run goes on."""


Strike: TypeAlias = Callable[[Lab, random.Random], Awaitable[int]]
"""Strikes and heals; returns how many single faults that were. Raises NotStruck and Unfit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. `row` is its row in the fault matrix (F1 to F42), `victims` what it touches.

    Faults with a victim in common are never struck at the same time. `timely`: it needs a round
    in which business time passes; all others are struck while stories are told. `alone`: it holds
    Kesu to something that another fault at the same time would break. `lengthy`: it takes so long
    that the short schedule leaves it out.
    """

    name: str
    row: str
    victims: frozenset[str]
    strike: Strike
    timely: bool = False
    alone: bool = False
    lengthy: bool = False


def insist(true: object, wrong: str) -> None:
    """Raises Unfit with what is wrong, unless it is true."""
    if not true:
        raise Unfit(wrong)


async def happened(true: Callable[[], bool], *, within: float) -> bool:
    """Whether it comes true in so many seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if true():
            return True
        await asyncio.sleep(POLL_SECONDS)
    return true()
