"""What processes used: CPU seconds and proportional memory of a tree."""

from collections.abc import Iterable
from contextlib import suppress

import psutil


def tree(pid: int) -> list[psutil.Process]:
    """A process and everything below it."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time so far of these trees, children that ended included."""
    total = 0.0
    for pid in pids:
        for process in tree(pid):
            with suppress(psutil.NoSuchProcess):
                used = process.cpu_times()
                total += used.user + used.system
        with suppress(psutil.NoSuchProcess):
            ended = psutil.Process(pid).cpu_times()
            total += ended.children_user + ended.children_system
    return total


def pss_mib(pids: Iterable[int]) -> float:
    """Proportional set size: what memory these trees really take, shared pages divided."""
    total = 0
    for pid in pids:
        for process in tree(pid):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += process.memory_full_info().pss
    return round(total / 2**20, 1)
