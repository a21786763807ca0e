"""Proving the packs and judging a drawn year on one core: `python -m benchmarks.policy`."""

import gc
import json
from datetime import date
from time import perf_counter, process_time
from typing import Any

from benchmarks.machine import facts
from kesu.policing._generating import generated
from kesu.policing._meant import is_pack, users_of
from shared.kernel.policy.comparing import compare
from shared.plumbing.packs import ORGANISATIONS, POLICIES
from shared.plumbing.packs.organisations import organisations_in
from shared.plumbing.packs.shelf import examined, sources_of

COMPLAINTS = 100_000
YEAR = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}


def run(*, complaints: int = COMPLAINTS) -> dict[str, Any]:
    """Aimed at: all packs in a second, 20 000 complaints a second."""
    began, worked = perf_counter(), process_time()
    packs = _proved()
    proving = {"packs": len(packs), "seconds": _since(began), "cpu_seconds": _worked(worked)}
    judging = {}
    for pack in packs:
        began = perf_counter()
        past = list(generated(pack, complaints, seed=1, **YEAR))
        loading = _since(began)
        gc.freeze()
        began, worked = perf_counter(), process_time()
        compare(pack, pack, past)
        taken = _since(began)
        judging[pack.id] = {
            "loading_seconds": loading,
            "seconds": taken,
            "cpu_seconds": _worked(worked),
            "per_second": round(complaints / taken),
        }
    return {"proving": proving, "complaints": complaints, "judging": judging}


def _proved() -> list[Any]:
    served = organisations_in(ORGANISATIONS)
    names = sorted(place.name for place in POLICIES.iterdir() if is_pack(place))
    sources = [source for name in names for source in sources_of(POLICIES, name)]
    return [examined(one, next(iter(users_of(one, served)), None))[0] for one in sources]


def _since(began: float) -> float:
    return round(perf_counter() - began, 3)


def _worked(before: float) -> float:
    return round(process_time() - before, 3)


if __name__ == "__main__":
    print(json.dumps({"machine": facts(), **run()}, indent=2))
