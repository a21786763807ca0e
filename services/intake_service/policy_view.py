"""The pack in force as a screen needs it: every code it may use, in the reader's language."""

from typing import Any

from services.intake_service.domain.words import (
    Direction,
    EvidenceKind,
    Reclassified,
    Relation,
    Topic,
)
from services.intake_service.views import View
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.vocabulary import FLAGS
from shared.kernel.policy.words import Word


class Worded(View):
    """A code and what it is called in the reader's language."""

    code: str
    label: str


class KindView(Worded):
    """What a contact can turn out to be."""

    is_complaint: bool


class AxisView(Worded):
    """One way to classify."""

    words: list[Worded]


class UnitView(View):
    """A unit of the organisation."""

    id: str
    kind: str
    label: str


class PolicyView(View):
    """The pack in force, for a screen."""

    pack: str
    version: str
    hash: str
    label: str
    organisation: str
    currency: str
    timezone: str
    channels: list[Worded]
    complainant_types: list[Worded]
    kinds: list[KindView]
    axes: list[AxisView]
    withdrawal_reasons: list[Worded]
    roles: list[Worded]
    units: list[UnitView]
    flags: list[str]
    confirmation_required: bool
    reclassification_reasons: list[str]
    relations: list[str]
    contact_directions: list[str]
    contact_topics: list[str]
    evidence_kinds: list[str]


def policy_view(pack: Pack, organisation: Organisation, language: str) -> dict[str, Any]:
    """Labels, channels, kinds, axes and reasons of one pack; Kesu's own closed codes beside."""

    def worded(words: tuple[Word, ...]) -> list[dict[str, str]]:
        return [{"code": word.code, "label": word.label.of(language)} for word in words]

    intake = pack.intake
    return {
        "pack": pack.id,
        "version": pack.version,
        "hash": pack.hash,
        "label": pack.label.of(language),
        "organisation": organisation.label.of(language),
        "currency": pack.currency,
        "timezone": organisation.timezone,
        "channels": worded(intake.channels),
        "complainant_types": worded(intake.complainant_types),
        "kinds": [
            {
                "code": kind.code,
                "label": kind.label.of(language),
                "is_complaint": kind.is_complaint,
            }
            for kind in intake.triage
        ],
        "axes": [
            {"code": axis.code, "label": axis.label.of(language), "words": worded(axis.words)}
            for axis in pack.axes
        ],
        "withdrawal_reasons": worded(intake.withdrawal_reasons),
        "roles": worded(pack.roles),
        "units": [
            {"id": unit.id, "kind": unit.kind, "label": unit.label.of(language)}
            for unit in organisation.units
        ],
        "flags": sorted(FLAGS),
        "confirmation_required": intake.confirmation.required,
        "reclassification_reasons": [reason.value for reason in Reclassified],
        "relations": [relation.value for relation in Relation],
        "contact_directions": [direction.value for direction in Direction],
        "contact_topics": [topic.value for topic in Topic],
        "evidence_kinds": [kind.value for kind in EvidenceKind],
    }
