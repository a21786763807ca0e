"""What the drills of a run measured: shown at its end, kept when KESU_RECORD=1."""

import json
import os

from tests.faults.record import BESIDE, DRILLS, FOLDER, Line

LINES = FOLDER / DRILLS
RECORDED: list[Line] = []
KEPT = os.environ.get("KESU_RECORD") == "1"
LONG = os.environ.get("KESU_DRILLS") == "long"
"""As asked when the run began: a lab's own settings take the place of all others."""


def record(line: Line) -> None:
    """Remembers a drill's line for the end of the run, and for good where that is wanted."""
    RECORDED.append(line)
    if KEPT:
        LINES.parent.mkdir(parents=True, exist_ok=True)
        with LINES.open("a") as lines:
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


def said(line: Line) -> str:
    """A line for people."""
    figures = ", ".join(f"{name} {value}" for name, value in line.items() if name not in BESIDE)
    verdict = "held" if line["ok"] else "BROKE"
    return f"drill {line['drill']} ({line['broker']}): {verdict}; {figures}"


def is_long() -> bool:
    """Whether the drills that take long were asked for (KESU_DRILLS=long)."""
    return LONG
