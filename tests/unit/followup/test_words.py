"""Every refusal and every code followup shows has words in three languages."""

import importlib

import yaml

from services.followup_service.domain import errors
from services.followup_service.domain.state import (
    AttemptResult,
    CallbackStatus,
    ReplyStage,
    Status,
)
from services.followup_service.labels import catalogue
from services.followup_service.main import PROBLEMS
from shared.kernel.errors import DomainError
from shared.kernel.policy.words import LANGUAGES


def test_every_refusal_has_a_title_in_every_language() -> None:
    known = yaml.safe_load(PROBLEMS.read_text(encoding="utf-8"))["problems"]
    handler = importlib.import_module("services.followup_service.handler")
    named = [*vars(errors).values(), *vars(handler).values()]
    own = [e for e in named if isinstance(e, type) and issubclass(e, DomainError)]
    ours = [e for e in own if e.__module__.startswith("services.followup_service")]
    assert len(ours) > 10
    for error in ours:
        titles = known[error.__new__(error).slug]
        assert all(titles[language] for language in LANGUAGES)


def test_every_code_has_a_label_in_every_language() -> None:
    groups = {
        "status": Status,
        "callback": CallbackStatus,
        "result": AttemptResult,
        "reply": ReplyStage,
    }
    for group, codes in groups.items():
        assert {str(code) for code in codes} == set(catalogue()[group])
