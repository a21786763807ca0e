"""How soon everything is ready, and what it weighs."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.processes import pss_mib
from benchmarks.stage import ROOT, Stage
from kesu.home import SERVICES

PORT_BASE = 24_000


def everything(stage: Stage) -> dict[str, Any]:
    """Starts what does not run yet of the five services, and the gateway, and weighs them."""
    began = time.monotonic()
    for service in SERVICES:
        if service not in stage.running:
            stage.start(service)
    pids = {service: stage.running[service].pid for service in SERVICES}
    pids["gateway"] = stage.start_gateway()
    weights = {name: pss_mib([pid]) for name, pid in pids.items()}
    weights["postgres"] = pss_mib([stage.postgres_pid])
    weights["broker"] = pss_mib([stage.broker.child.pid]) if stage.broker.child else 0.0
    return {"started_one_by_one_s": round(time.monotonic() - began, 1), "pss_mib": weights}


def warm_start() -> dict[str, Any]:
    """`kesu up` twice on one home: the second start is the warm one; memory of everything."""
    with tempfile.TemporaryDirectory(prefix="kesu-start-") as place:
        Path(place).chmod(0o711)
        told = os.environ | {"KESU_HOME": place, "KESU_PORT_BASE": str(PORT_BASE)}
        told.pop("KESU_KAFKA", None)
        cold, _ = _up(told)
        warm, weight = _up(told)
    print(f"  ready after {warm:.1f} s warm ({cold:.1f} s cold), {weight} MiB in all")
    return {"cold_s": cold, "warm_s": warm, "pss_mib": weight, "broker": "tansu"}


def _up(told: dict[str, str]) -> tuple[float, float]:
    child = subprocess.Popen(
        [sys.executable, "-m", "kesu", "up"], env=told, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout, "a pipe was asked for"
    ready = 0.0
    for line in child.stdout:
        if found := re.search(r"ready after ([\d.]+) s", line):
            ready = float(found[1])
            break
    weight = pss_mib([child.pid])
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=60)
    return ready, weight
