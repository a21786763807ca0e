"""What is refused and how it is said: RFC 9457 problems from one catalogue, in three languages.

The only place that knows which HTTP status an error has. A problem never repeats what the
caller sent: pointers, codes and our own sentences only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml

from shared.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Pointer
from shared.plumbing.web.languages import DEFAULT, Language

TYPE_PREFIX = "https://kesu.dev/problems/"
MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[DomainError], int] = {Invalid: 422, Forbidden: 403, NotFound: 404, Conflict: 409}

_CATALOGUE = Path(__file__).with_name("problems.yaml")


class Refusal(Exception):
    """A request the plumbing itself refuses. `slug` names an entry of the catalogue.

    `headers` are added to the answer (`Retry-After`, `ETag`, `Allow`, `WWW-Authenticate`).
    """

    def __init__(
        self,
        slug: str,
        *,
        errors: Sequence[Pointer] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(slug)
        self.slug = slug
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One answer of `application/problem+json`, ready to be written."""

    slug: str
    status: int
    title: str
    detail: str = ""
    errors: tuple[dict[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, correlation: str) -> bytes:
        """The JSON of it; `instance` is the correlation id, to be quoted to whoever helps."""
        document: dict[str, Any] = {
            "type": TYPE_PREFIX + self.slug,
            "title": self.title,
            "status": self.status,
            "code": self.slug,
            "instance": f"urn:uuid:{correlation}",
        }
        document |= {"detail": self.detail} if self.detail else {}
        return orjson.dumps(document | ({"errors": self.errors} if self.errors else {}))


@dataclass(frozen=True, slots=True)
class Entry:
    """One type of the catalogue: the status (0 for codes inside `errors`) and its titles."""

    status: int
    titles: Mapping[str, str]

    def title(self, language: Language) -> str:
        """The sentence in this language."""
        return self.titles[language]


class Catalogue:
    """Every problem type and every pointer code we may say."""

    def __init__(self) -> None:
        self.types: dict[str, Entry] = {}
        self.codes: dict[str, Entry] = {}

    def read(self, path: Path) -> None:
        """Add a catalogue file: `problems:` slug → status and titles, `codes:` code → titles.

        Raises KeyError when a language is missing.
        """
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        self.types |= _entries(document.get("problems") or {})
        self.codes |= _entries(document.get("codes") or {})

    def problem_of(self, error: Exception, language: Language = DEFAULT) -> Problem:
        """What to answer for an error; anything unknown is an `internal-error` without words."""
        if isinstance(error, DomainError):
            return self._domain(error, language)
        if isinstance(error, Refusal):
            return self._refusal(error, language)
        return self._refusal(Refusal("internal-error"), language)

    def _refusal(self, error: Refusal, language: Language) -> Problem:
        entry = self.types[error.slug]
        return Problem(
            slug=error.slug,
            status=entry.status,
            title=entry.title(language),
            errors=self._said(error.errors, language),
            headers=error.headers,
        )

    def _domain(self, error: DomainError, language: Language) -> Problem:
        entry = self.types.get(error.slug)
        return Problem(
            slug=error.slug,
            status=status_of(type(error)),
            title=entry.title(language) if entry else error.title,
            detail=error.detail if language == DEFAULT else "",
            errors=self._said(error.errors, language),
            headers=getattr(error, "headers", {}),
        )

    def _said(self, errors: Sequence[Pointer], language: Language) -> tuple[dict[str, str], ...]:
        return tuple(
            {"pointer": each.pointer, "code": each.code, "detail": self._sentence(each, language)}
            for each in errors
        )

    def _sentence(self, error: Pointer, language: Language) -> str:
        entry = self.codes.get(error.code)
        return entry.title(language) if entry else error.detail


def status_of(kind: type[DomainError]) -> int:
    """The HTTP status of a domain error, from which of the four kinds it is."""
    return next((status for base, status in STATUS.items() if issubclass(kind, base)), 500)


@cache
def catalogue() -> Catalogue:
    """The catalogue of this process; a service adds its own file in `create_app`."""
    found = Catalogue()
    found.read(_CATALOGUE)
    return found


def untitled() -> list[str]:
    """Errors that are loaded and have no entry in three languages; a test wants none."""
    known = catalogue().types
    return sorted(kind.__name__ for kind in _kinds(DomainError) if _slug(kind) not in known)


def unavailable(seconds: int = 1) -> Refusal:
    """503 with `Retry-After`: a part we need does not answer; nothing was written."""
    return Refusal("unavailable", headers={"Retry-After": str(seconds)})


def unseen(*, retry_after_s: int | None = None) -> Refusal:
    """404 for what is not there and for what the caller may not see: the same answer.

    `retry_after_s` for a door that waited for a fact in vain (decision 11).
    """
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return Refusal("not-found", headers=headers)


def _kinds(above: type[DomainError]) -> set[type[DomainError]]:
    below = set(above.__subclasses__())
    return below.union(*(_kinds(each) for each in below))


def _slug(kind: type[DomainError]) -> str:
    """An error may want arguments to be made; its slug comes from its class alone."""
    return kind.__new__(kind).slug


def _entries(document: Mapping[str, Mapping[str, Any]]) -> dict[str, Entry]:
    return {slug: _entry(each) for slug, each in document.items()}


def _entry(each: Mapping[str, Any]) -> Entry:
    titles = {language: str(each[language]) for language in ("zh-Hant", "zh-Hans", "en")}
    return Entry(int(each.get("status", 0)), titles)
