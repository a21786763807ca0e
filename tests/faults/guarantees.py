"""`python -m tests.faults.guarantees`: docs/guarantees.md, made from the lines of recorded runs.

Nothing on the page is written by hand but the meaning of each promise; every number comes from
docs/guarantees/*.jsonl, where each round and each drill left one line.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from kesu.home import PROJECT
from shared.plumbing.crashpoints import CRASH_POINTS
from tests.faults.nemeses import UNREACHABLE

Line: TypeAlias = dict[str, Any]
FOLDER = PROJECT / "docs" / "guarantees"
PAGE = PROJECT / "docs" / "guarantees.md"
DRILLS = "drills.jsonl"

PROMISES = {
    "I1": "every registration answered with 2xx is exactly one complaint",
    "I2": "every record of a topic is one committed journal row, byte for byte",
    "I3": "every committed fact reached its topic and had its effect at each listener once",
    "I4": "the facts of an aggregate come in order, without a gap",
    "I5": "nothing is paid twice or beyond authority",
    "I6": "the ledger balances",
    "I7": "every step of a clock happens once, none after the end",
    "I8": "the history is the one that was written",
    "I9": "every hotline ticket is answered and is one complaint",
    "I10": "the read models say what the facts say",
    "I11": "strangers are refused, also while things break",
    "I12": "no name, phone or word of a customer is where it does not belong",
    "I13": "after a fault everything drains",
    "I14": "an answer is true and stays true under the same key",
}
ONCE = ("I1", "I3", "I5", "I9")


def main() -> int:
    """Writes the page; says where it is."""
    rounds = [line for place in _recorded() for line in _lines(place)]
    PAGE.write_text(page(rounds, _lines(FOLDER / DRILLS)))
    print(f"{PAGE.relative_to(PROJECT)}: {len(rounds)} rounds")
    return 0


def page(rounds: Sequence[Line], drills: Sequence[Line]) -> str:
    """The whole page."""
    parts = [
        _HEAD,
        _totals(rounds),
        _promises(rounds),
        _rows(rounds),
        _points(rounds),
        _rare(rounds),
        _recovery(rounds),
        _drills(drills),
        _unreachable(),
        _runs(rounds),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _recorded() -> list[Path]:
    return sorted(place for place in FOLDER.glob("*.jsonl") if place.name != DRILLS)


def _lines(place: Path) -> list[Line]:
    if not place.exists():
        return []
    return [json.loads(line) for line in place.read_text().splitlines() if line]


def _totals(rounds: Sequence[Line]) -> str:
    events, faults = sum(r["events"] for r in rounds), sum(r["faults"] for r in rounds)
    registered, tickets = sum(r["registered"] for r in rounds), sum(r["tickets"] for r in rounds)
    broken = sum(not r["ok"] for r in rounds)
    stormy = sum(n for r in rounds for name, n in r["struck"].items() if "storm of" in name)
    return (
        f"**{events:,} events under {faults:,} faults** in {len(rounds)} rounds, {stormy:,} of the "
        "faults in storms (each process ended or cut off at a point counts once); "
        f"{registered:,} complaints and {tickets:,} hotline tickets answered, "
        f"{sum(r['stories'] for r in rounds):,} stories told to their end. "
        f"Found lost or doubled (I1, I3, I5, I9): {_count(rounds, ONCE)}; out of order (I4): "
        f"{_count(rounds, ('I4',))}. Rounds in which any promise broke: {broken}.\n"
    )


def _count(rounds: Sequence[Line], names: Iterable[str]) -> int:
    """Findings against these promises."""
    return sum(len(_verdict(r, name)["found"]) for r in rounds for name in names)


def _verdict(line: Line, name: str) -> Line:
    found: Line = line["verdicts"].get(name, {"ok": True, "checked": 0, "found": []})
    return found


def _promises(rounds: Sequence[Line]) -> str:
    rows = [
        (name, words, f"{sum(v['checked'] for v in said):,}", sum(len(v["found"]) for v in said))
        for name, words in PROMISES.items()
        for said in [[_verdict(line, name) for line in rounds]]
    ]
    return _table("What was asked of every round", ("", "promise", "looked at", "broken"), rows)


def _rows(rounds: Sequence[Line]) -> str:
    struck, missed = Counter[str](), Counter[str]()
    for line in rounds:
        struck.update({n.split()[0]: 0 for n in line["struck"]})
        for name, count in line["struck"].items():
            struck[name.split()[0]] += count
        for name, count in line["missed"].items():
            missed[name.split()[0]] += count
    names = sorted({*struck, *missed}, key=lambda row: int(row[1:]))
    rows = [(row, _ROWS.get(row, ""), struck[row], missed[row]) for row in names]
    columns = ("row", "fault", "struck", "found no occasion")
    return _table("Faults by row of the matrix", columns, rows)


def _points(rounds: Sequence[Line]) -> str:
    """Every crash point × mode × hit that struck, out of all there are."""
    struck = {name.split()[1] for line in rounds for name in line["struck"]}
    rows = []
    for point, meaning in CRASH_POINTS.items():
        mine = [name for name in struck if name.startswith(f"{point}:")]
        by_mode = Counter(name.split(":")[1] for name in mine)
        rows.append((f"`{point}`", meaning, by_mode["exit"], by_mode["stop"], by_mode["reset"]))
    columns = ("point", "what has happened there", "ended", "stopped", "cut off")
    note = (
        "How many of the three hits (first, second, later) struck, by how the process suffered.\n"
    )
    return _table("Crash points", columns, rows, note)


def _rare(rounds: Sequence[Line]) -> str:
    totals = Counter[str]()
    for line in rounds:
        totals.update(line["sometimes"])
    return _table("Rare paths that were reached", ("path", "times"), sorted(totals.items()))


def _recovery(rounds: Sequence[Line]) -> str:
    rows = [
        (words, f"{median(values):.1f} s", f"{max(values):.1f} s")
        for words, field in (
            ("everybody ready again after the last fault of a round", "ready_s"),
            ("nothing on its way any more", "drained_s"),
            ("oldest unsent fact while faults struck", "outbox_age_s"),
            ("latest due moment while faults struck, in business time", "timer_lateness_s"),
        )
        for values in [[line[field] for line in rounds] or [0.0]]
    ]
    return _table("Recovery", ("", "median", "worst"), rows)


def _drills(drills: Sequence[Line]) -> str:
    rows = [
        (line["drill"], "held" if line["ok"] else "**broke**", _figures(line), line["commit"])
        for line in drills
    ]
    return _table("Drills", ("drill", "", "figures", "commit"), rows) if rows else ""


def _figures(line: Line) -> str:
    known = {"drill", "ok", "commit", "began", "broker", "verdicts"}
    return ", ".join(f"{name} {value}" for name, value in line.items() if name not in known)


def _unreachable() -> str:
    rows = sorted(UNREACHABLE.items(), key=lambda each: int(each[0].split()[0][1:]))
    return _table("What was not struck, and why", ("row", "reason"), rows) if rows else ""


def _runs(rounds: Sequence[Line]) -> str:
    groups: dict[tuple[str, str, str], list[Line]] = {}
    for line in rounds:
        groups.setdefault((line["schedule"], line["broker"], line["commit"]), []).append(line)
    rows = [
        (schedule, broker, commit, len(lines), *_sums(lines), _seeds(lines))
        for (schedule, broker, commit), lines in groups.items()
    ]
    columns = ("schedule", "broker", "commit", "rounds", "faults", "events", "minutes", "seeds")
    return _table("Runs", columns, rows)


def _sums(lines: Sequence[Line]) -> tuple[str, str, str]:
    faults, events = sum(r["faults"] for r in lines), sum(r["events"] for r in lines)
    return f"{faults:,}", f"{events:,}", f"{sum(r['seconds'] for r in lines) / 60:.0f}"


def _seeds(lines: Sequence[Line]) -> str:
    seeds = sorted(line["seed"] for line in lines)
    return f"{seeds[0]}…{seeds[-1]}" if len(seeds) > 1 else str(seeds[0])


def _table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], note: str = ""
) -> str:
    lines = [f"\n## {title}\n", *([note] if note else [])]
    lines.append(f"| {' | '.join(columns)} |")
    lines.append(f"|{'---|' * len(columns)}")
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


_HEAD = """# What holds, and how it was shown

