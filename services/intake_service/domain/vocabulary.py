"""Whether a request speaks the words of the pack; what is wrong is pointed at, never repeated."""

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from services.intake_service.domain.errors import ClassificationInvalid
from shared.kernel.errors import Pointer
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.vocabulary import FLAGS
from shared.kernel.policy.words import Word, code_of

SEVERITY = "severity"
_SAYABLE = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Said(Protocol):
    """The parts of a command that use the pack's words besides kind and classification."""

    @property
    def severity(self) -> str | None: ...

    @property
    def flags(self) -> tuple[str, ...] | None: ...


def require_words(pack: Pack, *, kind: str, classification: Mapping[str, str], said: Said) -> None:
    """Raises ClassificationInvalid with a pointer for each word the pack does not have."""
    wrong = [
        *_unless(pack.intake.kind(kind) is not None, "/kind"),
        *_classification(pack, classification),
        *_severity(pack, said.severity),
        *_flags(said.flags or ()),
    ]
    if wrong:
        raise ClassificationInvalid(errors=wrong)


def require_entry(pack: Pack, *, channel: str, complainant_type: str) -> None:
    """Raises ClassificationInvalid when channel or complainant type is not the pack's."""
    wrong = [
        *_unless(_has(pack.intake.channels, channel), "/channel"),
        *_unless(_has(pack.intake.complainant_types, complainant_type), "/complainant_type"),
    ]
    if wrong:
        raise ClassificationInvalid(errors=wrong)


def require_channel(pack: Pack, channel: str) -> None:
    """Raises ClassificationInvalid when the pack does not have the channel."""
    wrong = _unless(_has(pack.intake.channels, channel), "/channel")
    if wrong:
        raise ClassificationInvalid(errors=wrong)


def require_withdrawal_reason(pack: Pack, reason: str) -> None:
    """Raises ClassificationInvalid when the pack does not have the reason."""
    wrong = _unless(_has(pack.intake.withdrawal_reasons, reason), "/reason")
    if wrong:
        raise ClassificationInvalid(errors=wrong)


def sayable(name: str) -> bool:
    """Whether a key a caller made up looks like a field, so that it may be pointed at."""
    return bool(_SAYABLE.fullmatch(name))


def _has(words: tuple[Word, ...], code: str) -> bool:
    return code_of(words, code) is not None


def _unless(known: bool, pointer: str) -> list[Pointer]:
    return [] if known else [Pointer(pointer, "not-allowed-value", "")]


def _classification(pack: Pack, classification: Mapping[str, str]) -> Iterable[Pointer]:
    for axis, code in classification.items():
        words = pack.axis(axis)
        if not words:
            place = f"/classification/{axis}" if sayable(axis) else "/classification"
            yield Pointer(place, "unknown-field", "")
        elif code_of(words, code) is None:
            yield Pointer(f"/classification/{axis}", "not-allowed-value", "")


def _severity(pack: Pack, severity: str | None) -> list[Pointer]:
    known = severity is None or _has(pack.axis(SEVERITY), severity)
    return _unless(known, "/severity")


def _flags(flags: tuple[str, ...]) -> list[Pointer]:
    wrong = [index for index, flag in enumerate(flags) if flag not in FLAGS]
    return [Pointer(f"/flags/{index}", "not-allowed-value", "") for index in wrong]
