"""A cursor opens the next page for who asked, for what was asked, for a day."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.occasion import Actor
from shared.plumbing.cursors import KEPT_S, Cursors
from shared.plumbing.problems import Refusal

CLERK = Actor(id="p-1", organisation="auto-demo")
QUESTION = {"status": "open", "order": "due_at"}
NOW = 1_800_000_000.0
POSITION: list[str | int | None] = ["2026-11-21T09:00:00Z", "0199-id", 7, None]
CURSORS = Cursors("a key of some length", now=lambda: NOW)
TOMORROW = Cursors("a key of some length", now=lambda: NOW + KEPT_S + 1)


def sealed() -> str:
    return CURSORS.seal(POSITION, by=CLERK, question=QUESTION)


def refused(cursors: Cursors, cursor: str, by: Actor, question: dict[str, str]) -> bool:
    with pytest.raises(Refusal) as found:
        cursors.open(cursor, by=by, question=question)
    return found.value.slug == "cursor-invalid"


def test_the_first_page_has_no_cursor() -> None:
    assert CURSORS.open(None, by=CLERK, question=QUESTION) is None


@given(st.lists(st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=30), max_size=4))
def test_what_was_sealed_is_opened(position: list[str | int | None]) -> None:
    clean = [p.encode(errors="ignore").decode() if isinstance(p, str) else p for p in position]

    cursor = CURSORS.seal(clean, by=CLERK, question=QUESTION)

    assert CURSORS.open(cursor, by=CLERK, question=QUESTION) == clean


def test_another_person_cannot_use_it() -> None:
    assert refused(CURSORS, sealed(), Actor(id="p-2", organisation="auto-demo"), QUESTION)


def test_another_organisation_cannot_use_it() -> None:
    assert refused(CURSORS, sealed(), Actor(id="p-1", organisation="mall-demo"), QUESTION)


def test_it_does_not_answer_another_question() -> None:
    assert refused(CURSORS, sealed(), CLERK, {**QUESTION, "status": "closed"})


def test_it_is_good_for_a_day_and_no_longer() -> None:
    assert refused(TOMORROW, sealed(), CLERK, QUESTION)


def test_another_key_does_not_open_it() -> None:
    assert refused(Cursors("another key", now=lambda: NOW), sealed(), CLERK, QUESTION)


@given(st.text(max_size=80))
def test_nothing_made_up_opens(text: str) -> None:
    assert refused(CURSORS, text, CLERK, QUESTION)


@given(st.integers(0, 10_000))
def test_a_changed_bit_closes_it(where: int) -> None:
    cursor = sealed()
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[where // 8 % len(raw)] ^= 1 << where % 8

    assert refused(CURSORS, base64.urlsafe_b64encode(bytes(raw)).decode(), CLERK, QUESTION)
