"""Files no pack should be: each is refused with one sentence, and nothing ever breaks on one."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kesu.cli import main
from shared.plumbing.packs import BadPack
from shared.plumbing.packs.loading import SECTIONS, source_of
from shared.plumbing.packs.reading import BYTES_MAX, read
from shared.plumbing.packs.shelf import examined
from tests.unit.policies.starter import Starter, starter_in

INTAKE = "intake.yaml"
YEARS = "retention_years: 2"
WRITTEN = {
    "a tab": ("retention_years:\t2\n\tx: 1", "well-formed"),
    "a NUL": ("retention_years: 2\x00", "well-formed"),
    "an anchor": ("retention_years: &a 2", "anchors"),
    "an alias": ("retention_years: *a", "anchors"),
    "a bomb": ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", "anchors"),
    "a merge key": ("<<: {retention_years: 2}", "merge keys"),
    "a key twice": ("retention_years: 2\nretention_years: 3", "there twice"),
    "a tag": ("retention_years: !!python/object:os.system 2", "tags"),
    "a deep nest": (f"retention_years: {'[' * 100_000}", "nested deeper"),
    "a deep map": (f"retention_years: {'{a: ' * 5_000}1{'}' * 5_000}", "nested deeper"),
    "a list as a key": ("? [a, b]\n: 2", "plain word"),
    "an unknown key": ("retention_years: 2\nretention_yaers: 3", "not known here"),
    "a wrong type": ("retention_years: two", "whole number"),
    "a fraction": ("retention_years: 2.5", "in quotes"),
    "not a number": ("retention_years: .nan", "in quotes"),
    "an endless number": ("retention_years: 99999999999999999999999", "in quotes"),
    "a negative number": ("retention_years: -2", "greater than or equal"),
    "two documents": ("retention_years: 2\n---\na: 1", "well-formed"),
    "an unpaired surrogate": ('retention_years: "\\ud800"', "well-formed"),
    "an open value nobody declared": ("retention_years: {configured: nope}", "not declared"),
}
BYTES = {
    "nothing": (b"", "one mapping"),
    "a list": (b"- a\n", "one mapping"),
    "UTF-16": ("標題: 客訴".encode("utf-16"), "UTF-8"),
    "Big5": ("標題: 客訴".encode("big5"), "UTF-8"),
    "broken bytes": (b"a: \xff\xfe", "UTF-8"),
    "ten megabytes": (b"# " + b"x" * (10 * BYTES_MAX), "larger than"),
}


def refused(starter: Starter) -> BadPack:
    with pytest.raises(BadPack) as caught:
        starter.examined()
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("what", WRITTEN)
def test_what_must_not_stand_in_a_pack_is_refused_in_one_sentence(
    what: str, tmp_path: Path
) -> None:
    starter = starter_in(tmp_path)
    written, said = WRITTEN[what]
    starter.change(INTAKE, YEARS, written)
    assert said in str(refused(starter))


@pytest.mark.parametrize("what", BYTES)
def test_what_is_no_yaml_at_all_is_refused_in_one_sentence(what: str, tmp_path: Path) -> None:
    starter = starter_in(tmp_path)
    content, said = BYTES[what]
    (starter.version / INTAKE).write_bytes(content)
    assert said in str(refused(starter))


def test_an_amount_has_two_decimals_at_most(tmp_path: Path) -> None:
    starter = starter_in(tmp_path)
    starter.change("compensation.yaml", 'up_to: "2000.00"', 'up_to: "2000.001"')
    assert refused(starter).row == "authority.store-manager"


def test_a_link_to_outside_the_folder_is_refused(tmp_path: Path) -> None:
    starter = starter_in(tmp_path)
    outside = tmp_path / "elsewhere.yaml"
    shutil.move(starter.version / INTAKE, outside)
    (starter.version / INTAKE).symlink_to(outside)
    assert "link to outside" in str(refused(starter))


def test_a_version_that_is_a_link_to_outside_is_refused(tmp_path: Path) -> None:
    starter = starter_in(tmp_path / "here")
    moved = tmp_path / "2026-01-01"
    shutil.move(starter.version, moved)
    starter.version.symlink_to(moved)
    assert "link to outside" in str(refused(starter))


def test_a_link_in_a_circle_and_a_folder_are_no_files(tmp_path: Path) -> None:
    starter = starter_in(tmp_path)
    place = starter.version / INTAKE
    place.unlink()
    place.symlink_to(place)
    assert refused(starter)
    place.unlink()
    place.mkdir()
    assert "missing or cannot be read" in str(refused(starter))


@pytest.mark.parametrize("what", ["an unknown key", "a bomb", "a tab"])
def test_the_command_says_one_finding_and_fails(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    starter = starter_in(tmp_path)
    starter.change(INTAKE, YEARS, WRITTEN[what][0])
    places = ["--organisations", str(starter.organisation.parent)]
    assert main(["policy", "check", str(starter.version), *places]) == 1
    told = capsys.readouterr()
    assert told.err.count("error ") == 1
    assert "Traceback" not in told.out + told.err


@given(st.binary(max_size=400))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_a_bad_pack_and_nothing_worse(tmp_path: Path, garbage: bytes) -> None:
    place = tmp_path / INTAKE
    place.write_bytes(garbage)
    with suppress(BadPack):
        assert isinstance(read(place, name=INTAKE).data, dict)


PIECES = st.sampled_from(
    ["{", "}", "[", "]", ":", "- ", "\n  ", "null", "2", '"x"', "when: {}", "&a", "*a", "<<: ", "~"]
)


@given(
    st.sampled_from(SECTIONS),
    st.integers(0, 4_000),
    st.integers(0, 40),
    st.lists(PIECES, max_size=6).map("".join),
)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_pack_cut_anywhere_is_read_or_refused(
    tmp_path: Path, section: str, at: int, cut: int, put: str
) -> None:
    folder = tmp_path / f"{section}-{at}-{cut}-{abs(hash(put))}"
    starter = starter_in(folder)
    place = starter.version / f"{section}.yaml"
    text = place.read_text()
    place.write_text(text[:at] + put + text[at + cut :])
    with suppress(BadPack):
        examined(source_of(starter.version), None)
    shutil.rmtree(folder)
