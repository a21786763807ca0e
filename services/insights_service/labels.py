"""The words people read beside insights' codes and every fact's type, from `labels.yaml`."""

from functools import cache
from pathlib import Path

import yaml

from shared.kernel.policy.words import LANGUAGES

_FILE = Path(__file__).with_name("labels.yaml")


def label(group: str, code: str, language: str) -> str:
    """The words for a code; the code itself where the catalogue has none (a pack's own code)."""
    known = catalogue()[group].get(code)
    return known[language] if known else code


@cache
def catalogue() -> dict[str, dict[str, dict[str, str]]]:
    """Group → code → language → words. Raises KeyError when a language is missing."""
    read = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        group: {
            code: {language: str(words[language]) for language in LANGUAGES}
            for code, words in codes.items()
        }
        for group, codes in read.items()
    }
