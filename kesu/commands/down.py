"""`kesu down`: end a running `kesu up` in order."""

import argparse
import os
import signal
import sys
import time

from kesu.home import Home
from kesu.locks import is_locked

NAME = "down"
HELP = "stop a running Kesu and wait until it is gone; its data stays"
WAIT_SECONDS = 90.0


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_args: argparse.Namespace) -> int:
    """Stop it; 0 also when nothing ran."""
    home = Home.from_environment()
    running = home.running()
    if running is None or not is_locked(home.lock):
        print("Kesu is not running")
        return 0
    os.kill(running["supervisor"], signal.SIGTERM)
    deadline = time.monotonic() + WAIT_SECONDS
    while is_locked(home.lock):
        if time.monotonic() > deadline:
            print(f"still running after {WAIT_SECONDS:.0f} s", file=sys.stderr)
            return 1
        time.sleep(0.05)
    print("stopped")
    return 0
