"""The stage itself: everything is on record, everybody heard everything, nothing waits."""

from tests.integration.boundaries.world import World
from tests.support.house import House


async def test_the_twins_have_one_of_everything_and_nothing_waits(
    house: House, ours: World, theirs: World
) -> None:
    assert await house.parked() == []
    assert ours.ids.keys() == theirs.ids.keys()
    rows = await house.rows()
    assert [name for name, count in rows.items() if count and name.endswith(".outbox")] == []
    assert rows["escalation.cases"] == rows["compensation.dossiers"] == 6
