"""CPU of a tree of processes to the nanosecond: a burst of a hundred requests lasts a few ticks."""

from pathlib import Path

import psutil

from benchmarks.processes import tree


def cpu_of(pid: int) -> float:
    """Seconds on a processor so far of every thread below this process that still lives."""
    return sum(_of(process) for process in tree(pid)) / 1e9


def _of(process: psutil.Process) -> int:
    """The kernel's count (Documentation/scheduler/sched-stats.rst, first field of `schedstat`)."""
    spent = 0
    for thread in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
        try:
            spent += int(thread.read_text(encoding="ascii").split()[0])
        except OSError:
            continue
    return spent
