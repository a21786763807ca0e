"""Every fact has an example that means something, and old readers read newer facts."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from jsonschema import (  # type: ignore[import-untyped]
    Draft202012Validator,
    FormatChecker,
)

from shared.contracts.envelope import Envelope
from shared.contracts.registry import BY_TYPE
from shared.plumbing.inbox import read_envelope, read_fact

PROJECT = Path(__file__).resolve().parents[2]
CONTRACTS = PROJECT / "shared/contracts"
EXAMPLES = sorted(CONTRACTS.glob("examples/*/*.json"))
FROM_THE_PACK = {
    "calendar",
    "campaign",
    "cause",
    "channel",
    "clock",
    "complainant_type",
    "from_tier",
    "grants",
    "needs_role",
    "next_role",
    "outcome",
    "remedy",
    "role",
    "roles",
    "row",
    "rows",
    "tier",
    "to_tier",
}
FROM_THE_ORGANISATION = {
    "accused",
    "arbiter_unit",
    "barred_handler",
    "from_unit",
    "head",
    "person",
    "recording_unit",
    "to_person",
    "to_unit",
    "unit",
    "units",
} | {f"{verb}_by" for verb in ("approved", "confirmed", "paid", "promised", "proposed", "refused")}
NOT_OF_A_PACK = {"done", "not_possible"}
"""What `outcome` may say of a task, where the word is Kesu's and not a pack's."""


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


each_example = pytest.mark.parametrize("path", EXAMPLES, ids=name_of)


def test_every_fact_has_an_example() -> None:
    assert {path.parent.name for path in EXAMPLES} == set(BY_TYPE)


@each_example
def test_an_example_reads_as_the_fact_it_is(path: Path) -> None:
    record = path.read_bytes()
    received = read_fact(record, read_envelope(record))
    assert type(received.contract) is BY_TYPE[path.parent.name]
    assert received.envelope.type == path.parent.name


@each_example
def test_an_example_fits_the_committed_schema(path: Path) -> None:
    schema = json.loads((CONTRACTS / f"schemas/{path.parent.name}.json").read_bytes())
    checker = Draft202012Validator(schema, format_checker=FormatChecker())
    assert [each.message for each in checker.iter_errors(read(path))] == []


@pytest.mark.parametrize("kind", sorted(BY_TYPE))
def test_the_examples_of_a_fact_say_all_that_it_can_say(kind: str) -> None:
    told = [set(read(path)["data"]) for path in EXAMPLES if path.parent.name == kind]
    assert set().union(*told) == set(BY_TYPE[kind].model_fields)


@each_example
def test_the_codes_of_an_example_are_codes_of_its_pack(path: Path) -> None:
    example = read(path)
    organisation = organisation_of(example["organisation"])
    known = pack_words(organisation["pack"]) | NOT_OF_A_PACK
    assert set(values(example["data"], FROM_THE_PACK)) <= known


@each_example
def test_units_and_persons_of_an_example_are_those_of_its_organisation(path: Path) -> None:
    example = read(path)
    organisation = organisation_of(example["organisation"])
    listed = [organisation.get(each, []) for each in ("units", "persons", "machines")]
    known = {each["id"] for group in listed for each in group}
    assert set(values(example["data"], FROM_THE_ORGANISATION)) <= known
    assert example["actor"].startswith("system:") or example["actor"] in known


def test_ids_of_examples_are_drawn_in_the_order_of_time() -> None:
    events = [read(path) for path in EXAMPLES]
    assert {UUID(each["id"]).version for each in events} == {7}
    assert len({each["id"] for each in events}) == len(events)
    moments = [each["time"] for each in sorted(events, key=lambda each: str(each["id"]))]
    assert moments == sorted(moments)


@each_example
def test_an_old_reader_reads_a_newer_fact(path: Path) -> None:
    newer = read(path)
    newer |= {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    newer["data"] |= {"added_in_a_later_year": {"as": ["anything"]}}
    record = json.dumps(newer).encode()
    now = read_fact(record, read_envelope(record))
    before = read_fact(path.read_bytes(), read_envelope(path.read_bytes()))
    assert now.contract == before.contract


def test_a_reader_wants_no_attribute_that_examples_do_not_send() -> None:
    required = {name for name, field in Envelope.model_fields.items() if field.is_required()}
    assert all(required <= set(read(path)) for path in EXAMPLES)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def values(data: object, fields: set[str]) -> list[str]:
    """The texts under these fields, however deep."""
    if isinstance(data, list):
        return [value for each in data for value in values(each, fields)]
    if not isinstance(data, dict):
        return []
    found: list[str] = []
    for name, value in data.items():
        own = value if isinstance(value, list) else [value]
        if name in fields:
            found += [each for each in own if isinstance(each, str)]
        found += values(value, fields)
    return found


@cache
def organisation_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((PROJECT / f"organisations/{name}.yaml").read_text())
    return found


@cache
def pack_words(pack: str) -> set[str]:
    """Every code and row id of a pack; the spelling of a clock's name is its id's."""
    files = (PROJECT / "policies" / pack).glob("*/*.yaml")
    found: set[str] = set()
    for path in files:
        found |= set(words(yaml.safe_load(path.read_text())))
    clocks = {each.partition(".")[2].replace("-", "_") for each in found if each[:6] == "clock."}
    return found | clocks


def words(tree: object) -> list[str]:
    if isinstance(tree, list):
        return [word for each in tree for word in words(each)]
    if not isinstance(tree, dict):
        return []
    own = [str(tree[key]) for key in ("code", "id") if key in tree]
    return own + words(list(tree.values()))