Made by `python -m tests.faults.guarantees` from the lines that recorded runs left in
`docs/guarantees/`. A round puts real load on a whole Kesu (five services, the gateway,
PostgreSQL, the broker), strikes faults at it, several at once, heals them, waits until
nothing is on its way, and asks an oracle that reads databases, topics, logs and the clients'
books. `make faults` strikes a draw over the rows that every change is held against,
`make faults-long` everything three times, `make soak` goes on for as long as one likes. That the
oracle can convict is shown by `tests/faults/test_oracle.py` (damaged histories) and
`tests/faults/test_mutants.py` (variants of Kesu with a classical bug each).

Not counted here: rounds that were stopped, and rounds that broke a promise. What those found is in
[defects](guarantees/defects.md), with its cause where it is known.
"""
_ROWS = {
    "F1": "a door's process ends around its commit",
    "F2": "the relay's process ends around a batch",
    "F3": "the consumer's process ends around a batch",
    "F4": "the timers' process ends around a firing",
    "F7": "a process stands still for three leases and wakes",
    "F8": "a process is started again, in order or not",
    "F9": "PostgreSQL restarts under load",
    "F10": "sessions are terminated",
    "F11": "the outcome of a commit is unknown",
    "F12": "deadlocks and lock time-outs",
    "F13": "the connection pool is exhausted",
    "F14": "a disk is full",
    "F15": "a long transaction in another schema",
    "F16": "a long snapshot over dead rows",
    "F17": "a forgotten prepared transaction",
    "F18": "the broker is away",
    "F19": "the broker refuses to take records",
    "F20": "the broker is slow",
    "F21": "Kafka is lost altogether",
    "F22": "a topic is cut before it was read",
    "F23": "a producer is fenced or out of sequence",
    "F24": "every record is delivered again and again",
    "F25": "records of one key come in another order",
    "F26": "poison in the topics",
    "F27": "an operator releases or discards what is parked",
    "F28": "a slow consumer under a burst",
    "F29": "members join and leave, two on one partition",
    "F30": "the network is cut, one way or both",
    "F31": "loss, a slow link, resets",
    "F32": "a service's clock is wrong",
    "F33": "the database's clock jumps",
    "F35": "thousands of moments fall due in the same second",
    "F36": "the hotline's carrier repeats, reorders, forges",
    "F39": "a migration under load",
}


if __name__ == "__main__":
    raise SystemExit(main())
