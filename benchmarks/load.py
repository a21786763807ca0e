"""wrk as the load generator: cheap, and its own CPU is shown."""

import json
import resource
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


class NoGenerator(SystemExit):
    """wrk is not on this machine."""

    def __init__(self) -> None:
        super().__init__("the benchmark's load comes from wrk: install Debian's package `wrk`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One round. Latencies in milliseconds."""

    clients: int
    seconds: float
    requests: int
    errors: int
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    generator_cpu_ms: float

    def shown(self) -> dict[str, Any]:
        return asdict(self)


def hammer(
    url: str,
    *,
    clients: int,
    seconds: int,
    environment: dict[str, str],
) -> Measured:
    """Sends what the environment tells, as fast as the answers come (load.lua says how).

    Raises NoGenerator, and RuntimeError with wrk's words when it has no result.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise NoGenerator
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [wrk, "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s"]
    done = subprocess.run(
        [*command, "-s", str(FOLDER / "load.lua"), url],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    _, result, found = done.stdout.rpartition("RESULT ")
    if not result:
        raise RuntimeError(f"wrk: {done.stderr[-300:]} {found[-300:]}")
    said = json.loads(found)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    took = said["duration_us"] / 1e6
    return Measured(
        clients=clients,
        seconds=round(took, 2),
        requests=said["requests"],
        errors=said["errors"],
        per_second=round(said["requests"] / took, 1),
        p50_ms=round(said["p50"] / 1000, 2),
        p95_ms=round(said["p95"] / 1000, 2),
        p99_ms=round(said["p99"] / 1000, 2),
        generator_cpu_ms=round(spent / max(said["requests"], 1) * 1000, 4),
    )
