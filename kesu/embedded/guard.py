"""The watchdog: outlives a killed supervisor just long enough to end what it left behind.

The kernel already signals the supervisor's direct children when it dies. The guard makes sure: it
reads `watch <group> <signal>` and `forget <group>` from a pipe, and when the pipe closes it
signals every watched group, waits, and kills what is left, grandchildren included.
"""

import os
import signal
import subprocess
import sys
import time

from kesu.embedded.processes import signal_group

PATIENCE_SECONDS = 10.0


class Guard:
    """The supervisor's end of the pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kesu.embedded.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )

    def watch(self, group: int, sign: signal.Signals) -> None:
        """End this process group with `sign` should we die."""
        self._tell(f"watch {group} {int(sign)}\n")

    def forget(self, group: int) -> None:
        """This group is gone; its number may be given away again."""
        self._tell(f"forget {group}\n")

    def close(self) -> None:
        """Let the guard go; whatever is still watched ends now."""
        assert self._process.stdin, "made with a pipe"
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin, "made with a pipe"
        self._process.stdin.write(line.encode())


def main() -> None:
    """Read orders until the pipe closes, then end what is still watched."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: dict[int, signal.Signals] = {}
    for line in sys.stdin:
        match line.split():
            case ["watch", group, sign]:
                watched[int(group)] = signal.Signals(int(sign))
            case ["forget", group]:
                watched.pop(int(group), None)
    _end(watched)


def _end(watched: dict[int, signal.Signals]) -> None:
    for group, sign in watched.items():
        signal_group(group, sign)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and any(_lives(group) for group in watched):
        time.sleep(0.05)
    for group in watched:
        signal_group(group, signal.SIGKILL)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
