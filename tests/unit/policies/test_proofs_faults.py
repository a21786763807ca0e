"""A fault of every kind, sown into a pack that has none: found, named, and nothing else is found.

Each file in `golden/faults` says what is changed and the one finding that must come of it.
"""

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.policies.starter import NAME, starter_in

FAULTS = sorted((Path(__file__).parent / "golden" / "faults").glob("*.yaml"))
KERNEL = Path(__file__).parents[3] / "shared" / "kernel" / "policy"
MODULES = (
    *("wording", "references", "posts"),
    *("proving_routing", "proving_money", "proving_chain"),
)


def fault_in(path: Path) -> dict[str, Any]:
    fault: dict[str, Any] = yaml.safe_load(path.read_text())
    return fault


def test_the_starter_pack_has_no_fault(tmp_path: Path) -> None:
    assert starter_in(tmp_path).examined()[1] == []


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_a_sown_fault_is_found_and_nothing_else(path: Path, tmp_path: Path) -> None:
    fault, starter = fault_in(path), starter_in(tmp_path)
    for change in fault["change"]:
        starter.change(change.get("file", fault["file"]), change["find"], change["put"])
    found = starter.examined()[1]
    told = [(str(p.finding.severity), p.finding.code, p.finding.row) for p in found]
    wanted = fault["finding"]
    row = wanted["row"].replace("__pack__", NAME)
    assert told == [(wanted["severity"], wanted["code"], row)]


@pytest.mark.parametrize(
    "path", [p for p in FAULTS if "complaint" in fault_in(p)], ids=lambda path: path.stem
)
def test_the_counter_example_is_one_a_person_can_read(path: Path, tmp_path: Path) -> None:
    fault, starter = fault_in(path), starter_in(tmp_path)
    for change in fault["change"]:
        starter.change(change.get("file", fault["file"]), change["find"], change["put"])
    finding = starter.examined()[1][0].finding
    said = {axis: list(v) if isinstance(v, tuple) else v for axis, v in finding.complaint}
    assert {axis: said.get(axis) for axis in fault["complaint"]} == fault["complaint"]
    assert finding.mend


def test_there_is_a_fault_for_every_finding_there_is() -> None:
    sown = {fault_in(path)["finding"]["code"] for path in FAULTS}
    assert {code for module in MODULES for code in codes_of(module)} == sown


def codes_of(module: str) -> set[str]:
    """The codes of the findings that a module of the kernel can give."""
    calls = [
        node
        for node in ast.walk(ast.parse((KERNEL / f"{module}.py").read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"error", "warning"}
    ]
    return {str(c.args[1].value) for c in calls if isinstance(c.args[1], ast.Constant)}
