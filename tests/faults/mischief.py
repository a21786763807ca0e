"""What happens at a crash point: the process ends, stops, or loses every connection it has."""

import ctypes
import json
import os
import signal
import socket
import stat
import struct
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

KILLED = 137
_LIBC = ctypes.CDLL(None, use_errno=True)
_NOBODY = struct.pack("H14x", socket.AF_UNSPEC)


class Mode(StrEnum):
    """How a process suffers."""

    EXIT = "exit"
    """It is gone at once, as by kill -9: no handler, no flush, no goodbye."""
    STOP = "stop"
    """It stands still until somebody continues it: a zombie owner when it wakes."""
    RESET = "reset"
    """Its connections to the database and the broker are reset, it goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One misfortune: at the n-th time `point` is reached after it was planned."""

    id: int
    point: str
    mode: Mode
    hit: int
    ports: tuple[int, ...] = ()
    """Whose connections are reset: the database's and the broker's."""

    def write(self, place: Path) -> None:
        """Puts it where the armed process looks."""
        partial = place.with_suffix(".new")
        partial.write_text(json.dumps(asdict(self)))
        partial.rename(place)


def planned(place: Path) -> Plan | None:
    """What the file says now."""
    with suppress(FileNotFoundError):
        told = json.loads(place.read_text())
        return Plan(**told | {"mode": Mode(told["mode"]), "ports": tuple(told["ports"])})
    return None


def fired(place: Path) -> list[int]:
    """The ids of the plans that came true, in order."""
    with suppress(FileNotFoundError):
        return [int(line) for line in place.with_suffix(".fired").read_text().split()]
    return []


def reached(place: Path) -> set[str]:
    """Every point that any process with this plan file has come to."""
    with suppress(FileNotFoundError):
        return set(place.with_suffix(".reached").read_text().split())
    return set()


@dataclass(slots=True)
class Mischief:
    """Called at every point; does what the plan says when its moment has come, once."""

    place: Path
    _plan: Plan | None = None
    _changed: int = 0
    _hits: int = 0
    _done: int = 0
    _reached: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._done = max(fired(self.place), default=0)

    def __call__(self, point: str) -> None:
        self._note(point)
        self._look()
        plan = self._plan
        if plan is None or plan.point != point or plan.id <= self._done:
            return
        self._hits += 1
        if self._hits >= plan.hit:
            self._done = plan.id
            _append(self.place.with_suffix(".fired"), str(plan.id))
            _suffer(plan)

    def _note(self, point: str) -> None:
        self._reached[point] += 1
        if self._reached[point] == 1:
            _append(self.place.with_suffix(".reached"), point)

    def _look(self) -> None:
        try:
            changed = self.place.stat().st_mtime_ns
        except FileNotFoundError:  # taken back: it must not strike later
            self._changed, self._plan = 0, None
            return
        if changed != self._changed:
            self._changed, self._hits, self._plan = changed, 0, planned(self.place)


def _suffer(plan: Plan) -> None:
    match plan.mode:
        case Mode.EXIT:
            os._exit(KILLED)
        case Mode.STOP:
            os.kill(os.getpid(), signal.SIGSTOP)
        case Mode.RESET:
            reset_connections(plan.ports)


def reset_connections(ports: tuple[int, ...]) -> int:
    """Aborts our TCP connections to these ports: connecting to AF_UNSPEC sends a reset (tcp(7))."""
    count = 0
    for place in Path("/proc/self/fd").iterdir():
        handle = int(place.name)
        if _peer_port(handle) in ports:
            _LIBC.connect(handle, _NOBODY, len(_NOBODY))
            count += 1
    return count


def _peer_port(handle: int) -> int | None:
    with suppress(OSError):
        if not stat.S_ISSOCK(os.fstat(handle).st_mode):
            return None
        with socket.socket(fileno=os.dup(handle)) as copy:
            peer = copy.getpeername()
        return int(peer[1]) if isinstance(peer, tuple) else None
    return None


def _append(place: Path, line: str) -> None:
    handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)
