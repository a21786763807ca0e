"""`kesu demo`: plays the scenarios against the running Kesu through its public APIs."""

import argparse
import asyncio
import sys
from pathlib import Path

import httpx

from kesu.home import PROJECT
from kesu.playing.player import NotAsExpected
from kesu.playing.script import Scenario, read_scenarios
from kesu.playing.stage import stage
from kesu.playing.timeline import LANGUAGES, Timeline

NAME = "demo"
HELP = "play the scenarios against the running Kesu and print each as a timeline"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenarios", nargs="*", help="their ids; all of them when none is named")
    parser.add_argument("--folder", type=Path, default=PROJECT / "scenarios")
    parser.add_argument("--language", choices=LANGUAGES, default="zh-Hant")
    parser.add_argument("--origin", help="the gateway's address, when it is not this project's")


def run(args: argparse.Namespace) -> int:
    """0 when every scenario went as its file says."""
    found = [
        each
        for each in read_scenarios(args.folder)
        if not args.scenarios or each.id in args.scenarios
    ]
    missing = set(args.scenarios) - {each.id for each in found}
    if missing:
        print(f"no such scenario: {', '.join(sorted(missing))}", file=sys.stderr)
        return 2
    return asyncio.run(_play(found, args))


async def _play(scenarios: list[Scenario], args: argparse.Namespace) -> int:
    timeline, failed, references = Timeline(args.language), 0, []
    try:
        async with stage(origin=args.origin, tell=timeline.line) as player:
            for number, scenario in enumerate(scenarios, 1):
                timeline.open(scenario, number, len(scenarios))
                try:
                    kept = await player.play(scenario)
                    references.append(kept.get("reference", ""))
                except NotAsExpected as wrong:
                    failed += 1
                    print(f"  !! {wrong}")
    except httpx.HTTPError as silent:
        print(f"Kesu does not answer ({type(silent).__name__}); start it with `make up`")
        return 2
    print(f"\n{len(scenarios) - failed} of {len(scenarios)} scenarios went as their files say")
    shown = next((each for each in references if each), "KS-…")
    print(f"look at one from all sides: kesu trace {shown}")
    return 1 if failed else 0
