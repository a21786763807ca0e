"""Rows into what a person reads: the record with its complainant masked, pages, entries."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from services.intake_service.domain.masking import HIDDEN, masked_name, masked_phone
from shared.kernel.policy.intake import FieldType
from shared.kernel.policy.pack import Pack

_PLAIN = (
    "id",
    "reference",
    "status",
    "kind",
    "is_complaint",
    "channel",
    "complainant_type",
    "customer",
    "member",
    "key_customer",
    "unit",
    "received_at",
    "registered_at",
    "registered_by",
    "confirmed_at",
    "confirmed_by",
    "classification",
    "severity",
    "flags",
    "attributes",
    "accused",
    "missing",
    "evidence",
    "links",
    "withdrawal",
    "hotline_ticket",
    "policy",
)
_STANDING = ("status", "tier", "unit", "person", "offered_to", "told_at", "replied_at")


def shown(row: Mapping[str, Any], pack: Pack) -> dict[str, Any]:
    """One record, from its row; particulars masked whoever reads."""
    state = orjson.loads(row["state"])
    view = {name: state[name] for name in _PLAIN}
    view["complainant"] = masked(orjson.loads(row["values"] or b"{}"), pack)
    view["texts"] = [_text(each) for each in state["texts"]]
    view["contacts"] = [each | {"text": _id(each["text"])} for each in state["contacts"]]
    view["evidence"] = [each | {"note": _id(each["note"])} for each in state["evidence"]]
    view["closing"] = state["frozen"]
    view["standing"] = standing(row)
    view["revision"] = row["revision"]
    return view


def masked(particulars: Mapping[str, Any], pack: Pack) -> dict[str, str]:
    """Enough to recognise the complainant by, too little to reach them."""
    types = {field.code: field.type for field in pack.intake.fields}
    return {code: _masked(types.get(code), str(value)) for code, value in particulars.items()}


def standing(row: Mapping[str, Any]) -> dict[str, Any]:
    """How the work stands, with what is owed soonest, from the row beside the record, if any."""
    shown: dict[str, Any] = {name: row.get(f"standing_{name}") or None for name in _STANDING}
    owed = {name: at for name, at in orjson.loads(row.get("standing_dues") or b"{}").items() if at}
    soonest = min(owed, key=lambda name: (owed[name], name), default=None)
    return shown | {
        "promises": row.get("standing_promises") or 0,
        "next_due": soonest,
        "next_due_at": owed[soonest] if soonest else None,
        "promise_due_at": owed.get("promise"),
        "callback_due_at": owed.get("callback"),
    }


def entries(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Journal rows as they were hashed, without the chain's own fields."""
    return [
        {
            "seq": row["seq"],
            "type": row["type"],
            "at": row["at"],
            "actor": row["actor"],
            "policy": row["policy"],
            "data": orjson.loads(row["entry"])["data"],
        }
        for row in rows
    ]


def _masked(kind: FieldType | None, value: str) -> str:
    match kind:
        case FieldType.NAME:
            return masked_name(value)
        case FieldType.PHONE:
            return masked_phone(value)
        case _:
            return HIDDEN


def _text(ref: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": ref["id"], "subject": ref["subject"]}


def _id(ref: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 an id or nothing
    return ref["id"] if ref else None
