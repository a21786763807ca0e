"""What goes wrong looks like the catalogue says, in the order of decision 11."""

import json
from pathlib import Path

import httpx
import pytest

from tests.integration.http.bicycles import CLERK, JSON, KEY, app_in, ask, bearer, client_of, order

ODD = "0192f0c1-2d3e-7abc-8def-001122334455"
EVEN = "0192f0c1-2d3e-7abc-8def-001122334456"
CANARY = "金絲雀0912345678"


def pointers(answer: httpx.Response) -> set[tuple[str, str]]:
    return {(each["pointer"], each["code"]) for each in answer.json()["errors"]}


async def test_a_repair_is_ordered(tmp_path: Path) -> None:
    answer = await order(tmp_path, b'{"note": "flat tyre", "parts": [{"sku": "T1"}]}')

    assert answer.status_code == 201
    assert answer.json() == {"note": "flat tyre", "by": "p-clerk-1"}
    assert (answer.headers["etag"], answer.headers["location"]) == ('"1"', "/repairs/k-1")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"{}", "/note", "missing"),
        (b'{"note": 7}', "/note", "wrong-type"),
        (b'{"note": "x", "status": "paid"}', "/status", "unknown-field"),
        (b'{"note": "x", "a b": 1}', "", "unknown-field"),
        (b'{"note": "x", "parts": [{"sku": ""}]}', "/parts/0/sku", "too-short"),
        (b'{"note": "x", "parts": [{"sku": "a"}, {}]}', "/parts/1/sku", "missing"),
        (b'{"note": "x", "parts": [{"sku": "a", "count": 0}]}', "/parts/0/count", "too-small"),
        (b'{"note": "x", "parts": [{"sku": "a", "count": 100}]}', "/parts/0/count", "too-large"),
        (b'{"note": "x", "parts": [{"sku": "a", "count": "1"}]}', "/parts/0/count", "wrong-type"),
        (b'{"note": "x", "bicycle": "red"}', "/bicycle", "malformed"),
        (b"[]", "", "wrong-type"),
        (b"", "", "invalid-json"),
        (b'{"note": NaN}', "", "not-finite"),
        (b'{"note": "\xff"}', "", "invalid-utf8"),
        (b'{"note": "x", "note": "y"}', "", "duplicate-key"),
    ],
)
async def test_a_body_that_is_not_right_says_where(
    tmp_path: Path, body: bytes, pointer: str, code: str
) -> None:
    answer = await order(tmp_path, body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (pointer, code) in pointers(answer)


async def test_a_problem_never_repeats_what_was_sent(tmp_path: Path) -> None:
    wrong = [
        {"note": [CANARY]},
        {"note": CANARY * 50},
        {"note": "x", CANARY: CANARY},
        {"note": "x", "bicycle": CANARY},
        {"note": "x", "parts": [{"sku": CANARY, "count": CANARY}]},
        {"note": "x", "parts": {CANARY: 1}},
    ]
    for body in wrong:
        answer = await order(tmp_path, json.dumps(body).encode())
        assert answer.status_code == 422
        assert "0912345678" not in answer.text + repr(answer.headers)
        assert "canary" not in answer.text.lower()


async def test_syntax_comes_before_the_token(tmp_path: Path) -> None:
    broken = await ask(tmp_path, "POST", "/repairs", content=b"{", headers={**JSON, **KEY})
    keyless = await ask(tmp_path, "POST", "/repairs", json={"note": "x"})
    whole = await ask(tmp_path, "POST", "/repairs", json={"note": "x"}, headers=KEY)

    assert [each.status_code for each in (broken, keyless, whole)] == [422, 400, 401]


async def test_the_role_comes_before_the_object_and_its_revision(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "POST", f"/repairs/{ODD}/approval", headers={**CLERK, **KEY})

    assert (answer.status_code, answer.json()["code"]) == (403, "role-not-permitted")


async def test_another_units_object_is_not_there(tmp_path: Path) -> None:
    own = await ask(tmp_path, "GET", f"/repairs/{ODD}", headers=CLERK)
    others = await ask(tmp_path, "GET", f"/repairs/{EVEN}", headers=CLERK)
    foreign = await ask(
        tmp_path, "GET", f"/repairs/{ODD}", headers={"Authorization": bearer(org="mall-demo")}
    )

    assert [each.status_code for each in (own, others, foreign)] == [200, 404, 404]
    assert others.json() | {"instance": ""} == foreign.json() | {"instance": ""}


@pytest.mark.parametrize(
    ("match", "status", "code"),
    [
        (None, 428, "if-match-missing"),
        ('"2"', 412, "stale-revision"),
        ("2", 400, "if-match-malformed"),
    ],
)
async def test_an_action_says_what_it_saw(
    tmp_path: Path, match: str | None, status: int, code: str
) -> None:
    headers = {"Authorization": bearer("cs_manager"), **KEY}
    headers |= {"If-Match": match} if match else {}
    answer = await ask(tmp_path, "POST", f"/repairs/{ODD}/approval", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers.get("etag") == ('"3"' if status == 412 else None)


async def test_a_stored_answer_says_that_it_is_one(tmp_path: Path) -> None:
    headers = {"Authorization": bearer("cs_manager"), "Idempotency-Key": "seen", "If-Match": '"3"'}
    answer = await ask(tmp_path, "POST", f"/repairs/{ODD}/approval", headers=headers)

    assert answer.json() == {"approved": True}
    assert (answer.headers["idempotency-replayed"], answer.headers["etag"]) == ("true", '"4"')


async def test_creating_needs_a_key(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "POST", "/repairs", json={"note": "x"}, headers=CLERK)

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


@pytest.mark.parametrize(
    ("path", "pointer", "code"),
    [
        ("/repairs?limit=0", "/query/limit", "too-small"),
        ("/repairs?limit=201", "/query/limit", "too-large"),
        ("/repairs?limit=many", "/query/limit", "malformed"),
        ("/repairs?limt=3", "/query", "unknown-parameter"),
        ("/repairs/red", "/path/repair_id", "malformed"),
        ("/repairs?cursor=%00", "", "text-unstorable"),
    ],
)
async def test_parameters_are_checked_as_well(
    tmp_path: Path, path: str, pointer: str, code: str
) -> None:
    answer = await ask(tmp_path, "GET", path, headers=CLERK)

    assert answer.status_code == 422
    assert (pointer, code) in pointers(answer)


async def test_an_address_that_is_none(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "GET", "/repair", headers=CLERK)

    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-route")


async def test_a_method_that_is_none(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "DELETE", "/repairs", headers=CLERK)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_the_domain_refuses_by_the_rules_name(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "GET", "/broken/domain", headers=CLERK)

    assert (answer.status_code, answer.json()["code"]) == (409, "already-repaired")
    assert pointers(answer) == {("/note", "invalid")}


async def test_a_database_that_is_away_is_not_our_last_word(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "GET", "/broken/driver", headers=CLERK)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "secret" not in answer.text


async def test_a_bug_is_answered_without_its_story(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with client_of(app_in(tmp_path), **CLERK) as client:
        answer = await client.get("/broken/bug")
        again = await client.get("/repairs")

    shown = capsys.readouterr()
    assert (answer.status_code, again.status_code) == (500, 200)
    assert answer.json()["instance"] == f"urn:uuid:{answer.headers['kesu-correlation-id']}"
    for text in (answer.text, shown.out, shown.err):
        assert "0912345678" not in text
        assert "Traceback" not in text


async def test_a_problem_is_in_the_callers_language(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "GET", "/repairs", headers={"Accept-Language": "zh-TW"})

    assert answer.json()["title"] == "請提供有效的憑證。"
    assert answer.headers["content-language"] == "zh-Hant"


async def test_an_empty_answer_is_empty(tmp_path: Path) -> None:
    answer = await ask(tmp_path, "POST", "/bells", headers=CLERK)

    assert (answer.status_code, answer.content) == (204, b"")


async def test_the_time_left_is_known_inside(tmp_path: Path) -> None:
    answer = await ask(
        tmp_path,
        "POST",
        "/fast",
        json={"note": "x"},
        headers={**CLERK, "Kesu-Deadline-Ms": "5000"},
    )

    assert 4000 < int(answer.json()["by"]) <= 5000
