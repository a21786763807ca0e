"""One shape for "why?": what was decided, under which version and rows, on which facts.

Every service's `…/explanations` answers with it; a service may add fields of its own.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.pack import PackRef
from shared.kernel.policy.words import Row


class Reason(BaseModel):
    """A row that spoke: what it says in the reader's language, what it cites, what it tested."""

    model_config = ConfigDict(frozen=True)

    row: str
    label: str
    cite: list[str]
    tested: list[str]


class Explained(BaseModel):
    """One decision. `decision` says what about; `row` decided, `because` are all that spoke.

    `pack`, `version` and `hash` name the version it was made under for good (decision 21); `facts`
    are what the rows met: codes, numbers and moments, never what somebody typed.
    """

    model_config = ConfigDict(frozen=True)

    decision: str
    at: datetime
    pack: str
    version: str
    hash: str
    row: str
    because: list[Reason]
    facts: dict[str, Any]


class Explanations(BaseModel):
    """Every decision, oldest first."""

    model_config = ConfigDict(frozen=True)

    items: list[Explained]


def reason_of(
    row: Row, language: str, *, tested: Iterable[str] = (), when: Box | None = None
) -> Reason:
    """A row as a reason; `when` is the box that held, `tested` more that it met."""
    return Reason(
        row=row.id,
        label=row.label.of(language),
        cite=list(row.cite),
        tested=[*(when.tested() if when else ()), *tested],
    )


def explained(
    decision: str, at: datetime, ref: PackRef, because: list[Reason], facts: dict[str, Any]
) -> Explained:
    """A decision whose first reason decided it."""
    return Explained(
        decision=decision,
        at=at,
        pack=ref.pack,
        version=ref.version,
        hash=ref.hash,
        row=because[0].row if because else "",
        because=because,
        facts=facts,
    )
