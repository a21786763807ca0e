"""The walls of the house hold, its cores are pure, and nothing in it grows too large."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path
from statistics import median, quantiles

import pytest

from kesu import home
from shared.contracts.registry import LISTENS, SERVICES

PROJECT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")
LINT_SECONDS = 120
ROOMS = ("services", "shared", "kesu")
MODULES_OF_A_SERVICE = (
    *("main", "worker", "api", "subscriptions", "clock", "handler", "queries"),
    *("store", "publications", "tables", "domain/complaint"),
)
MODULES_OF_SHARED = ("kernel/money", "contracts/intake", "plumbing/tables")

VIOLATIONS = {
    "a domain reads the environment": ("intake_service/domain/complaint", "import os"),
    "a domain waits": ("intake_service/domain/complaint", "import asyncio"),
    "a domain looks into the store": (
        "intake_service/domain/complaint",
        "from services.intake_service import store",
    ),
    "a service calls its neighbour": (
        "intake_service/handler",
        "from services.escalation_service.domain import complaint",
    ),
    "the kernel speaks SQL": ("shared/kernel/money", "import sqlalchemy"),
    "a contract knows its service": (
        "shared/contracts/intake",
        "from services.intake_service import tables",
    ),
    "the store knows the door": (
        "intake_service/store",
        "from services.intake_service import api",
    ),
    "a publication looks into the store": (
        "intake_service/publications",
        "from services.intake_service import store",
    ),
    "a door speaks SQL": ("intake_service/api", "import sqlalchemy"),
}
"""The nine of the house style: where, and the line that must not stand there."""

PURE = {
    *("__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum"),
    *("functools", "hashlib", "heapq", "itertools", "math", "operator", "re", "string", "typing"),
    *("uuid", "zoneinfo", "annotated_types"),
}
"""What a domain may import besides the kernel and itself."""
FROM_NOWHERE = {"now", "utcnow", "today", "uuid1", "uuid4", "uuid7", "new_id", "open", "print"}
"""Calls that read the clock, chance or the world."""

FUNCTION_MEDIAN, FUNCTION_P90, FUNCTION_MAX, FILE_MAX = 8, 30, 60, 300


def test_the_walls_stand() -> None:
    linted = lint(PROJECT)
    assert linted.returncode == 0, linted.stdout


def test_an_empty_house_breaks_no_wall(tmp_path: Path) -> None:
    assert lint(empty_house(tmp_path)).returncode == 0


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_hole_in_a_wall_is_seen(violation: str, tmp_path: Path) -> None:
    where, line = VIOLATIONS[violation]
    house = empty_house(tmp_path)
    folder = house if where.startswith("shared/") else house / "services"
    (folder / f"{where}.py").write_text(f"{line}\n")
    linted = lint(house)
    assert linted.returncode == 1
    assert "BROKEN" in linted.stdout
    assert Path(where).stem in linted.stdout


@pytest.mark.parametrize("path", sorted(PROJECT.glob("services/*/domain/*.py")), ids=str)
def test_a_domain_imports_nothing_impure(path: Path) -> None:
    own = ".".join(path.relative_to(PROJECT).parts[:3])
    allowed = ("shared.kernel", own)
    for name in imports(path):
        assert name.split(".")[0] in PURE or name.startswith(allowed), f"{path}: {name}"


@pytest.mark.parametrize("path", sorted(PROJECT.glob("services/*/domain/*.py")), ids=str)
def test_a_domain_reads_neither_clock_nor_chance(path: Path) -> None:
    calls = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))
    assert [name for call in calls if (name := called(call)) in FROM_NOWHERE] == []


def test_no_module_of_a_door_speaks_sql() -> None:
    doors = [*PROJECT.glob("services/*/api*.py"), *PROJECT.glob("services/*/subscriptions*.py")]
    found = {path: set(imports(path)) & {"sqlalchemy", "asyncpg"} for path in doors}
    assert {path: names for path, names in found.items() if names} == {}


def test_no_service_asks_another_by_http() -> None:
    for path in PROJECT.glob("services/**/*.py"):
        assert {"httpx", "requests", "aiohttp", "urllib"}.isdisjoint(
            name.split(".")[0] for name in imports(path)
        ), path


def test_every_list_of_services_is_the_same() -> None:
    sections = RawConfigParser()
    sections.read(PROJECT / "alembic.ini")
    gateway = (PROJECT / "deploy/gateway/services.conf").read_text()
    routed = re.findall(r"^\s*~\^/(\w+)/ ", gateway, re.MULTILINE)
    folders = {path.name.removesuffix("_service") for path in PROJECT.glob("services/*_service")}
    assert set(SERVICES) == set(home.SERVICES) == set(LISTENS) == folders
    assert set(SERVICES) == set(sections.sections()) == set(routed)


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in sources()}
    assert {str(path): n for path, n in lengths.items() if n > FILE_MAX} == {}


def test_functions_are_small() -> None:
    lengths = [length for _name, length in functions()]
    assert median(lengths) <= FUNCTION_MEDIAN
    assert quantiles(lengths, n=10)[-1] <= FUNCTION_P90
    assert {name: length for name, length in functions() if length > FUNCTION_MAX} == {}


def empty_house(folder: Path) -> Path:
    """Our rooms and our rules with nothing in them."""
    shutil.copy(PROJECT / "pyproject.toml", folder)
    services = [f"services/{name}_service" for name in ("intake", "escalation")]
    modules = [f"{service}/{name}" for service in services for name in MODULES_OF_A_SERVICE]
    modules += [f"shared/{name}" for name in MODULES_OF_SHARED]
    for module in (*modules, "kesu/cli"):
        place = folder / f"{module}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        for package in place.relative_to(folder).parents[:-1]:
            (folder / package / "__init__.py").touch()
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the house in this folder."""
    return subprocess.run(
        [LINTER, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        check=False,
        capture_output=True,
        text=True,
        timeout=LINT_SECONDS,
    )


def sources() -> Iterator[Path]:
    """Our code: every module but generated migrations."""
    for room in ROOMS:
        for path in sorted(PROJECT.glob(f"{room}/**/*.py")):
            if "versions" not in path.parts:
                yield path


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[str]:
    """The modules a file imports, as absolute names."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield node.module or ""


def called(call: ast.Call) -> str:
    """The last word of what is called."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def functions() -> Iterator[tuple[str, int]]:
    """Every function with its lines, its docstring left out."""
    for path in sources():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path.relative_to(PROJECT)}:{node.name}", lines_of(node)


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    whole = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    return whole - ((first.end_lineno or 0) - first.lineno + 1 if documented else 0)
