"""The supervisor's list of living children: told to the guard, kept in running.json."""

import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil

from kesu.embedded.guard import Guard
from kesu.embedded.processes import signal_group


@dataclass(kw_only=True)
class Children:
    """Who lives now, by name. `known` always equals what the guard would end."""

    guard: Guard = field(default_factory=Guard)
    known: dict[str, int] = field(default_factory=dict)

    def update(self, children: Mapping[str, subprocess.Popen[bytes] | None]) -> None:
        """Tell the guard about new and gone children."""
        living = {name: each.pid for name, each in children.items() if each and each.poll() is None}
        for name, pid in self.known.items():
            if living.get(name) != pid:
                self.guard.forget(pid)
        for name, pid in living.items():
            if self.known.get(name) != pid:
                # PostgreSQL takes SIGINT for "disconnect all and stop", SIGTERM for "wait for all".
                sign = signal.SIGINT if name == "postgres" else signal.SIGTERM
                self.guard.watch(pid, sign)
        self.known = living

    def described(self) -> dict[str, dict[str, float]]:
        """Process ids with their start times, so that a reused id is not mistaken for ours."""
        return {
            name: {"pid": pid, "started": psutil.Process(pid).create_time()}
            for name, pid in self.known.items()
            if psutil.pid_exists(pid)
        }


def end_leftovers(processes: Mapping[str, Mapping[str, float]]) -> list[str]:
    """End what an earlier supervisor described and left behind; gives their names."""
    found = [name for name, process in processes.items() if _is_still(process)]
    for name in found:
        signal_group(int(processes[name]["pid"]), signal.SIGKILL)
    return found


def _is_still(process: Mapping[str, float]) -> bool:
    try:
        return psutil.Process(int(process["pid"])).create_time() == process["started"]
    except psutil.NoSuchProcess:
        return False
