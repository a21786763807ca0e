"""What a check found: how bad, in which row, what is wrong, a counter-example, how to mend it."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Sample: TypeAlias = tuple[tuple[str, str | int | tuple[str, ...]], ...]
"""A complaint, claim or piece of goods as it would be written: axis and value, flags last."""


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
    complaint: Sample = ()
    """The counter-example as a whole: the complaint, claim or goods that shows the fault."""

    def __str__(self) -> str:
        example = f"; for example {self.example}" if self.example else ""
        mend = f" ({self.mend})" if self.mend else ""
        return f"{self.what}{example}{mend}"


def error(
    row: str, code: str, what: str, *, example: str = "", mend: str = "", complaint: Sample = ()
) -> Finding:
    """A finding that refuses the pack."""
    return Finding(
        severity=Severity.ERROR,
        row=row,
        code=code,
        what=what,
        example=example or said(complaint),
        mend=mend,
        complaint=complaint,
    )


def warning(
    row: str, code: str, what: str, *, example: str = "", mend: str = "", complaint: Sample = ()
) -> Finding:
    """A finding that a person should look at."""
    return Finding(
        severity=Severity.WARNING,
        row=row,
        code=code,
        what=what,
        example=example or said(complaint),
        mend=mend,
        complaint=complaint,
    )


def said(complaint: Sample) -> str:
    """A counter-example as JSON on one line; "" when there is none."""
    return json.dumps(dict(complaint), ensure_ascii=False) if complaint else ""
