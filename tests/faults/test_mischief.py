"""What a reset does to a process beside its connections: nothing."""

import os

from tests.faults.mischief import reset_connections


def test_a_reset_keeps_no_pipe_open() -> None:
    there, here = os.pipe()
    os.set_blocking(there, False)
    reset_connections((1,))
    os.close(here)

    assert os.read(there, 1) == b"", "nobody else holds the other end"
    os.close(there)
