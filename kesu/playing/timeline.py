"""The timeline of a scenario as a person reads it, in their language."""

from pathlib import Path
from typing import Any

import yaml

from kesu.playing.player import Told, at
from kesu.playing.script import Advance, Scenario

LANGUAGES = ("zh-Hant", "zh-Hans", "en")
_VERBS = Path(__file__).with_name("verbs.yaml")
SHOWN = ("reference", "status", "tier", "holder.unit", "unit", "required.0.role", "verdict", "code")


class Timeline:
    """Prints one line a step: when, who, what, what came back."""

    def __init__(self, language: str, *, width: int = 26) -> None:
        self.language = language
        self.width = width
        self.verbs: dict[str, Any] = yaml.safe_load(_VERBS.read_text(encoding="utf-8"))

    def open(self, scenario: Scenario, number: int, count: int) -> None:
        """The scenario's heading."""
        print(f"\n{number}/{count}  {scenario.title.of(self.language)}")
        print(f"     {scenario.organisation} · {' '.join(scenario.shows)}")

    def line(self, told: Told) -> None:
        """One step."""
        if told.step.note:
            print(f"     {told.step.note.of(self.language)}")
        if isinstance(told.step, Advance):
            print(f"  {told.index:>2}. ⏩ {told.step.advance}")
            return
        verb = self._verb(told)
        again = f" ×{told.step.again + 1}" if told.step.again else ""
        print(
            f"  {told.index:>2}. {told.step.as_:<{self.width - 6}} {verb}{again}"
            f"  → {told.status}{self._came_back(told)}  ({told.seconds * 1000:.0f} ms)"
        )

    def _verb(self, told: Told) -> str:
        assert not isinstance(told.step, Advance), "an advance has no verb"
        named = self.verbs.get(told.step.do)
        if named:
            return str(named[self.language])
        return told.operation.summary if told.operation else told.step.do

    def _came_back(self, told: Told) -> str:
        found = [(path, at(told.answer, path)) for path in SHOWN]
        return "".join(f" {value}" for _, value in found if isinstance(value, str))
