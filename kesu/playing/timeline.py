"""The timeline of a scenario as a person reads it, in their language."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from kesu.playing.cast import Cast
from kesu.playing.matching import at
from kesu.playing.player import Told
from kesu.playing.script import Scenario, Step
from shared.kernel.policy.words import LANGUAGES

__all__ = ["LANGUAGES", "Timeline"]

_WORDS = Path(__file__).with_name("words.yaml")
NARRATIVE = 76
WHO, WHAT = 46, 24
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


class Timeline:
    """Writes one scenario as lines: when, who, what, what came back."""

    def __init__(self, cast: Cast, language: str) -> None:
        self.cast = cast
        self.language = language
        self._words: dict[str, Any] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))

    def heading(self, scenario: Scenario, number: int, count: int) -> Iterator[str]:
        """Which story begins, where it happens, and what it shows."""
        place = self.cast.packs.organisation(scenario.organisation).label.of(self.language)
        yield ""
        yield f"{number}/{count}  {scenario.title.of(self.language)}"
        yield f"     {scenario.id} · {place} · {' '.join(scenario.shows)}"

    def lines(self, scenario: Scenario, told: Told) -> Iterator[str]:
        """One step, with the customer's own words where they are written down."""
        if told.step.note:
            yield f"     — {told.step.note.of(self.language)}"
        when = f"{told.at:%m-%d %H:%M}"
        if not isinstance(told.step, Step):
            if told.passed:
                yield f"  {when}  {self.says('time_passes')} {spelled(told.passed)}"
            return
        who = padded(self._who(scenario, told.step), WHO)
        what = padded(self._verb(told), WHAT)
        yield f"  {when}  {who} {what} {' '.join(self._came_back(scenario, told))}"
        narrative = at(told.step.body, "form.narrative") or at(told.step.body, "narrative")
        if narrative:
            yield f"               {padded('', WHO - 2)}「{shortened(narrative, NARRATIVE)}」"

    def says(self, code: str) -> str:
        """A sentence of the catalogue."""
        return self._word("says", code) or code

    def verb(self, operation: str) -> str | None:
        """What an operation is called; None when the catalogue lacks it."""
        return self._word("verbs", operation)

    def _verb(self, told: Told) -> str:
        assert isinstance(told.step, Step), "only a step has a verb"
        found = self.verb(told.step.do) or (told.operation.summary if told.operation else "")
        return f"{found} ×{told.step.again + 1}" if told.step.again else found

    def _who(self, scenario: Scenario, step: Step) -> str:
        """The role by the pack's word, and the unit by the organisation's."""
        place, name = scenario.who(step)
        persona = self.cast.persona(place, name)
        code = persona.roles[0] if persona.roles else name
        role = self.cast.role(place, code, self.language) or self._word("roles", code) or code
        unit = self.cast.unit(place, persona.units[0], self.language) if persona.units else None
        return f"{role} · {unit}" if unit else role

    def _came_back(self, scenario: Scenario, told: Told) -> Iterator[str]:
        yield str(told.status)
        if told.status and told.status >= 400:
            yield str(at(told.answer, "title") or at(told.answer, "code") or "")
            return
        reference = at(told.answer, "reference")
        if reference and "reference" not in told.wanted:
            yield str(reference)
        for path, wanted in told.wanted.items():
            yield self._value(scenario, told, path, wanted)

    def _value(self, scenario: Scenario, told: Told, path: str, wanted: Any) -> str:
        name, value = path.rsplit(".", 1)[-1], at(told.answer, path)
        if isinstance(wanted, dict) and "has" in wanted:
            value = wanted["has"]
        label = self._word("fields", name)
        said = self._said(scenario.organisation, name, value)
        return f"{label}: {said}" if label else said

    def _said(self, organisation: str, name: str, value: Any) -> str:
        if isinstance(value, list):
            return ", ".join(self._said(organisation, name, each) for each in value) or "–"
        if isinstance(value, str):
            return self._called(organisation, value)
        if isinstance(value, bool):
            return self.says(str(value).lower())
        if name.endswith("_minor") and isinstance(value, int):
            return f"{value / 100:,.2f}"
        return "–" if value is None else str(value)

    def _called(self, organisation: str, value: str) -> str:
        """A moment where the organisation is; roles, tiers and units by their labels."""
        if MOMENT.match(value):
            there = datetime.fromisoformat(value).astimezone(self.cast.zone(organisation))
            return f"{there:%m-%d %H:%M}"
        asked = (self.cast.role, self.cast.tier, self.cast.unit)
        labels = (ask(organisation, value, self.language) for ask in asked)
        return next(filter(None, labels), None) or self._word("codes", value) or value

    def _word(self, section: str, code: str) -> str | None:
        found = (self._words.get(section) or {}).get(code)
        return str(found[self.language]) if found else None


def spelled(length: timedelta) -> str:
    """A length of time as `kesu clock advance` takes it: `1d4h`, in whole minutes."""
    minutes = round(length.total_seconds() / 60)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "m"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0m"


def padded(text: str, width: int) -> str:
    """Filled up to this many columns; a Chinese character takes two."""
    return text + " " * max(width - columns(text), 0)


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def shortened(text: str, width: int) -> str:
    """The beginning of a text, on one line."""
    line, shown = " ".join(text.split()), ""
    for letter in line:
        if columns(shown + letter) > width:
            return f"{shown}…"
        shown += letter
    return shown
