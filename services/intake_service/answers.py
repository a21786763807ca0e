"""What doors answer, as bytes: ids, codes, statuses and moments, for they are kept for replay."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from services.intake_service.domain.complaint import Complaint
from services.intake_service.domain.words import Status
from shared.plumbing.changes import Answer, Head

BASE = "/intake/v1/complaints"

Answering: TypeAlias = Callable[[Complaint, Head], Answer]


def registered(repeats: Sequence[Mapping[str, Any]]) -> Answering:
    """A record was made; these earlier ones may be about the same."""

    def answering(state: Complaint, head: Head) -> Answer:
        body = {
            "id": state.id,
            "reference": state.reference,
            "status": state.status,
            "kind": state.kind,
            "unit": state.unit,
            "received_at": state.received_at,
            "awaits_confirmation": state.status is Status.AWAITING_CONFIRMATION,
            "missing": state.missing,
            "possible_repeats": repeats,
        }
        return Answer(
            status=201,
            body=orjson.dumps(body),
            revision=head.revision,
            location=f"{BASE}/{state.id}",
        )

    return answering


def changed(added: UUID | None = None, *, status: int = 200) -> Answering:
    """A record was changed; `added` is the id of what came to it."""

    def answering(state: Complaint, head: Head) -> Answer:
        body: dict[str, Any] = {
            "id": state.id,
            "reference": state.reference,
            "status": state.status,
            "kind": state.kind,
            "revision": head.revision,
        }
        body |= {"added": added} if added else {}
        return Answer(status=status, body=orjson.dumps(body), revision=head.revision)

    return answering
