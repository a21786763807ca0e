"""A page of docs/runbooks, whose `kesu` commands a drill performs as they stand there."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kesu import environment
from kesu.home import PROJECT
from tests.faults.lab import Lab

FOLDER = PROJECT / "docs" / "runbooks"
COMMAND_SECONDS = 300.0
_FENCE = "```"


def commands_of(page: str) -> list[str]:
    """Every command that begins with `kesu` in the page's blocks, in order."""
    found, inside = [], False
    for line in map(str.strip, (FOLDER / f"{page}.md").read_text().splitlines()):
        if line.startswith(_FENCE):
            inside = not inside
        elif inside and line.startswith("kesu "):
            found.append(line.partition("  #")[0].rstrip())
    return found


class NotInTheRunbook(AssertionError):
    """A drill does what its page does not say, or leaves out what it says."""


@dataclass(slots=True, kw_only=True)
class Runbook:
    """A page being performed, in its order. `told` is the environment of its commands."""

    page: str
    told: Mapping[str, str]
    left: list[str] = field(default_factory=list)
    root: Path = PROJECT

    def __post_init__(self) -> None:
        self.left = commands_of(self.page)

    async def perform(self, command: str) -> str:
        """Runs the page's next command to its end and gives what it printed.

        Raises NotInTheRunbook, CalledProcessError.
        """
        self.take(command)
        return await asyncio.to_thread(self._run, command.split()[1:])

    def take(self, command: str) -> None:
        """Says that the drill does the page's next command itself. Raises NotInTheRunbook."""
        if not self.left or self.left[0] != command:
            raise NotInTheRunbook(f"{self.page}: next is {self.left[:1]}, not {command}")
        self.left.pop(0)

    def finish(self) -> None:
        """Raises NotInTheRunbook when a command was left out."""
        if self.left:
            raise NotInTheRunbook(f"{self.page}: never performed {self.left}")

    def _run(self, words: list[str]) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "kesu", *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=self.root,
            env=dict(self.told) | {"PYTHONPATH": str(self.root)},
            timeout=COMMAND_SECONDS,
        )
        if done.returncode != 0:
            raise NotInTheRunbook(
                f"kesu {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout


def told(lab: Lab) -> dict[str, str]:
    """What an operator's command needs to reach everything of a lab."""
    own = lab.broker
    part = environment.broker_part(own.bootstrap, own.flavour, own.incarnation)
    return environment.for_maintenance(lab.home, lab.admin_dsn, part)


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """To a tenth."""
        return round(time.monotonic() - self._began, 1)
