"""Log lines of a service: what becomes of them when nobody can keep them."""

import logging
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

import pytest
import structlog

from shared.plumbing.telemetry import Calm, adopt_standard_logging, configure_logging

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


def test_what_a_library_says_over_and_over_is_said_now_and_then() -> None:
    calm = Calm()

    def heard(at: float) -> list[str]:
        lines = [
            logging.makeLogRecord({"msg": "no way to %s", "args": ("node 1",), "created": at}),
            logging.makeLogRecord({"msg": "something else", "created": at}),
        ]
        return [line.getMessage() for line in lines if calm.filter(line)]

    assert heard(at=100) == ["no way to node 1", "something else"]
    assert [heard(at=100 + n / 10) for n in range(1, 51)] == [["something else"]] * 50
    assert heard(at=111)[0] == "no way to node 1 (and 50 more like it)"
