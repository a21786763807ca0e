"""The registration form: checked against the pack and split at the door (decision 15).

Personal fields go to the vault, whatever was typed freely to the texts, the rest are
attributes that facts may carry. What is wrong is pointed at, never repeated.
"""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TypeAlias

from services.intake_service.domain.errors import FormInvalid
from services.intake_service.domain.vocabulary import sayable
from services.intake_service.domain.words import Attribute
from shared.kernel.errors import Pointer
from shared.kernel.policy.intake import (
    FieldType,
    FormFacts,
    FormField,
    IntakePolicy,
    required_fields,
)

SHEETS_MAX = 1024
INTEGER_MAX = 2**53 - 1
PHONE_MIN, PHONE_MAX = 3, 32
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_IN_VAULT = frozenset({FieldType.NAME, FieldType.PHONE})

Given: TypeAlias = Mapping[str, object]
Checked: TypeAlias = str | None
"""The code of what is wrong, None when nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A form taken apart. `filled` are the codes of all fields that were given."""

    particulars: dict[str, Attribute]
    narratives: tuple[tuple[str, str], ...]
    attributes: dict[str, Attribute]
    filled: tuple[str, ...] = ()


def split(policy: IntakePolicy, facts: FormFacts, form: Given, *, whole: bool = True) -> Split:
    """Checks and takes apart. `whole` false lets required fields be missing, for amendments
    and for hotline tickets, which are never turned away. Raises FormInvalid.
    """
    sheet = _sheet(_Asked(policy, facts))
    wrong = [*_unknown(sheet.fields, form), *_wrong(sheet.fields, form)]
    if whole:
        owing = [code for code in sheet.required if code not in form]
        wrong += [Pointer(f"/form/{code}", "missing", "") for code in owing]
    if wrong:
        raise FormInvalid(errors=wrong)
    return _taken_apart(sheet.fields, form)


def owed(policy: IntakePolicy, facts: FormFacts, filled: Container[str]) -> tuple[str, ...]:
    """The required fields that are not filled (MALL-27, MALL-34, AUTO-50)."""
    required = _sheet(_Asked(policy, facts)).required
    return tuple(code for code in required if code not in filled)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which form: a policy by identity (its tables are large to compare), and the facts."""

    policy: IntakePolicy
    facts: FormFacts

    def __hash__(self) -> int:
        return hash((id(self.policy), self.facts))

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, _Asked) and self.policy is other.policy
        return same and isinstance(other, _Asked) and self.facts == other.facts


@dataclass(frozen=True, slots=True)
class _Field:
    """A field with what is asked on every registration worked out once."""

    spec: FormField
    check: Callable[[FormField, object], Checked]
    personal: bool
    typed: bool


@dataclass(frozen=True, slots=True)
class _Sheet:
    fields: Mapping[str, _Field]
    required: tuple[str, ...]


@lru_cache(maxsize=SHEETS_MAX)
def _sheet(asked: _Asked) -> _Sheet:
    fields = {
        each.code: _Field(each, _CHECKS[each.type], personal(each), typed(each))
        for each in asked.policy.form(asked.facts.kind)
    }
    required = tuple(each.code for each in required_fields(asked.policy, asked.facts))
    return _Sheet(fields, required)


def personal(field: FormField) -> bool:
    """Whether the field lives in the vault: by its mark, and names and phones in any case."""
    return field.personal or field.type in _IN_VAULT


def typed(field: FormField) -> bool:
    """Whether the field lives in the texts: everything a person writes freely."""
    return not personal(field) and (field.narrative or field.type is FieldType.TEXT)


def _unknown(asked: Mapping[str, _Field], form: Given) -> list[Pointer]:
    return [
        Pointer(f"/form/{key}" if sayable(key) else "/form", "unknown-field", "")
        for key in form
        if key not in asked
    ]


def _wrong(asked: Mapping[str, _Field], form: Given) -> list[Pointer]:
    found = []
    for code, value in form.items():
        field = asked.get(code)
        problem = field.check(field.spec, value) if field else None
        if problem:
            found.append(Pointer(f"/form/{code}", problem, ""))
    return found


def _taken_apart(asked: Mapping[str, _Field], form: Given) -> Split:
    particulars: dict[str, Attribute] = {}
    attributes: dict[str, Attribute] = {}
    narratives: list[tuple[str, str]] = []
    for code, value in form.items():
        if asked[code].typed:
            narratives.append((code, str(value)))
        else:
            there = particulars if asked[code].personal else attributes
            there.update(_flat(code, value))
    return Split(
        particulars=particulars,
        narratives=tuple(narratives),
        attributes=attributes,
        filled=tuple(sorted(form)),
    )


def _flat(code: str, value: object) -> dict[str, Attribute]:
    """An amount becomes two attributes; everything else is one."""
    if isinstance(value, dict):
        return {f"{code}_currency": value["currency"], f"{code}_minor": value["minor"]}
    assert isinstance(value, str | int | bool), "checked before"
    return {code: value}


def _text(field: FormField, value: object) -> Checked:
    if not isinstance(value, str):
        return "wrong-type"
    if not value.strip():
        return "too-short"
    return "too-long" if len(value) > field.length_max else None


def _code(field: FormField, value: object) -> Checked:
    if not isinstance(value, str):
        return "wrong-type"
    if field.words:
        return None if any(word.code == value for word in field.words) else "not-allowed-value"
    return None if _CODE.fullmatch(value) else "malformed"


def _phone(_field: FormField, value: object) -> Checked:
    if not isinstance(value, str):
        return "wrong-type"
    if not PHONE_MIN <= len(value) <= PHONE_MAX:
        return "too-short" if len(value) < PHONE_MIN else "too-long"
    return None if sum(map(str.isdigit, value)) >= PHONE_MIN else "malformed"


def _date(_field: FormField, value: object) -> Checked:
    if not isinstance(value, str):
        return "wrong-type"
    try:
        date.fromisoformat(value)
    except ValueError:
        return "malformed"
    return None if len(value) == 10 else "malformed"


def _moment(_field: FormField, value: object) -> Checked:
    if not isinstance(value, str):
        return "wrong-type"
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return "malformed"
    return None if moment.tzinfo and "T" in value else "malformed"


def _bool(_field: FormField, value: object) -> Checked:
    return None if isinstance(value, bool) else "wrong-type"


def _integer(_field: FormField, value: object) -> Checked:
    if not isinstance(value, int) or isinstance(value, bool):
        return "wrong-type"
    if value < 0:
        return "too-small"
    return "too-large" if value > INTEGER_MAX else None


def _money(field: FormField, value: object) -> Checked:
    if not isinstance(value, dict):
        return "wrong-type"
    if set(value) != {"currency", "minor"}:
        return "invalid"
    if not isinstance(value["currency"], str) or not _CURRENCY.fullmatch(value["currency"]):
        return "malformed"
    return _integer(field, value["minor"])


_CHECKS: dict[FieldType, Callable[[FormField, object], Checked]] = {
    FieldType.TEXT: _text,
    FieldType.NAME: _text,
    FieldType.CODE: _code,
    FieldType.PHONE: _phone,
    FieldType.DATE: _date,
    FieldType.MOMENT: _moment,
    FieldType.BOOL: _bool,
    FieldType.INTEGER: _integer,
    FieldType.MONEY: _money,
}
