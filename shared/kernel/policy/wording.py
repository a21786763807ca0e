"""What stands in a pack in words: labels in three languages, citations, codes said once."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from shared.kernel.calendar import Calendar
from shared.kernel.policy.boxes import Box
from shared.kernel.policy.citing import known_cite
from shared.kernel.policy.finding import Finding, error
from shared.kernel.policy.followup import Notice
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.words import Row, Text

PLACES = frozenset({"reference", "due", "unit"})
"""What a notice may leave open for the moment it is sent."""
_PLACE = re.compile(r"\{([^{}]*)\}")
_LEAVES = (str, int, Box, Calendar)
_FIELDS: dict[type, tuple[str, ...]] = {}


def wording_findings(pack: Pack) -> Iterator[Finding]:
    """Ids and codes said twice, citations of nothing, labels that a language lacks."""
    owned = owned_by(pack.id, pack)
    rows = [part for _, part in owned if isinstance(part, Row)]
    for row_id, times in Counter(row.id for row in rows).items():
        if times > 1:
            yield error(row_id, "id-twice", "two rows have this id", mend="rename one")
    for owner, part in owned:
        yield from _cites(owner, part)
        yield from _codes(owner, part)
        if isinstance(part, Text):
            yield from _label(owner, part)
        elif isinstance(part, Notice):
            yield from _places(part)


def owned_by(owner: str, value: object) -> list[tuple[str, object]]:
    """Everything inside a value, depth first, each with the row it stands in, or with the code of
    the word when it stands in no row.
    """
    found: list[tuple[str, object]] = []
    _walk(owner, value, found, in_row=False)
    return found


def _walk(owner: str, value: object, found: list[tuple[str, object]], *, in_row: bool) -> None:
    found.append((owner, value))
    if isinstance(value, tuple):
        for one in value:
            if not isinstance(one, _LEAVES):
                _walk(owner, one, found, in_row=in_row)
        return
    is_row = isinstance(value, Row)
    if not in_row or is_row:
        owner = _name(value) or owner
    for name in _names(type(value)):
        inner = getattr(value, name)
        if isinstance(inner, tuple) or (is_dataclass(inner) and not isinstance(inner, _LEAVES)):
            _walk(owner, inner, found, in_row=in_row or is_row)


def _names(kind: type) -> tuple[str, ...]:
    """The fields to look into."""
    return _FIELDS.get(kind) or _FIELDS.setdefault(kind, _fields(kind))


def _fields(kind: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) and kind is not Text else ()


def _name(value: object) -> str:
    return str(getattr(value, "id", "") or getattr(value, "code", ""))


def _cites(owner: str, part: object) -> Iterator[Finding]:
    if isinstance(part, Row) and not part.cite:
        yield error(part.id, "cite-missing", "the row cites no requirement", mend="cite one")
    cited = (*getattr(part, "cite", ()), *getattr(part, "retention_cite", ()))
    for cite in cited:
        if not known_cite(cite):
            what = f"'{cite}' is not the id of a requirement"
            mend = "cite one that exists, or your own document as four letters and a number"
            yield error(_name(part) or owner, "cite-unknown", what, mend=mend)


def _codes(owner: str, part: object) -> Iterator[Finding]:
    """Within one list every code is said once."""
    if not isinstance(part, tuple):
        return
    coded = [one for one in part if getattr(one, "code", "")]
    keys = Counter((getattr(one, "axis", ""), getattr(one, "code", "")) for one in coded)
    for (axis, code), times in keys.items():
        if times > 1:
            what = f"'{code}' is listed twice{f' for {axis}' if axis else ''}"
            yield error(owner, "code-twice", what, mend="rename one or drop it")


def _label(owner: str, text: Text) -> Iterator[Finding]:
    said = (("zh-Hant", text.zh_hant), ("zh-Hans", text.zh_hans), ("en", text.en))
    empty = [language for language, words in said if not words.strip()]
    if empty:
        what = f"a label is empty in {', '.join(empty)}"
        yield error(owner, "label-missing", what, mend="say it in all three languages")


def _places(notice: Notice) -> Iterator[Finding]:
    """A notice leaves the same things open in each language, and only what can be filled in."""
    bodies = (notice.body.zh_hant, notice.body.zh_hans, notice.body.en)
    left_open = [frozenset(_PLACE.findall(body)) for body in bodies]
    unknown = frozenset[str]().union(*left_open) - PLACES
    if unknown:
        what = f"the notice leaves open '{{{min(unknown)}}}', which nobody fills in"
        mend = "use {reference}, {due} or {unit}"
        yield error(notice.id, "notice-place", what, mend=mend)
    elif len(set(left_open)) > 1:
        what = "the notice leaves other things open in one language than in another"
        yield error(notice.id, "notice-place", what, mend="use the same places in all three")
