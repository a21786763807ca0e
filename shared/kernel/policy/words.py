"""The smallest words of a policy: texts in three languages, coded words, rows that cite, lengths of
time.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["zh-Hant", "zh-Hans", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-Hant", "zh-Hans", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a person reads, in the three languages every pack speaks."""

    zh_hant: str
    zh_hans: str
    en: str

    def of(self, language: str) -> str:
        """This text in `language` (a BCP 47 tag); Traditional Chinese when Kesu does not speak
        it.
        """
        return {"zh-Hans": self.zh_hans, "en": self.en}.get(language, self.zh_hant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One code of a pack's vocabulary, with its label and the requirements it comes from."""

    code: str
    label: Text
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rule as data. `id` is unique in the pack and travels on every decision the row takes part
    in.

    `cite` names requirement ids (`MALL-26`) and readings (`Q15`); `label` says the rule to a
    person.
    """

    id: str
    cite: tuple[str, ...]
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A length of time counted on a calendar: `seconds` of open time, or whole open `days`.

    Exactly one of the two is positive. `days=3` ends with the third open day after the day it began
    (Q07: "within 3 days" is the end of the third calendar day).
    """

    seconds: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        assert (self.seconds > 0) != (self.days > 0), "a length is in seconds or in days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Why: the row that spoke and the facts it tested, so that a decision can be explained years
    later.
    """

    row: str
    cite: tuple[str, ...]
    tested: tuple[str, ...] = ()


def code_of(words: tuple[Word, ...], code: str) -> Word | None:
    """The word with this code, or None."""
    return next((word for word in words if word.code == code), None)
