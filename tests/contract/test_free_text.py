"""No fact can hold what a person typed: proved over the schemas, field by field (decision 15)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import StringConstraints, ValidationError

from kesu.contracting.facts import schemas
from shared.contracts import words
from shared.contracts.escalation import UnitRecordedV1
from shared.contracts.intake import ComplaintAmendedV1, PolicyVersionActivatedV1

VOCABULARY = json.loads(Path(__file__).with_name("fields.json").read_bytes())
"""Every field name of every fact and the kind of value it holds; adding one is a decision."""

KINDS: dict[str, str] = {
    str(metadata.pattern): name
    for name, kind in vars(words).items()
    for metadata in get_args(kind)
    if isinstance(metadata, StringConstraints) and name != "Accused"
} | {"^[1-9][0-9]*$": "Sequence"}
OWN_TEXTS = {"Label", "PolicyText"}
"""What a unit is called, and the rules of an activated policy: never what somebody complained."""
CODE = next(pattern for pattern, name in KINDS.items() if name == "Code")
FORMATS = {"uuid": "Id", "date-time": "Moment"}
PERSONAL = re.compile(
    r"(^|_)(name|phone|mobile|email|address|birth|birthday|narrative|note|text|remark|comment"
    r"|message|body|title|description|plate|identity|gender|age|account)(_|$)"
)
SENTENCES = (
    "顧客很生氣",
    "王小明",
    "Mr Wong rang twice",
    "0912 345 678",
    "wong@example.org",
    "",
    "x" * 300,
)


def test_every_field_of_every_fact_is_a_word_of_the_vocabulary() -> None:
    assert dict(sorted(fields())) == VOCABULARY


def test_one_field_name_means_one_kind_of_value_in_all_facts() -> None:
    found = sorted(set(fields()))
    assert len(found) == len({name for name, _kind in found})


def test_no_field_is_called_like_personal_data() -> None:
    assert [name for name in VOCABULARY if PERSONAL.search(name)] == []


def test_the_only_texts_for_people_are_an_organisations_own() -> None:
    holders = {name for name, kind in VOCABULARY.items() if OWN_TEXTS & set(kind.split())}
    assert holders == {"labels", "content"}
    assert "labels" in UnitRecordedV1.model_fields
    assert "content" in PolicyVersionActivatedV1.model_fields


@pytest.mark.parametrize("pattern", [each for each, kind in KINDS.items() if kind not in OWN_TEXTS])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_kind_of_word_can_hold_a_sentence_a_number_or_an_address(
    pattern: str, sentence: str
) -> None:
    long = len(sentence) > 200
    assert long or re.search(pattern, sentence) is None


def test_every_word_is_bounded() -> None:
    limits = [
        metadata.max_length
        for name, kind in vars(words).items()
        for metadata in get_args(kind)
        if isinstance(metadata, StringConstraints) and name != "PolicyText"
    ]
    assert limits
    assert all(limit is not None and limit <= 200 for limit in limits)


def test_what_was_typed_into_an_attribute_stays_at_home() -> None:
    given = {"paid": 1200, "opened": False, "goods": "film", "receipt": "收據在王小明那裡"}
    fact = ComplaintAmendedV1.model_validate(AMENDED | {"attributes": given})
    assert fact.attributes == {"paid": 1200, "opened": False, "goods": "film"}


def test_a_sentence_in_place_of_a_code_is_refused() -> None:
    with pytest.raises(ValidationError):
        ComplaintAmendedV1.model_validate(AMENDED | {"changed": ["the customer's new number"]})


AMENDED: dict[str, Any] = {
    "complaint_id": "019cac2b-99c0-70b4-875e-3df98aacdbab",
    "attributes": {},
    "accused": [],
    "changed": [],
}


def fields() -> Iterator[tuple[str, str]]:
    """Every named field of every fact with the kind of its values, parts included."""
    for schema in schemas().values():
        data = schema["properties"]["data"]
        parts = [data, *schema.get("$defs", {}).values()]
        for part in parts:
            yield from ((name, kind(each)) for name, each in part["properties"].items())


def kind(schema: dict[str, Any]) -> str:
    """What a field may hold, in our own words. Raises ValueError for anything open."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(sorted({kind(each) for each in schema["anyOf"]} - {"nothing"}))
    if "enum" in schema or "const" in schema:
        return _closed(schema)
    return _plain(schema)


def _plain(schema: dict[str, Any]) -> str:
    match schema["type"]:
        case "string":
            return _text(schema)
        case "array":
            return f"list of {kind(schema['items'])}"
        case "object":
            return _map(schema)
        case "null":
            return "nothing"
        case simple:
            return str(simple)


def _closed(schema: dict[str, Any]) -> str:
    """A closed list of codes is a code."""
    for value in schema.get("enum", [schema.get("const")]):
        assert re.search(CODE, value), f"{value} is no code"
    return "Code"


def _text(schema: dict[str, Any]) -> str:
    known = KINDS.get(schema.get("pattern", "")) or FORMATS.get(schema.get("format", ""))
    if known is None:
        raise ValueError(f"a text without bounds: {schema}")
    return known


def _map(schema: dict[str, Any]) -> str:
    closed = schema.get("additionalProperties")
    if isinstance(closed, dict):
        return f"map of {kind(closed)}"
    assert closed is False, f"an open map: {schema}"
    (values,) = schema["patternProperties"].values()
    return f"map of {kind(values)}"
