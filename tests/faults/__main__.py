"""`python -m tests.faults short|long|rest|soak`: strikes, judges, keeps a line a round.

Lines go to docs/guarantees/<schedule>.jsonl; a long schedule that is stopped goes on after the
last round it finished at this commit. `rest` strikes what has not struck so many `--times` in the
recorded rounds that held, of any commit.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from tests.faults import schedules
from tests.faults.lab import lab
from tests.faults.record import FOLDER, lines_of, recorded, struck
from tests.faults.rounds import Result, commit, play
from tests.faults.schedules import Round

ROUNDS_OF_A_LAB = 4
"""A fresh database and broker now and then: reading whole topics again and again takes long."""
BRIEF = 6


def main() -> int:
    """0 when every verdict of every round held."""
    arguments = _parsed()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    place = Path(arguments.lines) if arguments.lines else FOLDER / f"{arguments.schedule}.jsonl"
    done = _done(place)
    left = (each for each in _chosen(arguments) if each.name not in done)
    print(f"{len(done)} rounds done before at this commit; lines go to {place}", flush=True)
    began = time.monotonic()
    results = asyncio.run(_play_all(left, arguments, place))
    _say(results, time.monotonic() - began)
    return 0 if results and all(each.ok for each in results) else 1


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("schedule", choices=("short", "long", "rest", "soak"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--broker", choices=("kafka", "tansu"))
    parser.add_argument("--only", help="faults whose row or name holds this")
    parser.add_argument("--times", type=int, default=3, help="how often the rest shall have struck")
    parser.add_argument("--minutes", type=float, default=240.0, help="how long to soak")
    parser.add_argument("--lines", help="another file for the lines")
    return parser.parse_args()


def _chosen(arguments: argparse.Namespace) -> Iterator[Round]:
    if arguments.only:
        return iter(schedules.narrowed(arguments.only, arguments.seed))
    match arguments.schedule:
        case "short":
            return schedules.short(arguments.seed)
        case "long":
            return schedules.long()
        case "rest":
            known = recorded()
            return schedules.rest(struck(known), arguments.times, len(known))
        case _:
            return schedules.soak(arguments.seed, arguments.minutes)


async def _play_all(
    rounds: Iterator[Round], arguments: argparse.Namespace, place: Path
) -> list[Result]:
    """A round that broke something ends its lab: the next one shall not find what it left."""
    results: list[Result] = []
    following = next(rounds, None)
    while following:
        async with lab(arguments.broker, wired=True) as found:
            for _ in range(ROUNDS_OF_A_LAB):
                result = await play(found, arguments.schedule, following.seed, following.faults)
                results.append(result)
                _keep(place, following, result)
                _tell(following, result, len(results))
                following = next(rounds, None)
                if following is None or not result.ok:
                    break
    return results


def _keep(place: Path, each: Round, result: Result) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a") as lines:
        lines.write(json.dumps({"round": each.name} | result.line(), ensure_ascii=False) + "\n")


def _done(place: Path) -> set[str]:
    """Rounds whose line was written by this very code."""
    here = commit()
    return {line["round"] for line in lines_of(place) if line["commit"] == here}


def _tell(each: Round, result: Result, number: int) -> None:
    broken = [name for name, said in result.verdicts.items() if not said["ok"]]
    print(
        f"{number} {each.name}: {result.faults} faults, {result.events} events, "
        f"{result.registered} complaints, at rest after {result.drained_s:.0f} s, "
        f"{'all hold' if result.ok else 'BROKEN ' + ', '.join(broken)} ({result.seconds:.0f} s)",
        flush=True,
    )
    for wrong in result.unfit:
        print(f"    unfit: {wrong}")
    for story in result.stories_failed[:BRIEF]:
        print(f"    a story went otherwise: {story}")
    for name in broken:
        for found in result.verdicts[name]["found"][:BRIEF]:
            print(f"    {name}: {found}")


def _say(results: Sequence[Result], seconds: float) -> None:
    faults, events = sum(r.faults for r in results), sum(r.events for r in results)
    broken = sum(not r.ok for r in results)
    print(f"{faults} faults, {events} events in {seconds / 60:.1f} minutes")
    print(f"{len(results) - broken} passed, {broken} failed")


if __name__ == "__main__":
    raise SystemExit(main())
