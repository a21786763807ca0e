"""One supervisor per home: a lock that the kernel drops with its holder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(RuntimeError):
    """Another supervisor holds this home."""


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock for as long as the block runs. Raises AlreadyRunning."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as held:
        raise AlreadyRunning(
            "Kesu runs already in this folder: `kesu status`, `kesu down`"
        ) from held
    finally:
        os.close(handle)


def is_locked(path: Path) -> bool:
    """Whether a supervisor lives."""
    try:
        with hold(path):
            return False
    except AlreadyRunning:
        return True
    except FileNotFoundError:
        return False
