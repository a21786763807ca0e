"""`kesu up`: everything, on one machine, until Ctrl-C."""

import argparse
import os
import subprocess
import sys
import time

from kesu.home import PROJECT, Home
from kesu.locks import AlreadyRunning
from kesu.supervisor import Supervisor

NAME = "up"
HELP = "start PostgreSQL, a broker, the five services and the gateway; Ctrl-C stops them"
DETACHED_SECONDS = 120.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which broker, and whether to stay in the foreground."""
    parser.add_argument("--broker", choices=("tansu", "kafka"), default="tansu")
    parser.add_argument("--detach", action="store_true", help="return once everything is ready")


def run(args: argparse.Namespace) -> int:
    """Run until stopped; 1 when something did not start."""
    home = Home.from_environment()
    if args.detach:
        return _detached(home, args.broker)
    try:
        return Supervisor(home=home, broker=args.broker).run()
    except AlreadyRunning as problem:
        print(problem, file=sys.stderr)
        return 1


def _detached(home: Home, broker: str) -> int:
    log = home.log("supervisor")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "kesu", "up", "--broker", broker],
            cwd=PROJECT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + DETACHED_SECONDS
    while child.poll() is None and time.monotonic() < deadline and not _ready(home, child.pid):
        time.sleep(0.1)
    print(log.read_text(), end="")
    ready = _ready(home, child.pid)
    child.returncode = 0 if ready else child.returncode  # it lives on without us
    return 0 if ready else 1


def _ready(home: Home, pid: int) -> bool:
    running = home.running()
    return running is not None and running["supervisor"] == pid and running["ready"]
