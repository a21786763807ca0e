"""What else goes on in a round: whole stories by several persons, or time that passes quickly.

Never both: a story tells what happens while business time stands still.
"""

import asyncio
import random
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache

import httpx

from kesu.home import PROJECT
from kesu.playing.player import NotAsExpected
from kesu.playing.script import Daytime, Scenario, read_scenarios
from kesu.playing.stage import Stage
from tests.faults.lab import Lab
from tests.faults.watching import asked

PATIENCE_SECONDS = 120.0
ADVANCE = timedelta(minutes=5)
APART_SECONDS = 0.2
AT_ONCE = 2
_STANDING = {
    "an-exchange-within-the-terms",
    "a-promise-of-5000-and-a-cent",
    "a-vendor-beyond-the-store-manager",
    "sent-back-twice-between-two-departments",
    "withdrawn-in-mid-approval",
    "a-refund-confirmed-by-the-head",
    "steps-that-are-not-allowed",
}
"""Scenarios in which business time stands still."""


@dataclass(slots=True, kw_only=True)
class Stories:
    """Several stories at once, over and over. `failed` says which step was answered otherwise."""

    here: Stage
    rng: random.Random
    played: int = 0
    failed: list[str] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Until `ended`; the stories under way are told to their end."""
        await asyncio.gather(*(self._one_after_another() for _ in range(AT_ONCE)))

    async def _one_after_another(self) -> None:
        patient = replace(
            self.here.player, patience_seconds=PATIENCE_SECONDS, soon_seconds=PATIENCE_SECONDS
        )
        while not self.ended.is_set():
            story = self.rng.choice(standing())
            try:
                await patient.play(story)
                self.played += 1
            except (NotAsExpected, httpx.TransportError) as wrong:
                self.failed.append(str(wrong) or type(wrong).__name__)


async def pass_time(lab: Lab, ended: asyncio.Event) -> None:
    """Advances business time until `ended`, so that clocks warn and run out: a day in 15 s."""
    while not ended.is_set():
        await asked(lab, _ADVANCE, ADVANCE)
        await asyncio.sleep(APART_SECONDS)


@cache
def standing() -> list[Scenario]:
    """The stories that can be told at any time of day, and several of them at once."""
    return [_plain(each) for each in read_scenarios(PROJECT / "scenarios") if each.id in _STANDING]


def _plain(scenario: Scenario) -> Scenario:
    steps = [each for each in scenario.steps if not isinstance(each, Daytime)]
    return scenario.model_copy(update={"steps": steps})


_ADVANCE = "update platform.business_time set ahead = ahead + $1 returning 0"
