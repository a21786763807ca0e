"""What a check found: how bad, in which row, what is wrong, a counter-example, how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"  # the pack would decide wrongly or not at all: it is refused
    WARNING = "warning"  # a person should look


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. `row` is a row id or code of the pack; the loader knows its file and line."""

    severity: Severity
    row: str
    code: str
    what: str
    example: str = ""
    mend: str = ""

    def __str__(self) -> str:
        example = f"; for example {self.example}" if self.example else ""
        mend = f" ({self.mend})" if self.mend else ""
        return f"{self.what}{example}{mend}"


def error(row: str, code: str, what: str, *, example: str = "", mend: str = "") -> Finding:
    """A finding that refuses the pack."""
    return Finding(
        severity=Severity.ERROR, row=row, code=code, what=what, example=example, mend=mend
    )


def warning(row: str, code: str, what: str, *, example: str = "", mend: str = "") -> Finding:
    """A finding that a person should look at."""
    return Finding(
        severity=Severity.WARNING, row=row, code=code, what=what, example=example, mend=mend
    )
