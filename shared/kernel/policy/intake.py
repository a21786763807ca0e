"""What intake needs to know of a policy: channels, triage, the form, confirmation, repeats,
retention.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.kernel.clocks import ClockRule
from shared.kernel.policy.boxes import Box
from shared.kernel.policy.recording import RecordPolicy
from shared.kernel.policy.words import Row, Word


class FieldType(StrEnum):
    """What a form field holds."""

    TEXT = "text"
    CODE = "code"
    DATE = "date"
    MOMENT = "moment"
    PHONE = "phone"
    NAME = "name"
    BOOL = "bool"
    INTEGER = "integer"
    MONEY = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField(Row):
    """One field of the registration form; `code` is its key in the JSON body.

    `personal` goes to the vault, `narrative` to the texts, the rest are attributes. `required` is
    the box of `FormFacts` in which the field must be filled; None means never. A `code` field has
    `words` to choose from.
    """

    code: str
    type: FieldType
    required: Box | None = None
    personal: bool = False
    narrative: bool = False
    length_max: int = 200
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFacts:
    """What decides which fields must be filled."""

    kind: str
    channel: str
    complainant_type: str
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageKind(Word):
    """What a contact can turn out to be (MALL-41); only `is_complaint` starts complaint clocks."""

    is_complaint: bool
    form: tuple[str, ...] = ()
    """Codes of the form fields that are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation(Row):
    """Whether a person must confirm the record before anything is done with it (MALL-33).

    `required` false: confirmed by rule at registration. `role` is held in the recording unit or
    above.
    """

    required: bool
    role: str = ""
    not_by_registrar: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatRule(Row):
    """When an earlier complaint of the same complainant is offered as a link: within how many
    days.
    """

    window_days: int
    same: frozenset[str]
    """What must be the same besides the complainant: axes such as `category`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(Row):
    """One of the copies of the form, and who keeps it (MALL-28 … 31)."""

    number: int
    custodian_kind: str
    only_with_cost: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff(Row):
    """One confirmation box on the form (MALL-38)."""

    role: str
    only_with_cost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakePolicy:
    """Intake's section of a pack."""

    channels: tuple[Word, ...]
    complainant_types: tuple[Word, ...]
    triage: tuple[TriageKind, ...]
    fields: tuple[FormField, ...]
    confirmation: Confirmation
    repeats: RepeatRule
    retention_years: int
    retention_cite: tuple[str, ...]
    withdrawal_reasons: tuple[Word, ...]
    copies: tuple[Copy, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    clocks: tuple[ClockRule, ...] = field(default=())
    records: RecordPolicy = field(default_factory=RecordPolicy)
    _kinds: dict[str, TriageKind] = field(init=False, repr=False, compare=False)
    _forms: dict[str, tuple[FormField, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Every registration asks for its form: it is put together once."""
        forms = {k.code: tuple(f for f in self.fields if f.code in k.form) for k in self.triage}
        object.__setattr__(self, "_kinds", {kind.code: kind for kind in self.triage})
        object.__setattr__(self, "_forms", forms)

    def kind(self, code: str) -> TriageKind | None:
        """The triage kind with this code, or None."""
        return self._kinds.get(code)

    def form(self, kind: str) -> tuple[FormField, ...]:
        """The fields asked for a contact of this kind, in the order of the form."""
        return self._forms.get(kind, ())


def required_fields(policy: IntakePolicy, facts: FormFacts) -> tuple[FormField, ...]:
    """The fields that must be filled for these facts (MALL-34, AUTO-50)."""
    asked = policy.form(facts.kind)
    return tuple(f for f in asked if f.required is not None and f.required.holds(facts))


def form_schema(
    policy: IntakePolicy, facts: FormFacts, *, language: str = "zh-Hant"
) -> dict[str, Any]:
    """The form as JSON Schema (draft 2020-12) for one kind, channel and type of complainant.

    `x-personal` and `x-narrative` say where a field will live: the vault or the texts.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {f.code: _property(f, language) for f in policy.form(facts.kind)},
        "required": [f.code for f in required_fields(policy, facts)],
    }


def _property(asked: FormField, language: str) -> dict[str, Any]:
    return {
        "title": asked.label.of(language),
        **_TYPES[asked.type],
        **({"maxLength": asked.length_max} if asked.type in _LIMITED else {}),
        **({"enum": [word.code for word in asked.words]} if asked.words else {}),
        **({"x-personal": True} if asked.personal else {}),
        **({"x-narrative": True} if asked.narrative else {}),
    }


_LIMITED = frozenset({FieldType.TEXT, FieldType.NAME})
_TYPES: dict[FieldType, dict[str, Any]] = {
    FieldType.TEXT: {"type": "string", "minLength": 1},
    FieldType.CODE: {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.MOMENT: {"type": "string", "format": "date-time"},
    FieldType.PHONE: {"type": "string", "minLength": 3, "maxLength": 32},
    FieldType.NAME: {"type": "string", "minLength": 1},
    FieldType.BOOL: {"type": "boolean"},
    FieldType.INTEGER: {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
    FieldType.MONEY: {
        "type": "object",
        "additionalProperties": False,
        "required": ["currency", "minor"],
        "properties": {
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "minor": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
        },
    },
}
