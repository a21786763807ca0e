"""Which of our three languages a caller reads (RFC 9110 §12.5.4)."""

from functools import lru_cache
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["zh-Hant", "zh-Hans", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-Hant", "zh-Hans", "en")
DEFAULT: Language = "en"

_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


@lru_cache(maxsize=256)
def chosen(accept: str) -> Language:
    """The best of our languages for an `Accept-Language`; English when none fits."""
    wanted = sorted(_ranges(accept[:200]), key=lambda pair: -pair[1])
    found = (_ours(tag) for tag, quality in wanted if quality > 0)
    return next((language for language in found if language), DEFAULT)


def _ranges(accept: str) -> list[tuple[str, float]]:
    return [_range(part) for part in accept.split(",") if part.strip()]


def _range(part: str) -> tuple[str, float]:
    tag, _, parameter = part.strip().partition(";")
    try:
        quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        quality = 0.0
    return tag.strip().lower(), quality


def _ours(tag: str) -> Language | None:
    if tag.startswith(_TRADITIONAL):
        return "zh-Hant"
    if tag.startswith("zh"):
        return "zh-Hans"
    return "en" if tag.startswith("en") or tag == "*" else None
