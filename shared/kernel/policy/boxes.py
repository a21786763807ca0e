"""Rows test facts with boxes: sets of codes, flags and ranges. Nothing else, so that tables can be
proved.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol, TypeAlias


class Facts(Protocol):
    """What a table may test: one attribute per axis, and the flags that are raised."""

    @property
    def flags(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class In:
    """The code on `axis` is one of `codes`."""

    axis: str
    codes: frozenset[str]

    def holds(self, facts: Facts) -> bool:
        return getattr(facts, self.axis) in self.codes


@dataclass(frozen=True, slots=True)
class Is:
    """The flag `axis` is raised (`value` true) or is not."""

    axis: str
    value: bool

    def holds(self, facts: Facts) -> bool:
        return (self.axis in facts.flags) is self.value


@dataclass(frozen=True, slots=True)
class Within:
    """The integer on `axis` lies in `low` … `high`, both included; `high` None has no end."""

    axis: str
    low: int
    high: int | None

    def holds(self, facts: Facts) -> bool:
        value: int = getattr(facts, self.axis)
        return value >= self.low and (self.high is None or value <= self.high)


Test: TypeAlias = In | Is | Within


@dataclass(frozen=True, slots=True)
class Box:
    """All tests must hold. The empty box holds for everything."""

    tests: tuple[Test, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether the facts lie in this box."""
        return all(test.holds(facts) for test in self.tests)

    def tested(self) -> tuple[str, ...]:
        """The tests in words a machine can show: `other_unit_needed=true`,
        `exposure_minor=200001..500000`.
        """
        return tuple(_spelled(test) for test in self.tests)

    def on(self, axis: str) -> Test | None:
        """The test of this axis, if the box has one."""
        return next((test for test in self.tests if test.axis == axis), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """All facts a table may meet: every code of every axis, every flag, every integer axis from 0
    up.
    """

    codes: tuple[tuple[str, frozenset[str]], ...]
    flags: frozenset[str]
    ranges: AbstractSet[str]

    def axes(self) -> frozenset[str]:
        """Every axis a row of the table may name."""
        return frozenset(name for name, _ in self.codes) | self.flags | frozenset(self.ranges)


def _spelled(test: Test) -> str:
    match test:
        case In():
            return f"{test.axis}={'|'.join(sorted(test.codes))}"
        case Is():
            return f"{test.axis}={str(test.value).lower()}"
        case Within():
            return f"{test.axis}={test.low}..{'' if test.high is None else test.high}"
