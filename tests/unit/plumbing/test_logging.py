"""Log lines of a service: what becomes of them when nobody can keep them."""

import logging
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

import pytest
import structlog

from shared.plumbing.telemetry import adopt_standard_logging, configure_logging

FULL = Path("/dev/full")
"""Linux: every write finds no space left on the device (full(4))."""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    kept = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**kept)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_full_disk_loses_lines_and_never_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    with FULL.open("wb", buffering=0) as full:
        monkeypatch.setattr(sys, "stderr", TextIOWrapper(full, write_through=True))
        configure_logging("toy")
        adopt_standard_logging("toy")
        structlog.get_logger("relay").warning("starts over")
        structlog.get_logger("relay").error("again")
        logging.getLogger("aiokafka").error("gone")


def test_a_line_says_who_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("toy")
    structlog.get_logger("relay").warning("starts over", bucket=3)
    said = capsys.readouterr().err
    assert '"service": "toy"' in said
    assert '"bucket": 3' in said
    assert said.endswith("}\n")
