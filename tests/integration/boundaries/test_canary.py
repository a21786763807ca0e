"""A canary's name, phone, plate, address and words, planted in every input of every service.

Afterwards they sing in the vault and in the texts, and nowhere else: no journal, fact, outbox,
inbox, timer, stored answer or side table, no log line, no metric, no problem.
"""

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from prometheus_client import generate_latest
from pydantic import SecretStr

from shared.contracts.registry import SERVICES
from tests.integration.boundaries.knocks import refused, sent
from tests.integration.boundaries.world import DESK, HOTLINE_KEY, Said, World, build
from tests.support.house import House, open_house
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer
from tests.support.smallest import Request, smallest
from tests.support.twins import OURS, twins

NAME, PHONE, PLATE = "金絲雀", "13987654321", "沪A·金丝雀"
WORDS = f"金絲雀在礦坑裡唱歌 {PHONE} canary@mine.example 礦坑路一號 {PLATE}"
CANARY = Said(name=NAME, phone=PHONE, plate=PLATE, words=WORDS, external=PHONE)
SONGS = (NAME, PHONE, "canary@mine.example", "礦坑路一號", PLATE, "1990-01-01")
"""What must not be found: also the birthday that `build` gives the customer."""
VAULT = {"intake.particulars", "intake.customer_particulars"}
LOST, STRAY = "13512340000", "金翅雀"
"""Another phone and name, typed where they do not belong."""
NOT_REACHED = {("escalation.arbitrate_case", "note"), ("intake.take_ticket", "called")}
"""A case is arbitrated after several returns, its note goes the way of every note; who is called
is one of our own hotlines, all other numbers are refused.
"""
REFUSALS_MIN = 1_500
POLICY = ("policy_version", "policy_simulation")
"""Operations of administrators on packs, whose words are published: nobody's personal data."""
FREE = {"", r"\S"}
"""Patterns that let prose through."""


def songs_in(text: str) -> list[str]:
    """Which canaries sing in this text, also escaped as JSON does."""
    spellings = {song: (song, json.dumps(song).strip('"')) for song in SONGS}
    return [song for song, ways in spellings.items() if any(way in text for way in ways)]


def readable(row: str) -> str:
    """A row as text, its bytea columns decoded: facts and entries are kept as bytes."""
    kept = re.findall(r"\\\\x([0-9a-f]+)", row)
    return "\n".join([row, *(bytes.fromhex(each).decode("utf-8", "replace") for each in kept)])


async def work(world: World) -> None:
    """Everything else that people write down while they work on a complaint."""
    words, on = world.said.words, world.ids
    note = {"note": words}
    supervisor = "department-supervisor"
    await world.did("escalation.give_assistance", supervisor, {"outcome": "done"} | note)
    await world.did("escalation.reject_resolution", "clerk", {"reason_code": "other"} | note)
    made = await world.did("escalation.propose_resolution", "clerk", {"text": words})
    resolution = {"resolution_id": made["resolution_id"]}
    agreed = {"evidence": "spoken"}
    await world.did("escalation.accept_resolution", "clerk", agreed, **resolution)
    await world.did("escalation.execute_resolution", "clerk", note, **resolution)
    closing: dict[str, Any] = {"outcome": "upheld", "cause": "goods", "summary": words}
    closing["flags"] = dict.fromkeys(("lesson", "improvement", "won_back"), True)
    await world.did("escalation.close_case", "clerk", closing)
    await hand_over(world)
    proof = {"effective": True, "proof": words}
    await world.did("insights.close_corrective_action", "store-manager", proof)
    ticket = await world.ticket("T-2")
    await world.house.settle()
    reply = {"parts": {"process": words, "result": words}}
    on["hotline_id"] = ticket.json()["complaint"]
    await world.did("followup.write_reply", "cs-manager", reply, complaint_id=on["hotline_id"])
    await call_back(world)


