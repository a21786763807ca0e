"""One child kept alive: started, watched, restarted after a pause that grows, given up loudly."""

import http.client
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kesu.embedded.processes import Program, signal_group, spawn

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
WINDOW_SECONDS = 300.0
CRASHES_MAX = 8
"""More crashes than this within the window, and the child stays down until `kesu up` runs again."""

PROBE_SECONDS = 2.0


def pause_before(crashes: Sequence[float]) -> float | None:
    """Seconds to wait before the next start, given recent crashes; None when it was too many."""
    if len(crashes) > CRASHES_MAX:
        return None
    return min(FIRST_PAUSE_SECONDS * 2.0 ** (len(crashes) - 1), LONGEST_PAUSE_SECONDS)


def answers_ready(port: int) -> bool:
    """Whether /readyz on this loopback port answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@dataclass(kw_only=True)
class Tended:
    """A child process and its history of crashes."""

    program: Program
    port: int
    say: Callable[[str], None]
    child: subprocess.Popen[bytes] | None = None
    given_up: bool = False
    _crashes: list[float] = field(default_factory=list)
    _start_at: float | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.program.name

    def start(self) -> None:
        """Start it now."""
        self.child = spawn(self.program)
        self._start_at = None

    def tend(self) -> bool:
        """Look after it once; True when it was started again."""
        now = time.monotonic()
        if self._start_at is not None and now >= self._start_at:
            self.start()
            return True
        if self.child is not None and self.child.poll() is not None:
            signal_group(self.child.pid, signal.SIGKILL)  # its own children, if it had any
            self._crashed(self.child.returncode, now)
        return False

    def ready(self) -> bool:
        """Whether it runs and says so itself."""
        return self.child is not None and self.child.poll() is None and answers_ready(self.port)

    def _crashed(self, status: int, now: float) -> None:
        self.child = None
        self._crashes = [at for at in self._crashes if now - at < WINDOW_SECONDS] + [now]
        pause = pause_before(self._crashes)
        if pause is None:
            self.given_up = True
            self.say(
                f"!! {self.name} crashed {len(self._crashes)} times: it stays down, see its log"
            )
            return
        self._start_at = now + pause
        self.say(f"!! {self.name} ended with status {status}; starting it again in {pause:g} s")
