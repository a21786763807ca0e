"""A verdict: one invariant of reliability.md §3, how much was looked at, and what broke it."""

from collections.abc import Iterable
from dataclasses import dataclass

FOUND_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`checked` is how many things were looked at; 0 says that there was no evidence to judge."""

    name: str
    ok: bool
    checked: int
    found: tuple[str, ...] = ()


def verdict(name: str, checked: int, found: Iterable[str]) -> Verdict:
    """The verdict over these findings; the first FOUND_MAX of them are kept."""
    all_found = tuple(found)
    more = len(all_found) - FOUND_MAX
    kept = (*all_found[:FOUND_MAX], f"and {more} more") if more > 0 else all_found
    return Verdict(name=name, ok=not all_found, checked=checked, found=kept)
