"""Insights keeps every version too, and speaks the words of the one in force."""

from datetime import timedelta

from tests.integration.insights.conftest import House
from tests.support.drafts import Swaps, made, told
from tests.support.packs import AUTO, AUTO_DEMO

SWAPS: Swaps = {"intake": [("required: false", "required: true\n  role: store_manager")]}


async def test_a_version_that_is_told_is_in_force_from_its_moment_without_a_restart(
    house: House,
) -> None:
    packs, now = house.parts.packs, house.parts.time.now
    version = made(AUTO_DEMO, now() + timedelta(hours=1), swaps=SWAPS)
    fact = told(version)
    await house.neighbours.tell(fact, subject=fact.version_id)
    assert packs.for_organisation("auto-demo", now()) == AUTO
    await house.advance("2 hours")
    assert packs.for_organisation("auto-demo", now()) == version.pack
    kept = "select content from insights.policy_packs where hash = $1"
    assert await house.parts.pool.fetchval(kept, version.pack.hash) == version.kept.content
