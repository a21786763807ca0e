"""Children that never outlive whoever started them: spawning, waiting, stopping, free ports."""

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FIRST_FREE_PORT = 21_000
LAST_FREE_PORT = 31_999
"""Below 32768: Linux hands out the ports above it to clients."""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class StartFailed(RuntimeError):
    """A child did not become ready in time, or ended before it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The unprivileged account a server runs under when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, where its output goes, and how it is told that its parent is gone."""

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    account: Account | None = None
    cwd: Path | None = None
    orphaned: signal.Signals = signal.SIGTERM


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own.

    The kernel sends `program.orphaned` to the child when the calling *thread* ends, so call this
    from the main thread.
    """
    program.log.parent.mkdir(parents=True, exist_ok=True)
    account = program.account
    with program.log.open("ab") as log:
        return subprocess.Popen(
            program.argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=program.env,
            cwd=program.cwd,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            process_group=0,
            preexec_fn=_die_with_parent(program.orphaned, os.getpid()),  # noqa: PLW1509 - one prctl
        )


def stop(child: subprocess.Popen[bytes], *, sign: signal.Signals, within: float) -> None:
    """Ask a child to end with `sign`; after `within` seconds end its whole group."""
    if child.poll() is None:
        child.send_signal(sign)
    try:
        child.wait(within)
    except subprocess.TimeoutExpired:
        signal_group(child.pid, signal.SIGKILL)
        child.wait()


def signal_group(group: int, sign: signal.Signals) -> None:
    """Signal every process of a group; a group that is gone is fine."""
    try:
        os.killpg(group, sign)
    except ProcessLookupError:
        return


def wait_until(
    ready: Callable[[], bool], *, within: float, what: str, child: subprocess.Popen[bytes] | None
) -> None:
    """Poll `ready` for at most `within` seconds. Raises StartFailed, at once if the child ended."""
    deadline = time.monotonic() + within
    while not ready():
        if child is not None and child.poll() is not None:
            raise StartFailed(f"{what} ended with status {child.returncode} before it was ready")
        if time.monotonic() > deadline:
            raise StartFailed(f"{what} was not ready within {within:.0f} s")
        time.sleep(0.02)


def free_port() -> int:
    """A loopback port nobody listens on, drawn at random so that parallel runs rarely meet."""
    for _ in range(200):
        port = FIRST_FREE_PORT + secrets.randbelow(LAST_FREE_PORT - FIRST_FREE_PORT)
        if port_is_free(port):
            return port
    raise StartFailed("no free port between 21000 and 31999")


def port_is_free(port: int) -> bool:
    """Whether we could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _die_with_parent(sign: signal.Signals, parent: int) -> Callable[[], None]:
    def in_child() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return in_child
