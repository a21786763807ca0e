"""What was decided under a pack is said with its row, its words, its source and its facts."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kesu.policing._explaining import WORDS, decisions_in, explained
from kesu.tracing.collecting import Line
from shared.kernel.policy.words import LANGUAGES
from tests.unit.policies.starter import loaded

PACK = replace(loaded()[0], hash="a" * 64)


def line(kind: str, data: dict[str, Any], policy: str | None = PACK.hash) -> Line:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    return Line(
        at=at,
        service="escalation",
        seq=1,
        type=kind,
        actor="p-clerk-1",
        policy=policy,
        fact_sequence=None,
        data=data,
    )


ROUTED = line(
    "CaseRouted",
    {"because": [{"row": "routing.serious", "cite": ["OURS-03"], "tested": ["severity=serious"]}]},
)
PROPOSED = line(
    "ClaimProposed",
    {
        "claim": {"row": "authority.general-manager"},
        "decision": {
            "hash": PACK.hash,
            "row": "authority.general-manager",
            "exposure_minor": 200_001,
            "because": [
                {
                    "row": "authority.general-manager",
                    "cite": ["OURS-08"],
                    "tested": ["exposure_minor=200001..5000000"],
                }
            ],
            "steps": [{"how": "approve", "role": "general_manager"}],
        },
    },
)


def told(*lines: Line, language: str = "en", known: bool = True) -> str:
    found = decisions_in(lines)
    return "\n".join(explained(found, lambda _: PACK if known else None, language))


def test_a_routing_is_explained_by_its_row_and_the_facts_it_tested() -> None:
    text = told(ROUTED)
    assert "Routed" in text
    assert "routing.serious  Serious complaints go to head office  [OURS-03]" in text
    assert "severity=serious" in text
    assert f"our_rules 2026-01-01  {'a' * 12}" in text


def test_an_approval_says_the_cumulative_amount_and_whom_it_needs() -> None:
    text = told(PROPOSED)
    assert "2000.01 CNY" in text
    assert "approve general_manager" in text


def test_a_row_that_only_stands_on_the_event_is_explained_too() -> None:
    text = told(line("RecordConfirmed", {"by": "p-1", "row": "confirmation.by-rule"}))
    assert "The completed form counts" in text


def test_it_speaks_the_readers_language() -> None:
    assert "嚴重客訴由總部處理" in told(ROUTED, language="zh-Hant")
    assert "严重客诉由总部处理" in told(ROUTED, language="zh-Hans")


def test_what_decided_nothing_is_left_out_and_said_so() -> None:
    assert told(line("ContactRecorded", {"contact": {"channel": "phone"}})) == WORDS["none"]["en"]


def test_a_version_that_is_not_at_hand_is_told_with_its_row() -> None:
    text = told(ROUTED, known=False)
    assert "routing.serious" in text
    assert "not at hand" in text


@pytest.mark.parametrize("key", WORDS)
def test_every_word_is_said_in_three_languages(key: str) -> None:
    assert set(WORDS[key]) == set(LANGUAGES)
