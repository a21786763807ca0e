"""What a plan does to a process: what it says, while it stands; and nothing beside."""

import os
from pathlib import Path

from tests.faults.mischief import Mischief, Mode, Plan, fired, reset_connections


def test_a_reset_keeps_no_pipe_open() -> None:
    there, here = os.pipe()
    os.set_blocking(there, False)
    reset_connections((1,))
    os.close(here)

    assert os.read(there, 1) == b"", "nobody else holds the other end"
    os.close(there)


def test_a_plan_that_was_taken_back_does_not_strike_later(tmp_path: Path) -> None:
    place = tmp_path / "plan"
    mischief = Mischief(place)
    Plan(id=1, point="door.entered", mode=Mode.RESET, hit=2).write(place)
    mischief("door.entered")
    place.unlink()
    mischief("door.entered")
    assert fired(place) == []
