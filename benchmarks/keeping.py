"""Where results go, and what every run tells of itself."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.machine import facts

RESULTS = Path(__file__).parent / "results"


def begun() -> dict[str, Any]:
    """When, and on what machine."""
    return {"at": datetime.now(UTC).isoformat(), "machine": facts()}


def keep(results: dict[str, Any], kind: str = "", folder: Path = RESULTS) -> Path:
    """Writes them; says where. The name tells kind, day and commit."""
    where = folder / f"{kind}{results['at'][:10]}-{results['machine']['commit']}.json"
    folder.mkdir(exist_ok=True, parents=True)
    where.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return where
