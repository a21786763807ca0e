"""Facts as neighbours tell them to followup."""

from datetime import datetime
from uuid import UUID

from shared.contracts.intake import ComplaintRegisteredV1, Policy, ServiceCompletedV1
from tests.support.packs import AUTO

DESK = "hq.store-001.service-desk"
PINNED = Policy(pack=AUTO.id, version=AUTO.version, hash=AUTO.hash)


def registered(complaint: UUID, at: datetime, **changes: object) -> ComplaintRegisteredV1:
    """A complaint at the first store's desk, received at `at`."""
    values: dict[str, object] = {
        "complaint_id": complaint,
        "reference": "KS-2026-000123",
        "kind": "complaint",
        "channel": "store",
        "complainant_type": "customer",
        "recording_unit": DESK,
        "classification": {"category": "goods_quality", "workflow": "complaint"},
        "awaits_confirmation": False,
        "registered_by": "p-clerk-1a",
        "received_at": at,
        "policy": PINNED,
    }
    return ComplaintRegisteredV1.model_validate(values | changes)


def served(visit: UUID, at: datetime, customer: str, **changes: object) -> ServiceCompletedV1:
    """A member was served at the first store's desk."""
    values: dict[str, object] = {
        "visit_id": visit,
        "customer": customer,
        "member": True,
        "callback_consent": True,
        "reachable": True,
        "unit": DESK,
        "completed_at": at,
        "policy": PINNED,
    }
    return ServiceCompletedV1.model_validate(values | changes)
