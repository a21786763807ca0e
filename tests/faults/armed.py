"""`python -m tests.faults.armed serve intake`: a `kesu` command whose crash points are armed.

What is to happen stands in the file KESU_FAULT_PLAN names, and may change while it runs. On SIGUSR1
it says in its log what each of its tasks waits for: a process that hangs tells nothing else.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from kesu import cli
from shared.plumbing.crashpoints import arm
from tests.faults.mischief import Mischief

PLAN = "KESU_FAULT_PLAN"


def main() -> int:
    """Arms, then does what `kesu` would."""
    signal.signal(signal.SIGUSR1, _tell)
    arm(Mischief(Path(os.environ[PLAN])))
    return cli.main(sys.argv[1:])


def _tell(_signal: int, _frame: FrameType | None) -> None:
    for task in list(asyncio.tasks._all_tasks):  # type: ignore[attr-defined]
        if not task.done():
            sys.stderr.write(f"{task.get_name()}: {_waits_for(task)}\n")


def _waits_for(task: asyncio.Task[object]) -> str:
    """Where each coroutine stands that awaits the next."""
    found: list[str] = []
    one: object = task.get_coro()
    while one is not None:
        frame = getattr(one, "cr_frame", None) or getattr(one, "gi_frame", None)
        if frame is not None:
            code = frame.f_code
            found.append(f"{Path(code.co_filename).name}:{frame.f_lineno} {code.co_name}")
        one = getattr(one, "cr_await", None) or getattr(one, "gi_yieldfrom", None)
    return " > ".join(found)


if __name__ == "__main__":
    raise SystemExit(main())
