"""The lines that recorded rounds and drills left in docs/guarantees."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

from kesu.home import PROJECT

Line: TypeAlias = dict[str, Any]
FOLDER = PROJECT / "docs" / "guarantees"
DRILLS = "drills.jsonl"
BESIDE = frozenset({"drill", "ok", "commit", "began", "broker", "verdicts", "struck"})
"""What of a drill's line is no figure."""


def recorded(folder: Path = FOLDER) -> list[Line]:
    """Every round's line, file by file, in the order in which they were written."""
    places = sorted(place for place in folder.glob("*.jsonl") if place.name != DRILLS)
    return [line for place in places for line in lines_of(place)]


def drilled(folder: Path = FOLDER) -> list[Line]:
    """Every drill's line."""
    return lines_of(folder / DRILLS)


def lines_of(place: Path) -> list[Line]:
    """The lines of one file; none where there is no file."""
    if not place.exists():
        return []
    return [json.loads(line) for line in place.read_text().splitlines() if line]


def struck(lines: Iterable[Line]) -> Counter[str]:
    """In how many rounds that held each fault struck, by row and name."""
    return Counter(name for line in lines if line["ok"] for name in line["struck"])
