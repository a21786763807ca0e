"""The AsyncAPI document: five topics, every fact, told by one and heard by the right ones."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from shared.contracts.registry import BY_SERVICE, BY_TYPE, LISTENS, SERVICES, topic_of

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = json.loads((PROJECT / "docs/asyncapi.json").read_bytes())
CHECKER = Path(__file__).with_name("asyncapi")
NODE_SECONDS = 60


def test_one_topic_for_each_service_and_all_its_facts_on_it() -> None:
    addresses = {name: each["address"] for name, each in DOCUMENT["channels"].items()}
    assert addresses == {service: topic_of(service) for service in SERVICES}
    for service, facts in BY_SERVICE.items():
        assert set(DOCUMENT["channels"][service]["messages"]) == {fact.TYPE for fact in facts}


def test_each_service_tells_on_its_own_topic_and_hears_its_neighbours() -> None:
    done = {name: each["action"] for name, each in DOCUMENT["operations"].items()}
    tells = {f"{service}.tells": "send" for service in SERVICES}
    hears = {f"{who}.hears.{whom}": "receive" for who, all_ in LISTENS.items() for whom in all_}
    assert done == tells | hears


def test_every_message_is_keyed_and_correlated() -> None:
    messages = DOCUMENT["components"]["messages"]
    assert set(messages) == set(BY_TYPE)
    for message in messages.values():
        assert message["contentType"] == "application/cloudevents+json"
        assert message["bindings"]["kafka"]["key"]["format"] == "uuid"
        assert message["correlationId"]["location"] == "$message.payload#/correlationid"


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for segment in reference.removeprefix("#/").split("/"):
            found = found[segment]


@pytest.mark.parametrize("kind", sorted(BY_TYPE))
def test_an_example_fits_its_message(kind: str) -> None:
    payload = DOCUMENT["components"]["messages"][kind]["payload"]
    checker = Draft7Validator(payload | {"components": DOCUMENT["components"]})
    for path in sorted((PROJECT / "shared/contracts/examples" / kind).glob("*.json")):
        assert [each.message for each in checker.iter_errors(json.loads(path.read_bytes()))] == []


def test_the_asyncapi_project_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    assert diagnosed(PROJECT / "docs/asyncapi.json") == []
    broken = tmp_path / "asyncapi.json"
    broken.write_text(json.dumps(DOCUMENT | {"channels": {"intake": {"address": 7}}}))
    assert diagnosed(broken) != []


def diagnosed(document: Path) -> list[dict[str, str]]:
    """What the parser complains about; skips, saying why, where it is not installed."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node here: the AsyncAPI parser runs only with it")
    if not (CHECKER / "node_modules/@asyncapi/parser").exists():
        pytest.skip("no AsyncAPI parser here: run `npm ci` in tests/contract/asyncapi")
    command = [node, "check.js", str(document)]
    asked = subprocess.run(
        command, cwd=CHECKER, check=False, capture_output=True, timeout=NODE_SECONDS
    )
    found: list[dict[str, str]] = json.loads(asked.stdout)
    return found


def references(tree: object) -> Iterator[str]:
    if isinstance(tree, dict):
        if isinstance(tree.get("$ref"), str):
            yield tree["$ref"]
        tree = list(tree.values())
    if isinstance(tree, list):
        for each in tree:
            yield from references(each)
