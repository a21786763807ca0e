"""`kesu demo`: plays the scenarios against the running Kesu through its public APIs."""

import argparse
import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

import httpx

from kesu.commands._databases import admin_dsn
from kesu.home import PROJECT, Home
from kesu.playing.player import NotAsExpected, Told
from kesu.playing.script import Scenario, read_scenarios
from kesu.playing.stage import Stage, stage
from kesu.playing.timeline import LANGUAGES, Timeline

NAME = "demo"
HELP = "play the scenarios against the running Kesu and print each as a timeline"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which scenarios, in which language, against which Kesu."""
    parser.add_argument("scenarios", nargs="*", help="their ids; all of them when none is named")
    parser.add_argument("--folder", type=Path, default=PROJECT / "scenarios")
    parser.add_argument("--language", choices=LANGUAGES, default="zh-Hant")
    parser.add_argument("--origin", help="the gateway's address, when it is not this project's")


def run(args: argparse.Namespace) -> int:
    """0 when every scenario went as its file says, 1 when one did not, 2 when nothing ran."""
    known = read_scenarios(args.folder)
    found = [each for each in known if not args.scenarios or each.id in args.scenarios]
    missing = set(args.scenarios) - {each.id for each in found}
    if missing:
        print(f"no such scenario: {', '.join(sorted(missing))}; there are:", file=sys.stderr)
        print("\n".join(f"  {each.id}" for each in known), file=sys.stderr)
        return 2
    try:
        return asyncio.run(_play(found, args))
    except (httpx.HTTPError, OSError) as silent:
        print(f"Kesu does not answer ({type(silent).__name__}); start it with `make up`")
        return 2


async def _play(scenarios: list[Scenario], args: argparse.Namespace) -> int:
    references: dict[str, str] = {}
    home = Home.from_environment()
    async with stage(home, admin_dsn(), origin=args.origin, language=args.language) as here:
        timeline = Timeline(here.cast, args.language)
        for number, scenario in enumerate(scenarios, 1):
            say(timeline.heading(scenario, number, len(scenarios)))
            kept = await _played(here, timeline, scenario)
            if kept is not None:
                references[scenario.id] = kept.get("reference", "")
        say(_summary(timeline, scenarios, references))
    return 0 if len(references) == len(scenarios) else 1


async def _played(here: Stage, timeline: Timeline, scenario: Scenario) -> dict[str, str] | None:
    """What the scenario kept; None when it went otherwise than its file says."""

    def tell(told: Told) -> None:
        say(timeline.lines(scenario, told))

    try:
        return await here.player.play(scenario, tell)
    except NotAsExpected as wrong:
        print(f"  !! {wrong}", flush=True)
        return None


def _summary(
    timeline: Timeline, scenarios: list[Scenario], references: dict[str, str]
) -> Iterable[str]:
    yield ""
    for scenario in scenarios:
        mark = "✓" if scenario.id in references else "✗"
        title = scenario.title.of(timeline.language)
        yield f"  {mark} {references.get(scenario.id, ''):<15} {title}"
    yield ""
    yield timeline.says("went").format(good=len(references), count=len(scenarios))
    shown = next(filter(None, references.values()), None)
    if shown:
        yield f"{timeline.says('trace')}: kesu trace {shown}"


def say(lines: Iterable[str]) -> None:
    """Print at once, also into a pipe."""
    for line in lines:
        print(line, flush=True)
