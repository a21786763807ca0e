"""The scenario files: read strictly, speaking three languages, about nobody real."""

import re
from pathlib import Path

import pytest

from kesu.home import PROJECT
from kesu.playing.cast import Cast
from kesu.playing.player import Told
from kesu.playing.script import BadScenario, Scenario, Step, read_scenario, read_scenarios
from kesu.playing.timeline import Timeline, columns, padded, shortened
from shared.plumbing.issuer import personas_of
from tests.support.packs import PACKS, TODAY
from tests.unit.playing.kesu_in_little import NOW, scenario

PERSONAS = personas_of(PROJECT / "organisations")
CAST = Cast(
    personas={(each.organisation, each.name): each for each in PERSONAS}, packs=PACKS, today=TODAY
)
SCENARIOS = read_scenarios(PROJECT / "scenarios")
ISSUE_2_POINT_8 = {
    "a-dash-cam-fails-within-a-week",
    "an-exchange-within-the-terms",
    "a-promise-of-5000-and-a-cent",
    "nobody-accepts-it-within-a-day",
    "a-vendor-beyond-the-store-manager",
    "sent-back-twice-between-two-departments",
    "a-dissatisfied-callback-reopens",
    "the-same-ticket-three-times",
    "withdrawn-in-mid-approval",
}


def test_there_are_enough_of_them_for_both_packs() -> None:
    assert len(SCENARIOS) >= 14
    assert {each.pack for each in SCENARIOS} >= {"auto_accessories", "shopping_mall"}
    assert {each.id for each in SCENARIOS} >= ISSUE_2_POINT_8


@pytest.mark.parametrize("one", SCENARIOS, ids=lambda each: each.id)
def test_a_scenario_cites_what_it_shows_and_names_only_known_personas(one: Scenario) -> None:
    assert one.shows
    assert all(re.fullmatch(r"[A-Z]+-?\d+", each) for each in one.shows)
    for step in one.steps:
        if isinstance(step, Step):
            CAST.persona(*one.who(step))


def test_a_mistake_in_a_file_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    text = (PROJECT / "scenarios/03-an-exchange-within-the-terms.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("soon: true", "later: true", 1), encoding="utf-8")
    with pytest.raises(BadScenario, match=r"bad\.yaml: 1 validation error[\s\S]*later"):
        read_scenario(file)


def test_chinese_and_latin_line_up() -> None:
    assert columns("店長 a") == 6
    assert len(padded("店長", 10)) == 8
    assert shortened("一二三四五", 6) == "一二三…"
    assert shortened("一 二\n三", 20) == "一 二 三"


@pytest.mark.parametrize(
    ("language", "who", "what"),
    [("zh-Hant", "客服員", "登記"), ("zh-Hans", "客服员", "登记"), ("en", "clerk", "registers")],
)
def test_a_line_says_who_did_what_in_the_readers_language(
    language: str, who: str, what: str
) -> None:
    timeline = Timeline(CAST, language)
    step = {
        "as": "clerk",
        "do": "intake.register_complaint",
        "body": {"form": {"narrative": "排队一小时"}},
    }
    one = scenario(step)
    answer = {"reference": "KS-2026-000001", "exposure_minor": 196000}
    told = Told(1, one.steps[0], NOW, None, 201, answer, {"exposure_minor": 196000})
    line, words = timeline.lines(one, told)
    assert who in line
    assert what in line
    assert "KS-2026-000001" in line
    assert "1,960.00" in line
    assert "排队一小时" in words
