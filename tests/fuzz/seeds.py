"""What a service knows before anybody knocks: the committed example facts, told by its neighbours.

So that generated requests meet cases, claims and callbacks, and not only 404.
"""

import importlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson

from shared.contracts.registry import LISTENS, source_of
from shared.plumbing.running import Parts
from tests.support.neighbours import Neighbours
from tests.support.packs import AUTO, MALL
from tests.support.services import once

EXAMPLES = Path(__file__).resolve().parents[2] / "shared/contracts/examples"
ORGANISATION = "auto-demo"
HASHES = {pack.id: pack.hash for pack in (AUTO, MALL)}
"""The packs of this code, which the examples' own hashes only look like."""


def examples(sources: tuple[str, ...]) -> list[dict[str, Any]]:
    """The example facts of these services in the order of time, under the packs we have."""
    paths = EXAMPLES.glob("*/*.json")
    found = [orjson.loads(path.read_bytes()) for path in paths]
    told = [each for each in found if each["source"] in {source_of(name) for name in sources}]
    for each in told:
        if "policy" in each["data"]:
            each["data"]["policy"]["hash"] = HASHES[each["data"]["policy"]["pack"]]
    return sorted(told, key=lambda each: (each["time"], each["id"]))


async def tell_everything(parts: Parts) -> None:
    """Every example of its neighbours, sequences counted anew; what cannot be applied is parked."""
    await neighbours_of(parts).deliver(*records_for(parts.service))


def neighbours_of(parts: Parts) -> Neighbours:
    """Who tells facts to this service."""
    worker = importlib.import_module(f"services.{parts.service}_service.worker")
    return Neighbours(worker.create_worker(parts), ORGANISATION)


def records_for(service: str) -> list[bytes]:
    """Every example of a service's neighbours as a record, sequences counted anew."""
    last: dict[tuple[str, str], int] = defaultdict(int)
    records = []
    for each in examples(LISTENS[service]):
        stream = (each["source"], each["subject"])
        last[stream] += 1
        records.append(orjson.dumps(each | {"sequence": str(last[stream])}))
    return records


async def register_examples(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    """Gives intake the complaints of the examples: the other services have heard of them."""
    for complaint in known_ids()["complaint_id"]:
        answer = await client.post(
            "/complaints", json=registration(complaint), headers=headers | once(complaint)
        )
        assert answer.status_code == 201, answer.text


def registration(complaint: str) -> dict[str, Any]:
    """A complaint for intake, which hears of none: it is registered under an id we know."""
    return {
        "id": complaint,
        "kind": "complaint",
        "channel": "desk",
        "complainant_type": "customer",
        "unit": "hq.store-001.service-desk",
        "classification": {"category": "installation"},
        "form": {"name": "王小明", "phone": "13912345678", "narrative": "裝上去就壞了"},
    }


def known_ids(organisation: str = ORGANISATION) -> dict[str, list[str]]:
    """Every id of an organisation's examples by its field; `subject` for aggregates.

    Another organisation's are as good as unknown, and the doors wait a second for those.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for path in EXAMPLES.glob("*/*.json"):
        example = json.loads(path.read_bytes())
        if example["organisation"] != organisation:
            continue
        found["subject"].add(example["subject"])
        for name, value in example["data"].items():
            if isinstance(value, str) and _is_id(value):
                found[name].add(value)
    return {name: sorted(values) for name, values in found.items()}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
