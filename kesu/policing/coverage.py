"""`kesu policy coverage [pack]`: each requirement and what meets it, or why it is not met yet."""

import argparse
import json
import sys
from collections import Counter

from kesu.policing._covering import Covered, Status, covered, requirements_in
from shared.plumbing.packs import BadPack

NAME = "coverage"
HELP = "say of every requirement which row or code meets it, or why not yet"
SHOWN = 3
"""How many rows a line names before it says how many more there are."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the pack, `--open` and `--json`."""
    parser.add_argument("pack", nargs="?", help="a pack's name; all when left out")
    parser.add_argument("--open", action="store_true", help="only what is not done")
    parser.add_argument("--json", action="store_true", help="as JSON lines")


def run(args: argparse.Namespace) -> int:
    """1 when a requirement is met by nothing and nobody says why, or a file cannot be read."""
    everything: list[Covered] = []
    try:
        for pack in _named(args):
            found = covered(args.policies, pack)
            everything += found
            _print(pack, found, args)
    except BadPack as bad:
        print(f"error {bad}", file=sys.stderr)
        return 1
    if not args.json:
        print(f"all {_totals(everything)}")
    return int(any(one.status is Status.MISSING for one in everything))


def _named(args: argparse.Namespace) -> list[str]:
    """The packs that are meant. Raises BadPack for one whose requirements nobody wrote down."""
    packs = list(requirements_in(args.policies))
    if args.pack and args.pack not in packs:
        raise BadPack(args.pack, "there are no requirements for such a pack")
    return [args.pack] if args.pack else packs


def _print(pack: str, found: tuple[Covered, ...], args: argparse.Namespace) -> None:
    shown = [one for one in found if not (args.open and one.status is Status.DONE)]
    for one in shown:
        print(json.dumps(_plain(one), ensure_ascii=False) if args.json else _line(one))
    if not args.json:
        print(f"{pack} {_totals(list(found))}\n")


def _line(one: Covered) -> str:
    asked = one.requirement
    begin = f"{asked.id} {asked.kind} {asked.service:12} {one.status:12} {asked.asks}"
    more = f" and {len(one.rows) - SHOWN} more" if len(one.rows) > SHOWN else ""
    rows = f"\n    rows  {', '.join(map(str, one.rows[:SHOWN]))}{more}" if one.rows else ""
    code = f"\n    code  {', '.join(one.code)}" if one.code else ""
    reason = f"\n    why   {one.reason}" if one.reason else ""
    return begin + rows + code + reason


def _plain(one: Covered) -> dict[str, object]:
    return {
        "id": one.requirement.id,
        "kind": one.requirement.kind,
        "service": one.requirement.service,
        "status": str(one.status),
        "rows": [str(row) for row in one.rows],
        "code": list(one.code),
        "reason": one.reason,
    }


def _totals(found: list[Covered]) -> str:
    by_status = Counter(one.status for one in found)
    counted = ", ".join(f"{by_status[status]} {status}" for status in Status if by_status[status])
    kinds = Counter[str](one.requirement.kind for one in found)
    return f"{len(found)} requirements ({_said(kinds)}): {counted}"


def _said(kinds: Counter[str]) -> str:
    return ", ".join(f"{kinds[kind]} {kind}" for kind in "RDGA" if kinds[kind])
