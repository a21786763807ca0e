"""Every catalogue says each thing in the three languages, and no sentence is cut at a comma."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = {"zh-Hant", "zh-Hans", "en"}
CATALOGUES = [
    *sorted(ROOT.glob("services/*/problems.yaml")),
    *sorted(ROOT.glob("services/*/labels.yaml")),
    ROOT / "shared/plumbing/problems.yaml",
    ROOT / "kesu/playing/words.yaml",
    ROOT / "kesu/gateway/texts.yaml",
]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_catalogue_speaks_three_languages_in_whole_sentences(path: Path) -> None:
    sentences = list(_sentences(yaml.safe_load(path.read_text(encoding="utf-8"))))
    assert sentences
    for sentence in sentences:
        assert set(sentence) - {"status"} == LANGUAGES, sentence
        assert all(sentence[language] for language in LANGUAGES), sentence


def _sentences(node: object) -> Iterator[dict[str, Any]]:
    if not isinstance(node, dict):
        return
    if "en" in node:
        yield node
        return
    for each in node.values():
        yield from _sentences(each)
