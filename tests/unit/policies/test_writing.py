"""A new organisation writes its own policy: the starter passes, the editor's schemas are true."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from kesu.cli import main
from kesu.policing._schemas import schemas, text_of
from shared.plumbing.packs import POLICIES, Packs
from shared.plumbing.packs.loading import SECTIONS
from shared.plumbing.packs.reading import read
from tests.unit.policies.starter import starter_in

WRITTEN = schemas()
SHIPPED = sorted(POLICIES.glob("*/????-??-??"))


def check(section: str, data: object) -> list[str]:
    validator = jsonschema.Draft202012Validator(WRITTEN[section])
    return [error.message for error in validator.iter_errors(data)]


def test_a_new_pack_passes_at_once_and_can_be_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "new", "our_rules", "--folder", str(tmp_path)]) == 0
    policies, organisations = tmp_path / "policies", tmp_path / "organisations"
    places = ["--policies", str(policies), "--organisations", str(organisations)]
    assert main(["policy", "check", *places]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out
    packs = Packs.load(policies, organisations)
    assert [pack.id for pack in packs.packs] == ["our_rules"]


def test_a_pack_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    assert main(["policy", "new", "our_rules", "--folder", str(tmp_path)]) == 0
    assert main(["policy", "new", "our_rules", "--folder", str(tmp_path)]) == 1


@pytest.mark.parametrize("name", ["", "Our", "../up", "a b", "schema", "1st"])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    assert main(["policy", "new", name, "--folder", str(tmp_path)]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("section", WRITTEN)
def test_the_committed_schema_is_the_one_the_code_makes(section: str) -> None:
    """After a change: `kesu policy schema`."""
    committed = (POLICIES / "schema" / f"{section}.json").read_text()
    assert committed == text_of(WRITTEN[section])
    jsonschema.Draft202012Validator.check_schema(json.loads(committed))


@pytest.mark.parametrize("version", SHIPPED, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("section", SECTIONS)
def test_the_editor_accepts_what_is_shipped(version: Path, section: str) -> None:
    assert check(section, read(version / f"{section}.yaml", name=section).data) == []


@pytest.mark.parametrize(
    ("section", "path", "wrong"),
    [
        ("escalation", ("clocks", 0, "starts_on"), "doomsday"),
        ("escalation", ("clocks", 0, "within"), "four hours"),
        ("escalation", ("closing", "gates", 0, "code"), "form_pretty"),
        ("compensation", ("remedies", 0, "kind"), "hug"),
        ("compensation", ("delegations", 0, "limit"), "5000.001"),
        ("compensation", ("terms", 0, "grants"), ["forgiveness"]),
        ("followup", ("quiet", "from"), "9 o'clock"),
        ("intake", ("retention_years",), 2.5),
        ("intake", ("colour",), "red"),
        ("pack", ("roles", 0, "code"), "emperor"),
    ],
)
def test_the_editor_sees_what_the_check_would_refuse(
    section: str, path: tuple[str | int, ...], wrong: object, tmp_path: Path
) -> None:
    data: Any = read(starter_in(tmp_path).version / f"{section}.yaml", name=section).data
    here = data
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = wrong
    assert check(section, data)


def test_the_schemas_say_what_a_rule_is() -> None:
    described = WRITTEN["compensation"]["$defs"]["LadderRow"]["description"]
    assert described.startswith("In this band of exposure")
