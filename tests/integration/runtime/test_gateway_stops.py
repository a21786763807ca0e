"""The gateway goes as a service goes: it says so first, answers on, and ends well."""

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from kesu.embedded.processes import Program, free_port, spawn
from kesu.home import PROJECT
from kesu.tending import answers_ready

START_SECONDS, END_SECONDS = 60.0, 60.0
GRACE_SECONDS = 3.0


def _status(port: int, path: str) -> int:
    """0 when nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def _until(port: int, path: str, wanted: int) -> float:
    """When that status came first."""
    deadline = time.monotonic() + START_SECONDS
    while _status(port, path) != wanted:
        assert time.monotonic() < deadline, f"{path} never said {wanted}"
        time.sleep(0.02)
    return time.monotonic()


def _gateway(tmp_path: Path, port: int) -> "subprocess.Popen[bytes]":
    told = {"KESU_PORT": str(port), "KESU_UPSTREAMS": "intake=127.0.0.1:1"}
    argv = [sys.executable, "-m", "kesu", "gateway"]
    log = tmp_path / "gateway.log"
    env = dict(os.environ) | told
    return spawn(Program(name="gateway", argv=argv, log=log, env=env, cwd=PROJECT))


def test_it_says_that_it_goes_three_seconds_before_its_door_closes(tmp_path: Path) -> None:
    port = free_port()
    child = _gateway(tmp_path, port)
    try:
        _until(port, "/readyz", 200)
        child.send_signal(signal.SIGTERM)
        unready = _until(port, "/readyz", 503)
        assert _status(port, "/livez") == 200
        assert not answers_ready(port)
        closed = _until(port, "/livez", 0)
        assert closed - unready >= GRACE_SECONDS - 0.3
        assert child.wait(END_SECONDS) == 0
    finally:
        child.kill()
        child.wait()
