"""What goes wrong looks like it should, through the gateway, and never repeats what was sent."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from kesu import environment
from kesu.embedded.processes import free_port
from kesu.home import PROJECT
from kesu.playing.stage import Stage
from tests.e2e.load import COMPLAINT
from tests.e2e.running import PATIENCE_SECONDS, RunningKesu

CANARY = "kanarienvogel"
COMPLAINTS = "/intake/v1/complaints"
OVERSIZE = 3 * 2**20


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks, with a fresh key each time unless one is given."""

    here: Stage
    persona: str = "clerk"

    async def post(self, path: str, body: bytes | dict[str, Any], **headers: str) -> httpx.Response:
        own = self.here.player.headers_of("auto-demo", self.persona)
        own |= {"Idempotency-Key": uuid4().hex, "Content-Type": "application/json"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in (own | given).items() if value}
        return await self.here.player.client.post(path, content=content, headers=kept)

    async def get(self, path: str) -> httpx.Response:
        headers = self.here.player.headers_of("auto-demo", self.persona)
        return await self.here.player.client.get(path, headers=headers)


@pytest.fixture(name="clerk")
def _clerk(here: Stage) -> Caller:
    """The clerk of the first store."""
    return Caller(here)


@pytest.fixture(name="complaint")
async def _complaint(clerk: Caller) -> str:
    """The id of a complaint that was just registered."""
    answer = await clerk.post(COMPLAINTS, COMPLAINT)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def require_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """RFC 9457, with the code as the last word of its type, and nothing of what was sent."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"].endswith(f"/{code}")
    assert CANARY not in answer.text
    return problem


async def withdrawn(clerk: Caller, complaint: str) -> httpx.Response:
    """The answer to a withdrawal on the version of now; a fact in between changes it once more."""
    while True:
        seen = await clerk.get(f"{COMPLAINTS}/{complaint}")
        path, body = f"{COMPLAINTS}/{complaint}/withdrawal", {"reason": "mistaken"}
        answer = await clerk.post(path, body, If_Match=seen.headers["etag"])
        if answer.status_code != httpx.codes.PRECONDITION_FAILED:
            return answer


def form(**changes: object) -> dict[str, Any]:
    """The complaint with another form."""
    return {**COMPLAINT, "form": {**COMPLAINT["form"], **changes}}


@pytest.mark.parametrize(
    ("body", "code", "pointers"),
    [
        ({**COMPLAINT, CANARY: 1}, "invalid-request", [("/kanarienvogel", "unknown-field")]),
        (form(kanarienvogel=1), "form-invalid", [("/form/kanarienvogel", "unknown-field")]),
        (
            {**COMPLAINT, "form": {"narrative": CANARY}},
            "form-invalid",
            [("/form/phone", "missing")],
        ),
        ({**COMPLAINT, "kind": 3}, "invalid-request", [("/kind", "wrong-type")]),
        (form(bought_on=CANARY), "form-invalid", [("/form/bought_on", "malformed")]),
        (
            {**COMPLAINT, "classification": {"category": CANARY}},
            "classification-invalid",
            [("/classification/category", "not-allowed-value")],
        ),
        ({**COMPLAINT, "flags": [CANARY]}, "classification-invalid", [("/flags/0", None)]),
    ],
    ids=["unknown", "unknown-in-form", "missing", "type", "date", "word", "flag"],
)
async def test_what_does_not_fit_is_pointed_at(
    clerk: Caller, body: dict[str, Any], code: str, pointers: list[tuple[str, str | None]]
) -> None:
    answer = await clerk.post(COMPLAINTS, body)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["code"] == code
    found = {each["pointer"]: each["code"] for each in problem["errors"]}
    for pointer, what in pointers:
        assert pointer in found, problem
        assert what in {None, found[pointer]}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"kind": "\xff\xfe"}', 422),
        (b'{"kind": NaN}', 422),
        (b'{"kind": "a", "kind": "b"}', 422),
        (b"[" * 40 + b"]" * 40, 422),
        (b'{"kind": ', 422),
        (b'{"narrative": "' + b"x" * OVERSIZE + b'"}', 413),
    ],
    ids=["utf-8", "nan", "twice", "deep", "cut", "oversize"],
)
async def test_what_is_no_json_of_ours_is_not_even_read(
    clerk: Caller, body: bytes, status: int
) -> None:
    answer = await clerk.post(COMPLAINTS, body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("token", ["", "Bearer", f"Bearer {CANARY}", f"Basic {CANARY}"])
async def test_without_a_good_token_nobody_is_anybody(clerk: Caller, token: str) -> None:
    answer = await clerk.post(COMPLAINTS, COMPLAINT, Authorization=token)
    require_problem(answer, 401, "not-authenticated")
    assert "www-authenticate" in answer.headers


async def test_a_token_that_somebody_changed_is_no_token(here: Stage, clerk: Caller) -> None:
    good = here.player.headers_of("auto-demo", "clerk")["Authorization"]
    head, claims, signature = good.split(".")
    swapped = f"{head}.{claims}.{signature[:-4]}AAAA"
    answer = await clerk.post(COMPLAINTS, COMPLAINT, Authorization=swapped)
    require_problem(answer, 401, "not-authenticated")


async def test_a_role_without_the_right_is_refused(here: Stage) -> None:
    answer = await Caller(here, "finance").post(COMPLAINTS, COMPLAINT)
    require_problem(answer, 403, "role-not-permitted")


async def test_another_store_and_what_never_was_get_the_same_answer(
    here: Stage, complaint: str
) -> None:
    other = Caller(here, "clerk-store-2")
    theirs = await other.get(f"{COMPLAINTS}/{complaint}")
    nothing = await other.get(f"{COMPLAINTS}/{uuid4()}")
    alike = [{**each.json(), "instance": ""} for each in (theirs, nothing)]
    assert alike[0] == alike[1]
    require_problem(theirs, 404, alike[0]["code"])


async def test_an_action_on_an_old_version_is_refused(clerk: Caller, complaint: str) -> None:
    path, body = f"{COMPLAINTS}/{complaint}/withdrawal", {"reason": "mistaken"}
    require_problem(await clerk.post(path, body), 428, "if-match-missing")
    require_problem(await clerk.post(path, body, If_Match='"0"'), 412, "stale-revision")
    assert (await withdrawn(clerk, complaint)).status_code == 200


async def test_a_key_stands_for_one_request(clerk: Caller) -> None:
    key = uuid4().hex
    first = await clerk.post(COMPLAINTS, COMPLAINT, Idempotency_Key=key)
    again = await clerk.post(COMPLAINTS, COMPLAINT, Idempotency_Key=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = await clerk.post(COMPLAINTS, form(demand="别的"), Idempotency_Key=key)
    require_problem(other, 422, "idempotency-key-reused")


async def test_an_action_without_a_key_is_refused(clerk: Caller) -> None:
    answer = await clerk.post(COMPLAINTS, COMPLAINT, Idempotency_Key="")
    assert answer.status_code == 400, answer.text


async def test_an_illegal_step_names_its_rule(clerk: Caller, complaint: str) -> None:
    await withdrawn(clerk, complaint)
    require_problem(await withdrawn(clerk, complaint), 409, "not-open")


async def test_what_is_not_routed_is_nobodys(clerk: Caller) -> None:
    assert (await clerk.get("/intake/v1/nothing-here")).status_code == 404
    assert (await clerk.get("/nobody/v1/complaints")).status_code == 404


def test_a_bad_pack_stops_the_start_with_file_row_and_reason(
    kesu: RunningKesu, tmp_path: Path
) -> None:
    shutil.copytree(PROJECT / "policies", tmp_path / "policies")
    broken = tmp_path / "policies/auto_accessories/2026-01-01/compensation.yaml"
    text = broken.read_text(encoding="utf-8")
    assert "role: store_manager, how: approve" in text
    broken.write_text(text.replace("role: store_manager, how: approve", "role: king, how: approve"))
    told = environment.for_service(kesu.home, "intake", kesu.facts["broker"])
    told |= {"KESU_PORT": str(free_port()), "KESU_POLICIES": str(tmp_path / "policies")}
    done = subprocess.run(
        [sys.executable, "-m", "kesu", "serve", "intake", "--only", "api"],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=kesu.environment() | told,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 3, done.stderr
    assert "auto_accessories/2026-01-01/compensation.yaml" in done.stderr
    assert "authority.store-manager" in done.stderr
    assert "king" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
