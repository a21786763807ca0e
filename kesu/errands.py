"""Our own commands, run by the supervisor to their end: in processes, so that it stays small."""

import importlib.util
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from kesu.embedded.processes import Program, StartFailed, signal_group, spawn
from kesu.environment import Environment
from kesu.home import PROJECT, Home

SECONDS_MAX = 120.0
LAST_LINES = 12
"""How much of a failed command's log is shown at once."""


def run_commands(
    home: Home, told: Environment, say: Callable[[str], None], commands: Sequence[list[str]]
) -> None:
    """Run `kesu` commands beside each other. Raises StartFailed when one does not succeed."""
    began = time.monotonic()
    children = [_begun(home, told, words) for words in commands]
    try:
        for words, child in zip(commands, children, strict=True):
            _require_success(home, words, child)
            say(f"· {' '.join(words)} ({time.monotonic() - began:.1f} s)")
    finally:
        for child in children:
            signal_group(child.pid, signal.SIGKILL)


def personas_text(told: Environment) -> str:
    """The personas' tokens, made before the services start so that the issuer's keys are there.

    They come by a pipe, because a token has no business in a log. Raises StartFailed.
    """
    if importlib.util.find_spec("kesu.commands.token") is None:
        return ""
    script = "from kesu.commands.token import print_personas; print_personas()"
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, env=told, cwd=PROJECT, stdout=subprocess.PIPE
    )
    if done.returncode != 0:
        raise StartFailed("the development issuer did not start")
    return done.stdout.decode().rstrip()


def _begun(home: Home, told: Environment, words: list[str]) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "kesu", *words]
    name = words[0]
    return spawn(Program(name=name, argv=argv, log=home.log(name), env=told, cwd=PROJECT))


def _require_success(home: Home, words: list[str], child: subprocess.Popen[bytes]) -> None:
    try:
        status = child.wait(SECONDS_MAX)
    except subprocess.TimeoutExpired as slow:
        raise StartFailed(f"kesu {' '.join(words)} took too long") from slow
    if status != 0:
        last = home.log(words[0]).read_text(errors="replace").splitlines()[-LAST_LINES:]
        told = "\n".join(f"   {line}" for line in last)
        raise StartFailed(f"kesu {' '.join(words)} ended with status {status}:\n{told}\n")
