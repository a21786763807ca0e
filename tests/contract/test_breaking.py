"""What breaks a reader or a caller is found and said; what only adds is let through."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from kesu import cli
from kesu.contracting import artefacts, facts
from kesu.contracting.asyncapi import document as asyncapi_document
from kesu.contracting.breaking import (
    NoSuchVersion,
    api_changes,
    breaking_changes,
    channel_changes,
    earlier,
    fact_changes,
)

Document: TypeAlias = dict[str, Any]
Damage: TypeAlias = Callable[[Document], object]

TYPE = "kesu.escalation.assistance_given.v1"
FACT = facts.schemas()[TYPE]
NESTED_TYPE = "kesu.intake.complaint_registered.v1"
NESTED = facts.schemas()[NESTED_TYPE]
EVENTS = asyncapi_document()
ORDER: Document = {
    "type": "object",
    "additionalProperties": False,
    "required": ["note"],
    "properties": {
        "note": {"type": "string", "maxLength": 200},
        "size": {"type": "string", "enum": ["small", "large"]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
        "paid": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    },
}
PART: Document = {
    "type": "object",
    "required": ["sku"],
    "properties": {"sku": {"type": "string"}, "count": {"type": "integer", "maximum": 99}},
}
VIEW: Document = {
    "type": "object",
    "required": ["id", "by"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "by": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
    },
}
API: Document = {
    "paths": {
        "/repairs": {
            "get": {
                "security": [],
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 200}}
                ],
                "responses": {"204": {"description": "none"}},
            },
            "post": {
                "security": [{"token": []}],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                    },
                },
                "responses": {
                    "201": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/View"}}
                        }
                    },
                    "409": {"content": {"application/problem+json": {"schema": {}}}},
                },
            },
        }
    },
    "components": {"schemas": {"Order": ORDER, "Part": PART, "View": VIEW}},
}
ASKED = "POST /repairs body"
TOLD = "POST /repairs 201"


def data(schema: Document) -> Document:
    found: Document = schema["properties"]["data"]
    return found


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def post(document: Document) -> Document:
    found: Document = document["paths"]["/repairs"]["post"]
    return found


FACT_BREAKS: Mapping[str, tuple[Damage, str]] = {
    "removed": (
        lambda it: data(it)["properties"].pop("outcome"),
        f"{TYPE}.data.outcome was removed",
    ),
    "retyped": (
        lambda it: data(it)["properties"].update(task_id={"type": "integer"}),
        f"{TYPE}.data.task_id was string and is integer",
    ),
    "another format": (
        lambda it: data(it)["properties"]["task_id"].update(format="date-time"),
        f"{TYPE}.data.task_id was uuid and is date-time",
    ),
    "no longer always sent": (
        lambda it: data(it)["required"].remove("task_id"),
        f"{TYPE}.data.task_id is no longer always sent",
    ),
    "may be null": (
        lambda it: data(it)["properties"].update(
            task_id={"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}
        ),
        f"{TYPE}.data.task_id was string and is null, string",
    ),
    "a new word in a closed list": (
        lambda it: data(it)["properties"]["outcome"]["enum"].append("perhaps"),
        f"{TYPE}.data.outcome may now be perhaps",
    ),
    "what old facts lack is required": (
        lambda it: (
            data(it)["properties"].update(note_id={"type": "string", "format": "uuid"}),
            data(it)["required"].append("note_id"),
        ),
        f"{TYPE}.data.note_id is now required",
    ),
    "an attribute of the envelope": (
        lambda it: it["properties"].pop("sequence"),
        f"{TYPE}.sequence was removed",
    ),
}

NESTED_BREAKS: Mapping[str, tuple[Damage, str]] = {
    "a field of a part": (
        lambda it: it["$defs"]["Policy"]["properties"].pop("hash"),
        f"{NESTED_TYPE}.data.policy.hash was removed",
    ),
    "items of a list": (
        lambda it: data(it)["properties"]["flags"].update(items={"type": "integer"}),
        f"{NESTED_TYPE}.data.flags.[] was string and is integer",
    ),
    "a wider pattern": (
        lambda it: data(it)["properties"]["reference"].update(pattern="^.*$"),
        f"{NESTED_TYPE}.data.reference has another pattern",
    ),
    "a longer text": (
        lambda it: data(it)["properties"]["reference"].update(maxLength=4000),
        f"{NESTED_TYPE}.data.reference may be longer than 20",
    ),
}

API_BREAKS: Mapping[str, tuple[Damage, str]] = {
    "an operation is gone": (
        lambda it: it["paths"]["/repairs"].pop("get"),
        "bicycles: GET /repairs was removed",
    ),
    "a path is gone": (
        lambda it: it["paths"].clear(),
        "bicycles: POST /repairs was removed",
    ),
    "an answer is gone": (
        lambda it: post(it)["responses"].pop("201"),
        "POST /repairs no longer answers 201",
    ),
    "an answer speaks otherwise": (
        lambda it: post(it)["responses"]["201"].update(content={"text/csv": {}}),
        f"{TOLD} no longer answers in application/json",
    ),
    "a shown field is gone": (
        lambda it: schema(it, "View")["properties"].pop("by"),
        f"{TOLD}.by was removed",
    ),
    "a shown field may be absent": (
        lambda it: schema(it, "View")["required"].remove("by"),
        f"{TOLD}.by is no longer always sent",
    ),
    "a shown field is another type": (
        lambda it: schema(it, "View")["properties"].update(by={"type": "integer"}),
        f"{TOLD}.by was string and is integer",
    ),
    "a new required field is asked": (
        lambda it: schema(it, "Order")["required"].append("size"),
        f"{ASKED}.size is now required",
    ),
    "a field is taken no longer": (
        lambda it: schema(it, "Order")["properties"].pop("size"),
        f"{ASKED}.size was removed",
    ),
    "a closed list is shorter": (
        lambda it: schema(it, "Order")["properties"]["size"]["enum"].remove("large"),
        f"{ASKED}.size no longer takes large",
    ),
    "a list is closed": (
        lambda it: schema(it, "Order")["properties"]["note"].update(enum=["thanks"]),
        f"{ASKED}.note no longer takes others",
    ),
    "null is taken no longer": (
        lambda it: schema(it, "Order")["properties"].update(paid={"type": "integer"}),
        f"{ASKED}.paid was integer, null and is integer",
    ),
    "a text is shorter": (
        lambda it: schema(it, "Order")["properties"]["note"].update(maxLength=100),
        f"{ASKED}.note has a lower maxLength: 100",
    ),
    "a part's number is smaller": (
        lambda it: schema(it, "Part")["properties"]["count"].update(maximum=9),
        f"{ASKED}.parts.[].count has a lower maximum: 9",
    ),
    "a parameter is gone": (
        lambda it: it["paths"]["/repairs"]["get"]["parameters"].clear(),
        "GET /repairs: the query parameter limit was removed",
    ),
    "a parameter is required": (
        lambda it: it["paths"]["/repairs"]["get"]["parameters"][0].update(required=True),
        "GET /repairs: the query parameter limit is now required",
    ),
    "a parameter is another type": (
        lambda it: it["paths"]["/repairs"]["get"]["parameters"][0].update(
            schema={"type": "boolean"}
        ),
        "GET /repairs query.limit was integer and is boolean",
    ),
    "a body is needed": (
        lambda it: it["paths"]["/repairs"]["get"].update(
            requestBody={"required": True, "content": {}}
        ),
        "GET /repairs now needs a body",
    ),
    "a body is taken no longer": (
        lambda it: post(it).pop("requestBody"),
        "POST /repairs no longer takes a body",
    ),
    "an open door is shut": (
        lambda it: it["paths"]["/repairs"]["get"].update(security=[{"token": []}]),
        "GET /repairs now asks for a token",
    ),
}

ADDITIONS: Mapping[str, Damage] = {
    "an operation": lambda it: it["paths"].update({"/bells": {"get": {"responses": {}}}}),
    "an optional field": lambda it: schema(it, "Order")["properties"].update(x={"type": "string"}),
    "a word to choose": lambda it: schema(it, "Order")["properties"]["size"]["enum"].append("huge"),
    "more room": lambda it: schema(it, "Order")["properties"]["note"].update(maxLength=400),
    "a shown field": lambda it: schema(it, "View")["properties"].update(x={"type": "string"}),
    "a promise to send": lambda it: schema(it, "View")["required"].append("at"),
    "a refusal": lambda it: post(it)["responses"].update({"403": {"content": {}}}),
    "a refusal less": lambda it: post(it)["responses"].pop("409"),
    "prose": lambda it: schema(it, "View")["properties"]["by"].update(description="Who."),
    "an optional header": lambda it: post(it).update(
        parameters=[{"name": "Accept-Language", "in": "header", "schema": {"type": "string"}}]
    ),
}


@pytest.mark.parametrize("how", FACT_BREAKS)
def test_a_fact_that_breaks_its_readers_is_found(how: str) -> None:
    damage, sentence = FACT_BREAKS[how]
    assert sentence in fact_changes(TYPE, FACT, damaged(FACT, damage))


@pytest.mark.parametrize("how", NESTED_BREAKS)
def test_what_breaks_deep_inside_a_fact_is_found(how: str) -> None:
    damage, sentence = NESTED_BREAKS[how]
    assert sentence in fact_changes(NESTED_TYPE, NESTED, damaged(NESTED, damage))


def test_a_fact_may_gain_an_optional_field() -> None:
    wider = damaged(FACT, lambda it: data(it)["properties"].update(unit={"type": "string"}))
    assert fact_changes(TYPE, FACT, wider) == []


@pytest.mark.parametrize("how", API_BREAKS)
def test_an_api_that_breaks_its_callers_is_found(how: str) -> None:
    damage, sentence = API_BREAKS[how]
    assert sentence in api_changes("bicycles", API, damaged(API, damage))


@pytest.mark.parametrize("how", ADDITIONS)
def test_an_api_that_only_gains_breaks_nobody(how: str) -> None:
    assert api_changes("bicycles", API, damaged(API, ADDITIONS[how])) == []


def test_nothing_breaks_where_nothing_changed() -> None:
    same = {"docs/openapi/bicycles.json": API, f"{artefacts.SCHEMAS}/{TYPE}.json": FACT}
    assert breaking_changes(same, deepcopy(same)) == []


def test_a_document_that_is_gone_is_a_break() -> None:
    path = f"{artefacts.SCHEMAS}/{TYPE}.json"
    assert breaking_changes({path: FACT}, {}) == [f"{path}: was removed"]


def test_a_topic_that_moved_and_a_message_that_is_gone_are_breaks() -> None:
    moved = damaged(EVENTS, lambda it: it["channels"]["intake"].update(address="kesu.intake"))
    assert channel_changes(EVENTS, moved) == ["topic kesu.intake.events was removed"]
    silent = damaged(EVENTS, lambda it: it["channels"]["escalation"]["messages"].pop(TYPE))
    assert channel_changes(EVENTS, silent) == [
        f"{TYPE} is no longer told on kesu.escalation.events"
    ]


def test_the_code_breaks_nobody_who_relies_on_the_last_commit() -> None:
    assert cli.main(["snapshot", "--breaking", "HEAD"]) == 0


def test_the_command_says_what_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    promised = damaged(FACT, lambda it: data(it)["properties"].update(gift={"type": "string"}))
    place = tmp_path / artefacts.SCHEMAS / f"{TYPE}.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(promised))
    assert cli.main(["snapshot", "--breaking", str(tmp_path)]) == 1
    assert f"{TYPE}.data.gift was removed" in capsys.readouterr().err


def test_an_unknown_version_is_said_to_be_unknown() -> None:
    with pytest.raises(NoSuchVersion):
        earlier("no-such-version")


def damaged(document: Document, damage: Damage) -> Document:
    found = deepcopy(document)
    damage(found)
    return found
