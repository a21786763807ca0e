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


def shown(row: Mapping[str, Any], pack: Pack) -> dict[str, Any]:
    """One record, from its row; particulars masked whoever reads."""
    state = orjson.loads(row["state"])
    view = {name: state[name] for name in _PLAIN}
    view["complainant"] = masked(orjson.loads(row["values"] or b"{}"), pack)
    view["texts"] = [_text(each) for each in state["texts"]]
    view["contacts"] = [each | {"text": _id(each["text"])} for each in state["contacts"]]
    view["evidence"] = [each | {"note": _id(each["note"])} for each in state["evidence"]]
    view["closing"] = state["frozen"]
    view["standing"] = standing(state["standing"])
    view["revision"] = row["revision"]
    return view


def standing_of(state: bytes) -> dict[str, Any]:
    """How the work on a stored record stands."""
    return standing(orjson.loads(state)["standing"])


def masked(particulars: Mapping[str, Any], pack: Pack) -> dict[str, str]:
    """Enough to recognise the complainant by, too little to reach them."""
    types = {field.code: field.type for field in pack.intake.fields}
    return {code: _masked(types.get(code), str(value)) for code, value in particulars.items()}


def standing(case: Mapping[str, Any]) -> dict[str, Any]:
    """How the work stands, with what is owed soonest."""
    dues = sorted(case["dues"], key=lambda due: (due["at"], due["name"]))
    owed = {due["name"]: due["at"] for due in dues}
    first = dues[0] if dues else {"name": None, "at": None}
    kept = {name: value for name, value in case.items() if name != "dues"}
    return kept | {
        "next_due": first["name"],
        "next_due_at": first["at"],
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
