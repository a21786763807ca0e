"""Every scenario, from the first word to the last, against a real Kesu."""

import asyncpg
import pytest

from kesu.home import PROJECT
from kesu.playing.player import Told
from kesu.playing.script import Scenario, Step, read_scenarios
from kesu.playing.stage import Stage
from kesu.playing.timeline import LANGUAGES, Timeline
from tests.e2e.oracle import broken, undelivered
from tests.e2e.running import RunningKesu, until

SCENARIOS = read_scenarios(PROJECT / "scenarios")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.id)
async def test_a_scenario_goes_as_its_file_says(here: Stage, scenario: Scenario) -> None:
    told: list[Told] = []
    await here.player.play(scenario, told.append)
    assert len(told) == len(scenario.steps)


async def test_afterwards_everything_is_delivered_and_every_book_and_chain_holds(
    here: Stage, database: asyncpg.Connection
) -> None:
    async def settled() -> bool:
        return not await undelivered(database)

    await until(settled, what="every listener has heard everything")
    assert await broken(database) == []


def test_every_operation_that_a_scenario_uses_has_a_name_in_three_languages(here: Stage) -> None:
    used = {each.do for one in SCENARIOS for each in one.steps if isinstance(each, Step)}
    for language in LANGUAGES:
        timeline = Timeline(here.cast, language)
        assert [each for each in sorted(used) if timeline.verb(each) is None] == []


def test_the_demonstration_plays_as_often_as_one_likes_and_says_how_to_look_closer(
    kesu: RunningKesu,
) -> None:
    scenario = "an-exchange-within-the-terms"
    once, again = (kesu.kesu("demo", scenario, "--language", "en") for _ in range(2))
    assert (once.returncode, again.returncode) == (0, 0), once.stdout + again.stdout
    assert "1 of 1 scenarios went as their files say" in again.stdout
    reference = again.stdout.rsplit(maxsplit=1)[-1]
    traced = kesu.kesu("trace", reference)
    assert traced.returncode == 0
    assert "authority.clerk" in traced.stdout


def test_a_scenario_that_does_not_exist_is_named_with_those_that_do(kesu: RunningKesu) -> None:
    done = kesu.kesu("demo", "no-such-thing")
    assert done.returncode == 2
    assert "no-such-thing" in done.stderr
    assert SCENARIOS[0].id in done.stderr