async def hand_over(world: World) -> None:
    """The second complaint is offered, returned and reported up."""
    words, second = world.said.words, {"case_id": world.ids["second_id"]}
    await world.did("escalation.accept_case", "clerk", {}, **second)
    offer: dict[str, Any] = {
        "unit": "hq.store-001.installation",
        "reason_code": "specialist",
        "note": words,
    }
    offer |= {"exchange": ["reference", "holder", "unit_contact"]}
    offered = await world.did("escalation.offer_case", "clerk", offer, **second)
    back = {"reason_code": "incomplete", "note": words}
    on = second | {"offer_id": offered["offer_id"]}
    await world.did("escalation.return_case", "department-supervisor", back, **on)
    up = {"reason_code": "beyond_authority", "note": words}
    await world.did("escalation.report_case_up", "clerk", up, **second)


async def call_back(world: World) -> None:
    """A call that nobody answers, then one that somebody does."""
    words = world.said.words
    await world.house.advance("1 day")
    await world.did("followup.record_attempt", "clerk", {"result": "no_answer", "said": words})
    await world.house.advance("1 day")
    answers = {"scores": {"overall": 4}, "words": {"suggestions": words}, "said": words}
    await world.did("followup.complete_callback", "clerk", answers)


def free_fields(house: House) -> set[tuple[str, str]]:
    """Every field of every body that takes prose, by the documents: (operation, field)."""
    found = set()
    for service in SERVICES:
        document = house.apps[service].document
        for methods in document["paths"].values():
            for described in methods.values():
                body = described.get("requestBody")
                schema = body["content"]["application/json"]["schema"] if body else {}
                name = f"{service}.{described['operationId']}"
                if not name.endswith(POLICY):
                    found |= {(name, field) for field in _prose(schema, document, "")}
    return found


def _prose(schema: Any, document: Any, name: str) -> Iterator[str]:  # noqa: ANN401 JSON
    while "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _prose(each, document, name)
    for field, each in schema.get("properties", {}).items():
        yield from _prose(each, document, field)
    for each in schema.get("patternProperties", {}).values():
        yield from _prose(each, document, name)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _prose(schema[key], document, name)
    coded = {"enum", "const", "format"} & set(schema)
    if schema.get("type") == "string" and not coded and schema.get("pattern", "") in FREE:
        yield name


def planted(house: House, answers: list[httpx.Response]) -> set[tuple[str, str]]:
    """The fields that a canary really went into, by what was sent and taken."""
    found = set()
    for answer in answers:
        request = answer.request
        if not answer.is_success or not request.content:
            continue
        for name, operation in house.operations.items():
            form = re.sub(r"\{\w+\}", "[^/]+", operation.path)
            if operation.method == request.method and re.fullmatch(form, request.url.path):
                found |= {(name, field) for field in _sung(orjson.loads(request.content), "")}
    return found


def _sung(value: Any, name: str) -> Iterator[str]:  # noqa: ANN401 JSON
    if isinstance(value, dict):
        for field, each in value.items():
            inner = list(_sung(each, field))
            yield from inner
            yield from (name for _ in inner)
    elif isinstance(value, list):
        for each in value:
            yield from _sung(each, name)
    elif isinstance(value, str) and songs_in(value):
        yield name


