"""Every fact type, status and refusal has words in three languages."""

import importlib

import yaml

from services.insights_service import api
from services.insights_service.domain import corrective
from services.insights_service.domain.corrective import Standing
from services.insights_service.labels import catalogue
from services.insights_service.main import PROBLEMS
from shared.contracts.registry import BY_TYPE
from shared.kernel.errors import DomainError
from shared.kernel.policy.words import LANGUAGES


def test_every_fact_type_has_words_in_every_language() -> None:
    assert set(catalogue()["fact"]) == set(BY_TYPE)


def test_every_status_a_caller_may_ask_for_has_words() -> None:
    assert set(catalogue()["status"]) == set(api.Status.__args__)  # type: ignore[attr-defined]
    assert set(catalogue()["standing"]) == {str(standing) for standing in Standing}


def test_every_refusal_has_a_title_in_every_language() -> None:
    known = yaml.safe_load(PROBLEMS.read_text(encoding="utf-8"))["problems"]
    handler = importlib.import_module("services.insights_service.handler")
    named = [*vars(corrective).values(), *vars(handler).values()]
    kinds = [e for e in named if isinstance(e, type) and issubclass(e, DomainError)]
    ours = [e for e in kinds if e.__module__.startswith("services.insights_service")]
    assert len(ours) > 4
    for error in ours:
        assert all(known[error.__new__(error).slug][language] for language in LANGUAGES)
