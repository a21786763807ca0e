"""`python -m tests.faults.guarantees`: docs/guarantees.md, made from the lines of recorded runs.

Nothing on the page is written by hand but the meaning of each promise; every number comes from
docs/guarantees/*.jsonl, where each round and each drill left one line.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from kesu.home import PROJECT
from shared.plumbing.crashpoints import CRASH_POINTS
from tests.faults.nemeses import UNREACHABLE
from tests.faults.record import BESIDE, Line, drilled, recorded, struck
from tests.faults.schedules import catalogue, known_as
from tests.faults.stories import ADVANCE, APART_SECONDS
from tests.faults.wording import HEAD, PROMISES, ROWS

PAGE = PROJECT / "docs" / "guarantees.md"

ONCE = ("I1", "I3", "I5", "I9")


def main() -> int:
    """Writes the page; says where it is."""
    known = recorded()
    PAGE.write_text(page(known, drilled()))
    print(f"{PAGE.relative_to(PROJECT)}: {len(known)} rounds")
    return 0


def page(known: Sequence[Line], drills: Sequence[Line]) -> str:
    """The whole page. Rounds in which something broke stand apart; whoever looked into one adds its
    `cause` to the line.
    """
    rounds = [line for line in known if line["ok"]]
    broken = [line for line in known if not line["ok"]]
    parts = [
        HEAD,
        _totals(rounds, broken),
        _promises(rounds),
        _rows(rounds),
        _often(rounds),
        _points(rounds, drills),
        _rare(rounds),
        _recovery(rounds),
        _drills(drills),
        _unreachable(),
        _runs(rounds),
        _broken(broken),
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _totals(rounds: Sequence[Line], broken: Sequence[Line]) -> str:
    events, faults = sum(r["events"] for r in rounds), sum(r["faults"] for r in rounds)
    registered, tickets = sum(r["registered"] for r in rounds), sum(r["tickets"] for r in rounds)
    stormy = sum(n for r in rounds for name, n in r["struck"].items() if "storm of" in name)
    return (
        f"**{events:,} events under {faults:,} faults** in {len(rounds)} rounds, {stormy:,} of the "
        "faults in storms (each process ended or cut off at a point counts once); "
        f"{registered:,} complaints and {tickets:,} hotline tickets answered, "
        f"{sum(r['stories'] for r in rounds):,} stories told to their end. "
        f"Found lost or doubled (I1, I3, I5, I9): {_count(rounds, ONCE)}; out of order (I4): "
        f"{_count(rounds, ('I4',))}. Rounds beside these in which something broke: {len(broken)}; "
        f"lost, doubled or out of order in them: {_count(broken, (*ONCE, 'I4'))} (last table).\n"
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
    rows = [(row, ROWS.get(row, ""), struck[row], missed[row]) for row in names]
    columns = ("row", "fault", "struck", "found no occasion")
    return _table("Faults by row of the matrix", columns, rows)


def _often(rounds: Sequence[Line]) -> str:
    """How much of today's catalogue has struck, and how often."""
    counts = struck(rounds)
    often = [counts[known_as(fault)] for fault in catalogue()]
    times = ", ".join(
        f"{sum(each >= least for each in often)} {words}"
        for least, words in ((1, "at least once"), (2, "twice"), (3, "three times or more"))
    )
    return f"\nOf the {len(often)} faults of the catalogue struck, in different company: {times}."


def _points(rounds: Sequence[Line], drills: Sequence[Line]) -> str:
    """Every crash point × mode × hit that struck, out of all there are."""
    held = [*rounds, *(line for line in drills if line["ok"])]
    names = {name.split()[1] for line in held for name in line.get("struck", {})}
    rows = []
    for point, meaning in CRASH_POINTS.items():
        mine = [name for name in names if name.startswith(f"{point}:")]
        by_mode = Counter(name.split(":")[1] for name in mine)
        rows.append((f"`{point}`", meaning, by_mode["exit"], by_mode["stop"], by_mode["reset"]))
    columns = ("point", "what has happened there", "ended", "stopped", "cut off")
    note = (
        "How many of the three hits (first, second, later) struck, by how the process suffered; "
        "where a process comes once in its life, and in drills, there is one.\n"
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
        for words, values in (
            (
                "everybody ready again after the last fault of a round",
                [line["ready_s"] for line in rounds],
            ),
            ("nothing on its way any more", [line["drained_s"] for line in rounds]),
            ("oldest unsent fact while faults struck", _unsent(rounds)),
            ("latest due moment while faults struck", _lateness(rounds)),
        )
        if values
    ]
    note = (
        "Due moments: in rounds in which business time ran 1,500 times as fast so that clocks ran "
        "out, what one was late in it, divided by that; time for which timers were held after a "
        "jump of the database's clock is part of it.\n"
    )
    return _table("Recovery", ("", "median", "worst"), rows, note)


def _unsent(rounds: Sequence[Line]) -> list[float]:
    """Earlier lines told it in business time, which says nothing where that ran fast."""
    real = [line for line in rounds if "unsent_s" in line or not _timely(line)]
    return [line["unsent_s"] if "unsent_s" in line else line["outbox_age_s"] for line in real]


def _lateness(rounds: Sequence[Line]) -> list[float]:
    fast = ADVANCE.total_seconds() / APART_SECONDS
    return [line["timer_lateness_s"] / fast for line in rounds if _timely(line)]


def _timely(line: Line) -> bool:
    return str(line["round"]).rpartition("-")[2].startswith("t")


def _drills(drills: Sequence[Line]) -> str:
    rows = [
        (line["drill"], "held" if line["ok"] else "**broke**", _figures(line), line["commit"])
        for line in drills
    ]
    return _table("Drills", ("drill", "", "figures", "commit"), rows) if rows else ""


def _figures(line: Line) -> str:
    return ", ".join(f"{name} {value}" for name, value in line.items() if name not in BESIDE)


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


def _broken(lines: Sequence[Line]) -> str:
    rows = [
        (
            line["round"],
            line["commit"],
            line["faults"],
            _wrong(line),
            line.get("cause", "not known yet"),
        )
        for line in lines
    ]
    columns = ("round", "commit", "faults", "what broke", "why")
    return _table("Rounds in which something broke", columns, rows) if rows else ""


def _wrong(line: Line) -> str:
    verdicts = [name for name, said in line["verdicts"].items() if not said["ok"]]
    return "; ".join([*verdicts, *line["unfit"], *line["stories_failed"]])[:200]


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


if __name__ == "__main__":
    raise SystemExit(main())
