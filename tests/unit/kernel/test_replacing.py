"""Replacing is what `dataclasses.replace` says, for every state that is folded."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compensation_service.domain.dossier import Claim, Dossier
from services.escalation_service.domain.case import Case
from services.followup_service.domain.state import Followup
from services.insights_service.domain.entry import Entry
from services.intake_service.domain.complaint import Complaint
from shared.kernel import replacing
from shared.kernel.replacing import replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Slotted:
    one: int
    two: str = "b"
    three: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Single:
    one: int


@dataclass(frozen=True)
class Loose:
    one: int
    two: int = 2


@dataclass(frozen=True, slots=True)
class Working:
    one: int
    twice: int = field(default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", self.one * 2)


@dataclass(frozen=True, slots=True)
class Narrower(Slotted):
    four: int = 4


Example: TypeAlias = Slotted | Single | Loose | Working | Narrower
EACH: list[Example] = [Slotted(one=1), Single(1), Loose(1), Working(1), Narrower(one=1)]
GIVEN = st.fixed_dictionaries(
    {}, optional={"one": st.integers(), "two": st.text(), "three": st.tuples(st.integers())}
)


@given(GIVEN, st.sampled_from(EACH))
def test_it_is_what_the_library_says(changes: dict[str, Any], before: Example) -> None:
    try:
        expected = dataclasses.replace(before, **changes)
    except TypeError:
        with pytest.raises(TypeError):
            replace(before, **changes)
        return
    after = replace(before, **changes)
    assert after == expected
    assert type(after) is type(before)
    assert after is not before


def test_what_was_before_stays_as_it_was() -> None:
    before = Slotted(one=1)
    assert (replace(before, one=2), before) == (Slotted(one=2), Slotted(one=1))


@pytest.mark.parametrize("kind", [Case, Complaint, Dossier, Claim, Followup, Entry])
def test_the_large_states_take_the_quick_way(kind: type[Any]) -> None:
    assert replacing._plain(kind) is not None  # type: ignore[arg-type]
