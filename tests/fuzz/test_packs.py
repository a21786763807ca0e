# ruff: noqa: ANN401 - a pack's YAML is anything here
"""Packs that a careless or wicked hand wrote: refused in one sentence, in bounded time and memory.

Each of the shipped packs is changed in one to three places; what comes out is a pack that loads, or
a `BadPack` that names the file.
"""

import resource
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kesu.cli import main
from shared.plumbing.packs import POLICIES, BadPack
from shared.plumbing.packs.loading import SECTIONS, Source, required_of, source_of
from shared.plumbing.packs.reading import BYTES_MAX, Document, parsed
from shared.plumbing.packs.shelf import examined
from tests.fuzz.effort import looking
from tests.fuzz.garbage import places

VERSIONS = sorted(path.parent for path in POLICIES.glob("*/*/pack.yaml"))
SOURCES = {path.parent.name: source_of(path) for path in VERSIONS}
TEXTS = {name: {s: d.data for s, d in source.documents.items()} for name, source in SOURCES.items()}
WRITTEN: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    9_999_999_999_999_999,
    "-5.00",
    "5.001",
    "9" * 40,
    "9999999999999.99",
    "999999d",
    "0min",
    "99:99",
    "",
    " ",
    "x" * 3000,
    "\u202e\u200b\ufeff客訴",
    "👨‍👩‍👧‍👦",
    "٣٠min",
    "2026-02-30",
    "0000-01-01",
    "9999-12-31",
    "{configured: nope}",
    "Asia/../../etc/passwd",
    [],
    {},
    [[]],
    ["x"] * 300,
    {"configured": "nope"},
    {"configured": ["a"]},
    {"id": "x"},
    {"": ""},
)
LOADED_S = 15.0
"""Seconds of processor time within which a pack of any kind is read, refused or proved."""
MEMORY = 200_000
"""Kilobytes by which reading may raise the process's peak."""


def written(source: Source, sections: dict[str, Any]) -> Source:
    """The version as its files would be read again."""
    documents = {
        name: parsed(_yaml(data), name=source.documents[name].file)
        for name, data in sections.items()
    }
    return Source(directory=source.directory, documents=documents)


def _yaml(data: Any) -> bytes:
    return yaml.dump(data, Dumper=Plain, allow_unicode=True, sort_keys=False).encode()


class Plain(yaml.CSafeDumper):
    """Writes no anchors: what is there twice is written twice."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Always."""
        return True


@st.composite
def drafts(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A shipped pack with something changed, gone, moved or renamed in one of its sections."""
    name = draw(st.sampled_from(sorted(SOURCES)))
    sections = dict(TEXTS[name])
    section = draw(st.sampled_from(SECTIONS))
    data = deepcopy(sections[section])
    for _ in range(draw(st.integers(1, 3))):
        _spoil(draw, data)
    return name, sections | {section: data}


def _spoil(draw: st.DrawFn, data: Any) -> None:
    spots = places(data)
    if not spots:
        return
    *way, last = draw(st.sampled_from(spots))
    here = data
    for key in way:
        here = here[key]
    other = draw(st.sampled_from(spots))
    match draw(st.sampled_from(["write", "write", "drop", "rename", "move", "double"])):
        case "drop":
            del here[last]
        case "rename" if isinstance(here, dict):
            here[f"{last}x"] = here.pop(last)
        case "move":
            here[last] = deepcopy(_at(data, other))
        case "double" if isinstance(here, list):
            here.append(deepcopy(here[last]))
        case _:
            here[last] = deepcopy(draw(st.sampled_from(WRITTEN)))


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


@looking(25, smaller=False)
@given(drafts())
def test_a_spoiled_pack_loads_or_is_a_bad_pack_with_its_file(
    draft: tuple[str, dict[str, Any]],
) -> None:
    name, sections = draft
    began = time.process_time()
    try:
        source = written(SOURCES[name], sections)
        examined(source, None)
    except BadPack as bad:
        said = str(bad)
    else:
        said = ""
    assert "\n" not in said
    assert not said or ".yaml" in said
    assert time.process_time() - began < LOADED_S


BOMBS = {
    "a billion laughs": "a: &a [l, l]\n"
    + "\n".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]" for n in range(24)
    ),
    "a merge bomb": "a: &a {x: 1}\nb: {<<: [" + "*a, " * 9999 + "*a]}",
    "an alias of itself": "a: &a [*a]",
    "an anchor nobody names": "a: &a 1",
    "deep flow": "a: " + "[" * 300_000,
    "deep blocks": "\n".join(" " * n + "a:" for n in range(1200)),
    "a long line": "a: " + "x" * (BYTES_MAX - 10),
    "many keys": "\n".join(f"k{n}: 1" for n in range(90_000)),
    "many documents": "---\na: 1\n" * 50_000,
    "a number of a million digits": "a: " + "9" * 900_000,
    "an octal of a million digits": "a: 0o" + "7" * 900_000,
    "a sexagesimal": "a: " + "59:" * 200_000 + "59",
    "a float without end": "a: 1." + "0" * 900_000,
    "a date that is none": "a: 2026-99-99",
    "a binary tag": "a: !!binary aGk=",
    "a python tag": "a: !!python/object/apply:os.system ['true']",
    "a set": "a: !!set {x, y}",
    "a directive": "%YAML 9.9\n---\na: 1",
    "an open quote": 'a: "' + "\\" * 99_999,
    "a comment of a megabyte": "#" * (BYTES_MAX - 10),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(name: str) -> None:
    began, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bad = _refused(BOMBS[name].encode())
    assert time.process_time() - began < LOADED_S
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    assert "\n" not in bad
    assert len(bad) < 500


def _refused(raw: bytes) -> str:
    """What is said of a head that reads so."""
    with pytest.raises(BadPack) as bad:
        _examine_head(raw)
    return str(bad.value)


def _examine_head(raw: bytes) -> None:
    source, head = SOURCES["auto_accessories"], parsed(raw, name="pack.yaml")
    documents = {**source.documents, "pack": head}
    examined(Source(directory=source.directory, documents=documents), None)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_required_value_that_is_no_row_is_a_bad_pack(name: str) -> None:
    wrongs: tuple[Any, ...] = (7, "x", [7], [[]], [None], {"a": 1}, [{"key": []}])
    for wrong in wrongs:
        document = Document("pack.yaml", TEXTS[name]["pack"] | {"required": wrong})
        source = Source(
            directory=SOURCES[name].directory,
            documents={**SOURCES[name].documents, "pack": document},
        )
        with pytest.raises(BadPack):
            required_of(source)


@pytest.mark.parametrize("name", ["a billion laughs", "deep flow", "a python tag"])
def test_the_command_says_it_in_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "policies" / "auto_accessories" / "2026-01-01"
    place.mkdir(parents=True)
    for section in SECTIONS:
        text = _yaml(TEXTS["auto_accessories"][section])
        (place / f"{section}.yaml").write_bytes(text)
    (place / "intake.yaml").write_text(BOMBS[name])
    assert main(["policy", "check", str(place)]) == 1
    told = capsys.readouterr()
    assert told.err.count("error ") == 1
    assert "Traceback" not in told.out + told.err
