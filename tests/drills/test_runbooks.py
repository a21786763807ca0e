"""A page and its drill say the same, or the drill fails."""

import pytest

from kesu.cli import names
from tests.drills.runbook import FOLDER, NotInTheRunbook, Runbook, commands_of

PAGES = sorted(page.stem for page in FOLDER.glob("*.md") if page.stem != "README")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_commands_that_exist_and_is_listed(page: str) -> None:
    commands = commands_of(page)

    assert commands
    assert {command.split()[1] for command in commands} <= set(names())
    assert f"[{page}.md]" in (FOLDER / "README.md").read_text()


def test_another_order_or_something_left_out_fails() -> None:
    runbook = Runbook(page="kafka-lost", told={})
    with pytest.raises(NotInTheRunbook, match="next is"):
        runbook.take("kesu republish --missing")
    runbook.take("kesu prepare-topics")
    with pytest.raises(NotInTheRunbook, match="never performed"):
        runbook.finish()
