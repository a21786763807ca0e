"""What `make test` runs is everything that `pytest` alone would run."""

import re
import tomllib

from kesu.home import PROJECT


def test_make_test_leaves_no_folder_out() -> None:
    made = (PROJECT / "Makefile").read_text()
    parts = re.findall(r"^(?:PURE|SERVED) := (.*)$", made, re.MULTILINE)
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    wanted: list[str] = told["tool"]["pytest"]["ini_options"]["testpaths"]
    assert sorted(" ".join(parts).split()) == sorted(wanted)
