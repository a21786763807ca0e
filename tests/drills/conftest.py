"""One lab for all drills of a run that need no supervisor, and their figures at the end."""

from collections.abc import AsyncIterator, Generator

import pytest

from tests.drills.recording import RECORDED, said
from tests.faults.lab import Lab, lab

SAID = 1500


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A drill that fails shows how each log ends."""
    report = yield
    found = getattr(item, "funcargs", {}).get("laboratory")
    if report.failed and isinstance(found, Lab):
        ends = [f"{log.name}: {log.read_text(errors='replace')[-SAID:]}" for log in found.logs]
        report.sections.append(("how the logs end", "\n".join(ends)))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What each drill measured; also under -q."""
    for line in RECORDED:
        terminalreporter.write_line(said(line))


@pytest.fixture(scope="package", name="laboratory")
async def _laboratory() -> AsyncIterator[Lab]:
    """Everything up, on the best broker there is here."""
    async with lab() as found:
        yield found
