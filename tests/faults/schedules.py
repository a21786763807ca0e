"""Which faults are struck, in which rounds: short for every change, long and rest for the record,
soak.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

import tests.faults.nemeses
from tests.faults.fault import Fault

ROUND_FAULTS = 28
SHORT_FAULTS = 84
"""Some of them find no occasion in a round; sixty shall strike."""
SHORT_ROWS = frozenset({"F1", "F2", "F3", "F4", "F7", "F9", "F18", "F24", "F26", "F30", "F36"})
"""Of the rows that the matrix wants struck for every change, those whose parts exist."""
SEEDS = (11, 22, 33)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round strikes. `name` tells it from all others of its schedule."""

    name: str
    seed: int
    faults: tuple[Fault, ...]


def catalogue() -> list[Fault]:
    """Every fault of every nemesis, in the order of their rows."""
    found: list[Fault] = []
    for module in iter_modules(tests.faults.nemeses.__path__):
        found += import_module(f"tests.faults.nemeses.{module.name}").faults()
    return sorted(found, key=lambda fault: (int(fault.row[1:]), fault.name))


def short(seed: int) -> Iterator[Round]:
    """A draw over the rows that every change is held against, each row at least once."""
    rng = random.Random(seed)
    known = [fault for fault in catalogue() if fault.row in SHORT_ROWS and not fault.lengthy]
    by_row: dict[str, list[Fault]] = {}
    for fault in known:
        by_row.setdefault(fault.row, []).append(fault)
    chosen = [rng.choice(faults) for faults in by_row.values()]
    rest = [fault for fault in known if fault not in chosen]
    chosen += rng.sample(rest, SHORT_FAULTS - len(chosen))
    yield from _rounds("short", seed, chosen)


def long() -> Iterator[Round]:
    """Everything, three times, each time in another order and company."""
    for seed in SEEDS:
        yield from _rounds(f"long-{seed}", seed, catalogue())


def _rounds(name: str, seed: int, faults: Sequence[Fault]) -> Iterator[Round]:
    """Faults that need time to pass are struck among themselves."""
    for kind, timely in (("s", False), ("t", True)):
        mixed = [fault for fault in faults if fault.timely is timely]
        random.Random(seed).shuffle(mixed)
        for number, start in enumerate(range(0, len(mixed), ROUND_FAULTS)):
            part = tuple(mixed[start : start + ROUND_FAULTS])
            yield Round(name=f"{name}-{kind}{number:03d}", seed=seed * 1000 + number, faults=part)


def rest(struck: Mapping[str, int], times: int, seed: int) -> Iterator[Round]:
    """What has struck less often than that so far; `struck` counts by row and name."""
    lacking = [fault for fault in catalogue() if struck.get(known_as(fault), 0) < times]
    yield from _rounds(f"rest-{seed}", seed, lacking)


def known_as(fault: Fault) -> str:
    """How lines name it."""
    return f"{fault.row} {fault.name}"


def soak(seed: int, minutes: float) -> Iterator[Round]:
    """Draws without end, until the time is up."""
    deadline, rng, number = time.monotonic() + minutes * 60, random.Random(seed), 0
    while time.monotonic() < deadline:
        drawn = rng.sample(catalogue(), ROUND_FAULTS)
        yield from _rounds(f"soak-{seed}-{number:04d}", seed + number, drawn)
        number += 1


def narrowed(word: str, seed: int) -> list[Round]:
    """Only the faults of a row, or of several with commas between, or whose name holds the word."""
    rows = word.split(",")
    wanted = [fault for fault in catalogue() if fault.row in rows or word in fault.name]
    return list(_rounds(f"only-{word}-{seed}", seed, wanted))
