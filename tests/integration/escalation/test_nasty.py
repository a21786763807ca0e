"""Nothing anybody sends to escalation's doors is our fault."""

import json
import random
from typing import Any
from uuid import uuid4

from services.escalation_service import api, api_custody, api_registry, api_time, api_work
from tests.integration.escalation.conftest import DESK, House
from tests.support.services import once, seen

DOORS = [
    door
    for doors in (api.doors, api_custody.doors, api_time.doors, api_work.doors, api_registry.doors)
    for door in doors.declared
]
NASTY: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    10**400,
    1e308,
    "",
    " ",
    "x" * 5000,
    "\ud800",
    "\u202e客訴",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2100-01-01T00:00:00Z",
    [],
    [{}],
    {},
    {"__proto__": 1},
    DESK,
    "p-clerk-1b",
    "not_our_duty",
    str(uuid4()),
]
TEXT = "說明"
BODIES: dict[str, dict[str, Any]] = {
    "offer_case": {"unit": DESK, "person": None, "reason_code": "specialist", "exchange": []},
    "accept_case": {"exchange": []},
    "return_case": {"reason_code": "incomplete", "duty_unit": None, "note": TEXT},
    "arbitrate_case": {"unit": DESK, "person": None, "note": TEXT},
    "report_case_up": {"reason_code": "not_understood", "note": TEXT},
    "ask_assistance": {"item": "rework", "unit": DESK, "must_answer": True, "note": TEXT},
    "give_assistance": {"outcome": "done", "note": TEXT},
    "record_finding": {
        "substantiated": "yes",
        "cause": "goods",
        "fault_confirmed": True,
        "accused": [],
        "attributes": {},
        "text": TEXT,
    },
    "propose_resolution": {"remedies": [], "expected_by": None, "final": False, "text": TEXT},
    "accept_resolution": {"evidence": "spoken", "evidence_id": None},
    "reject_resolution": {"reason_code": "other", "note": TEXT},
    "execute_resolution": {"note": TEXT},
    "pause_clock": {"reason_code": "waiting_for_customer"},
    "close_case": {"outcome": "upheld", "cause": "goods", "questions": {}, "flags": {}},
    "put_unit": {"kind": "sales", "head": None, "hotline": None, "labels": {}, "active": True},
    "put_person": {"roles": ["clerk"], "units": [DESK], "active": True},
}
"""A body that each door takes; one field of it is then replaced."""
QUERIES = ["unit", "tier", "status", "open", "holder", "due_before", "cursor", "limit"]


async def test_no_request_is_our_fault(house: House) -> None:
    dice = random.Random(20261121)
    complaint = str(await house.handled(flags=["installed"]))
    for door in DOORS:
        for _ in range(12):
            answer = await _knock(house, door, complaint, dice)
            assert answer < 500, (door.method, door.path)


async def _knock(house: House, door: Any, complaint: str, dice: random.Random) -> int:  # noqa: ANN401 a door
    path = door.path.replace("{case_id}", complaint)
    for name in ("offer_id", "task_id", "resolution_id", "text_id"):
        path = path.replace("{" + name + "}", str(uuid4()))
    for name in ("name", "unit", "person"):
        path = path.replace("{" + name + "}", dice.choice(["resolve", DESK, "p-9", "%20", "ä"]))
    person = "administrator" if "units" in path or "persons" in path else "store-manager"
    revision = await house.revision(f"cases/{complaint}")
    headers = house.as_(person) | once() | seen(revision) | {"Kesu-Deadline-Ms": "300"}
    query = {dice.choice(QUERIES): _text(dice)} if door.method == "GET" else {}
    body = dict(BODIES.get(door.endpoint.__name__, {}))
    body[dice.choice([*body, "moon"])] = dice.choice([*NASTY, {"a": 2**60}, {"b": 10**30}])
    content = None if door.method == "GET" else _json(body)
    answer = await house.http.request(
        door.method,
        path,
        params=query,
        content=content,
        headers=headers | {"Content-Type": "application/json"},
    )
    return answer.status_code


def _text(dice: random.Random) -> str:
    return str(dice.choice(NASTY)).encode(errors="replace").decode()[:2000]


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
