"""`python -m benchmarks.growth [sizes…]`: what everything costs at 1 k, 10 k and 100 k complaints.

One stage grows from size to size. Results as JSON; the plot and the table go into docs/speed.md.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import due, growing, plotting
from benchmarks.filling import fill
from benchmarks.keeping import RESULTS, begun, keep
from benchmarks.stage import ROOT, Stage, stage

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3


def main() -> None:
    """Prints what it does and where the results are."""
    arguments = _arguments()
    sizes, began = sorted(set(arguments.sizes or SIZES)), time.monotonic()
    results = begun() | {"rounds": arguments.rounds, "sizes": []}
    with tempfile.TemporaryDirectory() as place, stage() as found:
        results["broker"] = found.broker.flavour
        for size in sizes:
            results["sizes"].append(
                _measured(found, Path(place), size, arguments.rounds, arguments.herd)
            )
            print(f"  {time.monotonic() - began:.0f} s so far", flush=True)
    results["seconds"] = round(time.monotonic() - began)
    where = keep(results, "growth-", arguments.results)
    if not arguments.no_docs:
        plotting.into_docs(results, ROOT / "docs")
    print(f"results: {where}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, help="complaints, by default 1 k to 100 k")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of which medians are taken")
    parser.add_argument("--herd", type=int, default=due.HERD, help="clocks due at one moment")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where the JSON goes")
    parser.add_argument("--no-docs", action="store_true", help="leave docs/speed.md as it is")
    return parser.parse_args()


def _measured(found: Stage, place: Path, size: int, rounds: int, herd: int) -> dict[str, Any]:
    """Everything at one size, and how many complaints there were at each of the measurements."""
    print(f"{size} complaints", flush=True)
    began = time.monotonic()
    _start_both(found)
    found.ask(fill(found, size))
    measured: dict[str, Any] = {"size": size, "fill_seconds": round(time.monotonic() - began, 1)}
    measured["pages"] = _beside(found, lambda: growing.pages(found, rounds))
    measured["hop"] = _beside(found, lambda: found.ask(growing.hops(found, rounds)))
    _stop_both(found)
    found.start("intake", "--only", "api")
    measured["intake"] = _beside(found, lambda: growing.registrations(found, place, rounds))
    found.stop("intake")
    _start_both(found)
    measured["clocks"] = _beside(found, lambda: _clocks(found, rounds, herd))
    _stop_both(found)
    print(f"  {json.dumps(measured)}", flush=True)
    return measured


def _clocks(found: Stage, rounds: int, herd: int) -> dict[str, Any]:
    each = found.ask(due.rounds(found, rounds, herd=herd))
    return {name: statistics.median(one[name] for one in each) for name in each[0]}


def _beside(found: Stage, doing: Any) -> dict[str, Any]:
    """What was measured, beside the number of complaints halfway through it."""
    before = found.complaints()
    measured: dict[str, Any] = doing()
    after = found.complaints()
    return {"complaints": (before + after) // 2} | measured


def _start_both(found: Stage) -> None:
    for service in ("intake", "escalation"):
        found.start(service)


def _stop_both(found: Stage) -> None:
    for service in ("intake", "escalation"):
        found.stop(service)


if __name__ == "__main__":
    main()
