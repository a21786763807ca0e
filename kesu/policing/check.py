"""`kesu policy check [pack|path]`: prove packs before anybody decides under them."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

from kesu.policing._meant import add_pack, named, sources_named, users_of
from shared.kernel.policy.finding import Severity
from shared.kernel.policy.organisation import Organisation
from shared.plumbing.packs import BadPack
from shared.plumbing.packs.loading import Source
from shared.plumbing.packs.organisations import organisations_in
from shared.plumbing.packs.shelf import Placed, examined

NAME = "check"
HELP = "prove packs: no gap, no overlap, no dead end; each finding with a counter-example"


@dataclass(slots=True)
class Tally:
    """What a run came to."""

    packs: int = 0
    errors: int = 0
    warnings: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the pack and `--json`."""
    add_pack(parser)
    parser.add_argument("--json", action="store_true", help="findings as JSON lines")


def run(args: argparse.Namespace) -> int:
    """0 when nothing is wrong, 1 when a pack would be refused."""
    began, worked, tally = perf_counter(), process_time(), Tally()
    served: tuple[Organisation, ...] = ()
    try:
        served = organisations_in(args.organisations)
    except BadPack as bad:
        _refuse(bad, tally, as_json=args.json)
    for name in named(args):
        try:
            for source in sources_named(name, args.policies):
                _check(source, served, tally, as_json=args.json)
        except BadPack as bad:
            _refuse(bad, tally, as_json=args.json)
    if not args.json:
        _sum_up(tally, perf_counter() - began, process_time() - worked)
    return int(tally.errors > 0)


def _check(
    source: Source, served: tuple[Organisation, ...], tally: Tally, *, as_json: bool
) -> None:
    for organisation in users_of(source, served) or (None,):
        pack, placed = examined(source, organisation)
        wrong = sum(one.finding.severity is Severity.ERROR for one in placed)
        tally.packs += 1
        tally.errors += wrong
        tally.warnings += len(placed) - wrong
        for one in placed:
            print(as_line(one) if as_json else "\n".join(as_text(one)))
        if not as_json:
            under = f" for {organisation.id}" if organisation else ", its examples filled in"
            state = f"{len(placed)} findings" if placed else "nothing found"
            print(f"{pack.id} {pack.version}{under}: {state} (hash {pack.hash[:12]})")


def as_line(placed: Placed) -> str:
    """A finding as one line of JSON."""
    finding = placed.finding
    said: dict[str, Any] = {
        "severity": finding.severity,
        "file": placed.file,
        "line": placed.line,
        "row": finding.row,
        "code": finding.code,
        "what": finding.what,
        "complaint": dict(finding.complaint) or None,
        "example": None if finding.complaint else finding.example or None,
        "mend": finding.mend,
    }
    return json.dumps(said, ensure_ascii=False)


def as_text(placed: Placed) -> Iterator[str]:
    """A finding for a person: where, what, an example, how to mend it."""
    finding = placed.finding
    where = f"{placed.file}:{placed.line}" if placed.line else placed.file
    yield f"{finding.severity} {where} row {finding.row} [{finding.code}]"
    yield f"  {finding.what}"
    if finding.example:
        yield f"  for example  {finding.example}"
    if finding.mend:
        yield f"  to mend it   {finding.mend}"


def _refuse(bad: BadPack, tally: Tally, *, as_json: bool) -> None:
    tally.errors += 1
    if as_json:
        said = {
            "severity": "error",
            "file": bad.file,
            "line": bad.line,
            "row": bad.row,
            "code": "unreadable",
            "what": bad.reason,
        }
        print(json.dumps(said, ensure_ascii=False))
    else:
        print(f"error {bad}", file=sys.stderr)


def _sum_up(tally: Tally, seconds: float, worked: float) -> None:
    found = f"{tally.errors} errors, {tally.warnings} warnings"
    took = f"{seconds:.2f} s ({worked:.2f} s of processor time)"
    print(f"{tally.packs} packs read and proved in {took}: {found}")