def misplaced(request: Request, canary: str) -> Iterator[dict[str, Any]]:
    """One request with a canary in every place where it does not belong."""
    base = {"method": request.method, "url": request.path, "headers": dict(request.headers)}
    body: dict[str, Any] = {} if request.json is None else {"json": request.json}
    yield base | body | {"params": {canary: canary}}
    yield base | body | {"params": dict.fromkeys(request.query, canary)}
    yield base | body | {"url": "/".join([*request.path.split("/")[:4], canary])}
    parts = request.path.split("/")
    for at in range(4, len(parts)):
        yield base | body | {"url": "/".join([*parts[:at], canary, *parts[at + 1 :]])}
    for name in ("Idempotency-Key", "If-Match", "Kesu-Deadline-Ms", "Kesu-Correlation-Id"):
        yield base | body | {"headers": request.headers | {name: f"{LOST} {LOST}"}}
    yield base | body | {"headers": request.headers | {"Accept-Language": LOST, "Origin": LOST}}
    if isinstance(request.json, dict):
        yield base | {"json": request.json | {canary: canary}}
        for field in request.json:
            yield base | {"json": request.json | {field: canary}}
            yield base | {"json": request.json | {field: {canary: canary}}}
            yield base | {"json": request.json | {field: [canary]}}
        yield base | {"content": f'{{"{canary}": {canary}'.encode()}


async def provoked(house: House, world: World) -> list[httpx.Response]:
    """All that is refused when canaries are in the wrong places of every operation."""
    who, answers = house.bearing(), []
    for service in SERVICES:
        document = house.apps[service].document
        for route in house.apps[service].doors:
            request = smallest(document, route.name, world.ids)
            answers.append(await sent(house, request, {"Authorization": f"Bearer {LOST}"}))
            answers += [
                await house.client.request(**each | {"headers": each["headers"] | JSON | who})
                for canary in (LOST, STRAY)
                for each in misplaced(request, canary)
            ]
    return answers


JSON = {"content-type": "application/json"}


async def test_the_canary_sings_in_the_vault_and_in_the_texts_and_nowhere_else(
    postgres: PostgresServer,
    kesu_database: str,
    issuer: Issuer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, logger="httpx")  # the caller's own log, not ours
    secrets = (SecretStr(f"180:{HOTLINE_KEY}"),)
    async with open_house(
        postgres, kesu_database, issuer, organisations=twins(tmp_path), hotline_secrets=secrets
    ) as house:
        world = await build(house, OURS, CANARY)
        await work(world)
        assert free_fields(house) - planted(house, world.answers) == NOT_REACHED
        assert await house.parked() == []
        await nowhere_in_the_tables(house)
        reading = {"GET"}
        told = [each for each in world.answers if each.request.method not in reading]
        assert [each.request.url.path for each in told if songs_in(each.text)] == []
        wrong = await provoked(house, world)
    refusals = [answer for answer in wrong if answer.status_code >= 400]
    assert len(refusals) > REFUSALS_MIN
    for answer in refusals:
        place = (answer.request.method, answer.request.url.path, answer.text)
        assert not strayed(answer.text + str(answer.headers)), place
        assert refused(answer) != "internal-error", place
    written = capfd.readouterr()
    lines = caplog.text + written.out + written.err + generate_latest().decode()
    assert (songs_in(lines), strayed(lines)) == ([], False)


def strayed(text: str) -> bool:
    """Whether something that was typed in the wrong place is said again."""
    return LOST in text or STRAY in text or json.dumps(STRAY).strip('"') in text


async def nowhere_in_the_tables(house: House) -> None:
    """Every column of every table of every schema, bytes decoded."""
    sung = {}
    for schema in (*SERVICES, "platform"):
        for table in await house.tables(schema):
            found = songs_in(await _whole(house.admin, f'{schema}."{table}"'))
            if found:
                sung[f"{schema}.{table}"] = found
    assert set(sung) == VAULT | {f"{service}.texts" for service in SERVICES}, sung


async def _whole(admin: asyncpg.Connection, table: str) -> str:
    rows = await admin.fetch(f'select t::text as "row" from {table} t')  # noqa: S608 our own
    return "\n".join(readable(row["row"]) for row in rows)


async def test_the_search_reads_what_is_kept_as_bytes_and_as_escapes() -> None:
    """The test above can fail."""
    hexed = "\\\\x" + WORDS.encode().hex()
    assert songs_in(readable(f'(1,"{hexed}",2)'))
    assert songs_in(json.dumps({"said": WORDS}))
    assert not songs_in(DESK)
