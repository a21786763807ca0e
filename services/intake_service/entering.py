"""What a registration must be before it becomes a command: checked, split, its words known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from services.intake_service.bodies import Amendment, Registration
from services.intake_service.domain.commands import AmendComplaint, RegisterComplaint
from services.intake_service.domain.errors import IdNotOurs, UnitNotYours, UnitUnknown
from services.intake_service.domain.form import Split
from services.intake_service.domain.vocabulary import require_entry, require_words
from services.intake_service.domain.words import Attribute, TextRef
from services.intake_service.recognising import NOBODY, KnownCustomer
from services.intake_service.tables import PARTICULARS
from shared.kernel.errors import Pointer
from shared.kernel.occasion import Actor
from shared.kernel.policy.intake import FieldType, FormFacts
from shared.kernel.policy.organisation import Organisation
from shared.kernel.policy.pack import Pack
from shared.plumbing.changes import Aside, Written

MEMBER = "member"
STAFF = "p-"
UUID_VERSION = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A registration with what the door found out about it."""

    body: Registration
    unit: str
    pack: Pack
    parts: Split
    customer: str | None
    received_at: datetime
    known: KnownCustomer = NOBODY
    ticket: str | None = None

    @property
    def repeats_since(self) -> datetime:
        """From when on an earlier complaint of the customer may be about the same."""
        return self.received_at - timedelta(days=self.pack.intake.repeats.window_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record as a door read it: what an amendment is checked against."""

    id: UUID
    unit: str
    policy: str
    facts: FormFacts
    particulars: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class _Said:
    severity: str | None
    flags: tuple[str, ...]


def unit_for(organisation: Organisation, named: str | None, by: Actor) -> str:
    """The recording unit: the one named, or the only one the actor has.

    Raises UnitUnknown, UnitNotYours.
    """
    own = named or (next(iter(by.units)) if len(by.units) == 1 else None)
    if own is None or organisation.unit(own) is None:
        code = "missing" if own is None else "not-allowed-value"
        raise UnitUnknown(errors=[Pointer("/unit", code, "")])
    if not by.sees(own):
        raise UnitNotYours
    return own


def require_sense(pack: Pack, organisation: Organisation, body: Registration) -> None:
    """Raises IdNotOurs, ClassificationInvalid, UnitUnknown: words nobody here knows."""
    require_version(body.id)
    require_entry(pack, channel=body.channel, complainant_type=body.complainant_type)
    said = _Said(body.severity, tuple(body.flags))
    require_words(pack, kind=body.kind, classification=body.classification, said=said)
    require_accused(organisation, body.accused)


def require_version(own: UUID | None) -> None:
    """Raises IdNotOurs when an id of the caller's own is not time-ordered (RFC 9562)."""
    if own is not None and own.version != UUID_VERSION:
        raise IdNotOurs(errors=[Pointer("/id", "malformed", "")])


def require_accused(organisation: Organisation, accused: Sequence[str]) -> None:
    """Raises UnitUnknown for what is neither a staff id nor a unit of the organisation."""
    wrong = [
        Pointer(f"/accused/{index}", "not-allowed-value", "")
        for index, each in enumerate(accused)
        if not each.startswith(STAFF) and organisation.unit(each) is None
    ]
    if wrong:
        raise UnitUnknown(errors=wrong)


def form_facts(body: Registration) -> FormFacts:
    """What decides which fields must be filled."""
    return FormFacts(
        kind=body.kind,
        channel=body.channel,
        complainant_type=body.complainant_type,
        flags=frozenset(body.flags),
    )


def phone_of(pack: Pack, particulars: Mapping[str, Attribute]) -> str | None:
    """The number the complainant left, as typed."""
    fields = (each for each in pack.intake.fields if each.type is FieldType.PHONE)
    found = next((particulars[each.code] for each in fields if each.code in particulars), None)
    return found if isinstance(found, str) else None


def vault(complaint: UUID, organisation: str, particulars: Mapping[str, Attribute]) -> list[Aside]:
    """Who it is about, for the vault and for nothing else; nothing for an unknown caller."""
    if not particulars:
        return []
    values = {
        "complaint": complaint,
        "organisation": organisation,
        "values": orjson.dumps(particulars),
    }
    return [Aside(table=PARTICULARS, values=values, replaces=("values",))]


def refs_of(texts: Sequence[Written]) -> tuple[TextRef, ...]:
    """What events may know of texts."""
    return tuple(
        TextRef(id=text.id, subject=text.subject, commitment=text.commitment) for text in texts
    )


def command_of(
    entry: Entry, complaint_id: UUID, reference: str, texts: Sequence[Written]
) -> RegisterComplaint:
    """The command a registration becomes."""
    body, parts = entry.body, entry.parts
    return RegisterComplaint(
        complaint_id=complaint_id,
        reference=reference,
        kind=body.kind,
        channel=body.channel,
        complainant_type=body.complainant_type,
        unit=entry.unit,
        policy=entry.pack.ref,
        received_at=body.received_at,
        customer=entry.customer,
        member=entry.known.member or body.complainant_type == MEMBER,
        key_customer=entry.known.key_customer,
        classification=body.classification,
        severity=body.severity,
        flags=tuple(sorted(set(body.flags))),
        attributes=parts.attributes,
        accused=tuple(dict.fromkeys(body.accused)),
        filled=parts.filled,
        texts=refs_of(texts),
        hotline_ticket=entry.ticket,
    )


def amendment_of(
    body: Amendment, parts: Split, texts: Sequence[Written], customer: str | None
) -> AmendComplaint:
    """The command an amendment becomes."""
    return AmendComplaint(
        attributes=parts.attributes,
        particulars=tuple(parts.particulars),
        filled=parts.filled,
        texts=refs_of(texts),
        accused=None if body.accused is None else tuple(dict.fromkeys(body.accused)),
        customer=customer,
    )
