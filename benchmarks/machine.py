"""What the figures were measured on: without this they mean nothing."""

import platform
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import psutil

PARTS = ("fastapi", "uvicorn", "uvloop", "pydantic", "asyncpg", "aiokafka", "orjson")


def facts() -> dict[str, Any]:
    """Processor, memory, system, versions and commit."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "load_before": round(psutil.getloadavg()[0], 2),
        "versions": {name: version(name) for name in PARTS},
        "commit": _git("rev-parse", "--short", "HEAD"),
        "changed_files": len(_git("status", "--porcelain").splitlines()),
    }


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 a kernel file
        named = (line for line in lines if line.startswith("model name"))
        return next(named, "unknown").partition(":")[2].strip()


def _git(*words: str) -> str:
    found = subprocess.run(["git", *words], capture_output=True, text=True, check=False)  # noqa: S607
    return found.stdout.strip()
