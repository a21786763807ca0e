"""The table of crash points says exactly what the code has, and nothing is armed by itself."""

import re
from pathlib import Path

from shared.plumbing import crashpoints

ROOT = Path(__file__).resolve().parents[3]
REACHED = re.compile(r'\breach\("([a-z.]+)"\)')


def _reached() -> list[str]:
    found = []
    for folder in ("shared", "services", "kesu"):
        for file in (ROOT / folder).rglob("*.py"):
            found += REACHED.findall(file.read_text())
    return found


def test_every_point_is_reached_in_exactly_one_place_and_every_place_is_in_the_table() -> None:
    assert sorted(_reached()) == sorted(crashpoints.CRASH_POINTS)


def test_every_write_path_has_its_points() -> None:
    ways = {point.partition(".")[0] for point in crashpoints.CRASH_POINTS}
    assert ways >= {"door", "joint", "hotline", "relay", "consumer", "timers", "supervisor"}


def test_nothing_is_armed_in_a_process_that_nobody_armed() -> None:
    assert crashpoints._ARMED == []
    crashpoints.reach("door.written")


def test_what_is_armed_is_told_the_point() -> None:
    told: list[str] = []
    crashpoints.arm(told.append)
    try:
        crashpoints.reach("relay.sent")
    finally:
        crashpoints._ARMED.clear()
    assert told == ["relay.sent"]
