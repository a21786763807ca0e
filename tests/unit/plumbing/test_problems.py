"""Every refusal has one stable type, one status and a sentence in three languages."""

import json

import pytest

from shared.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Pointer
from shared.plumbing.problems import Refusal, catalogue
from shared.plumbing.web.languages import LANGUAGES

SOMEWHERE = "0192f0c1-2d3e-7abc-8def-001122334455"


class NotYours(Forbidden):
    """Somebody else holds this."""


@pytest.mark.parametrize(
    ("kind", "status"), [(Invalid, 422), (Forbidden, 403), (NotFound, 404), (Conflict, 409)]
)
def test_the_four_kinds_have_four_statuses(kind: type[DomainError], status: int) -> None:
    assert catalogue().problem_of(kind()).status == status


def test_an_error_is_named_by_its_class_and_titled_by_its_docstring() -> None:
    found = json.loads(catalogue().problem_of(NotYours("It is with the store.")).body(SOMEWHERE))

    assert found == {
        "type": "https://kesu.dev/problems/not-yours",
        "title": "Somebody else holds this.",
        "status": 403,
        "code": "not-yours",
        "detail": "It is with the store.",
        "instance": f"urn:uuid:{SOMEWHERE}",
    }


def test_an_unknown_error_says_nothing_of_itself() -> None:
    body = catalogue().problem_of(ValueError("secret 0912345678")).body(SOMEWHERE)

    assert json.loads(body)["code"] == "internal-error"
    assert b"0912345678" not in body


def test_pointers_speak_the_callers_language() -> None:
    refusal = Refusal("invalid-request", errors=[Pointer("/name", "missing", "")])

    said = {
        language: catalogue().problem_of(refusal, language).errors[0]["detail"]
        for language in LANGUAGES
    }

    assert said == {"zh-Hant": "必填。", "zh-Hans": "必填。", "en": "This is needed."}


def test_every_entry_has_a_sentence_in_every_language() -> None:
    known = catalogue()
    for entry in [*known.types.values(), *known.codes.values()]:
        assert all(entry.title(language).strip() for language in LANGUAGES)
