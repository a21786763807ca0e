"""The committed documents are the code's own, and `kesu snapshot --check` says where they part."""

import json
from functools import cache
from pathlib import Path

import pytest

from kesu import cli
from kesu.contracting import artefacts, services
from shared.contracts.registry import SERVICES
from shared.kernel.roles import Role
from shared.plumbing.web.app import role_matrix

FILE = "docs/openapi/intake.json"


@cache
def generated() -> dict[str, str]:
    return artefacts.artefacts()


def test_every_service_has_its_doors_described() -> None:
    assert services.absent() == []
    assert {f"docs/openapi/{service}.json" for service in SERVICES} <= set(generated())


def test_the_committed_documents_are_what_the_code_says() -> None:
    assert artefacts.drift(generated()) == []


def test_a_second_reading_of_the_code_gives_the_same_bytes() -> None:
    assert artefacts.artefacts() == generated()


def test_documents_are_sorted_and_end_with_a_newline() -> None:
    documents = {path: text for path, text in generated().items() if path.endswith(".json")}
    for text in documents.values():
        assert text == artefacts.text(json.loads(text))
        assert text.endswith("}\n")


def test_what_was_written_does_not_differ(tmp_path: Path) -> None:
    said = artefacts.write(generated(), tmp_path)
    assert len(said) == len(generated())
    assert artefacts.drift(generated(), tmp_path) == doorless()
    assert artefacts.write(generated(), tmp_path) == []


def test_a_changed_line_is_named_with_its_file(tmp_path: Path) -> None:
    artefacts.write(generated(), tmp_path)
    place = tmp_path / FILE
    place.write_text(place.read_text().replace('"openapi": "3.1.0"', '"openapi": "3.0.0"'))
    (sentence,) = [each for each in artefacts.drift(generated(), tmp_path) if FILE in each]
    assert sentence.startswith(f"{FILE}: differs at -")
    assert '"openapi": "3.0.0"' in sentence
    assert '"openapi": "3.1.0"' in sentence


def test_a_missing_document_is_named(tmp_path: Path) -> None:
    artefacts.write(generated(), tmp_path)
    (tmp_path / FILE).unlink()
    assert f"{FILE}: is missing" in artefacts.drift(generated(), tmp_path)


def test_a_document_of_no_code_is_named_and_then_removed(tmp_path: Path) -> None:
    artefacts.write(generated(), tmp_path)
    orphan = tmp_path / "shared/contracts/schemas/kesu.intake.nothing.v1.json"
    orphan.write_text("{}")
    assert any("is generated no longer" in each for each in artefacts.drift(generated(), tmp_path))
    assert artefacts.write(generated(), tmp_path) == [f"removed {orphan.relative_to(tmp_path)}"]
    assert not orphan.exists()


def test_the_command_checks_and_says_yes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["snapshot", "--check"]) == 0
    assert capsys.readouterr().err == ""


def test_every_role_of_the_matrix_is_a_role() -> None:
    found = services.apps()
    for app in found.values():
        assert {role for roles in role_matrix(app).values() for role in roles} <= set(Role)
    operations = [name for app in found.values() for name in role_matrix(app)]
    page = services.matrix(found)
    assert all(f"| `{name}` |" in page for name in operations)


def doorless() -> list[str]:
    """What drift says of services that are not written yet."""
    return [f"docs/openapi/{service}.json: {service} has no doors" for service in services.absent()]
