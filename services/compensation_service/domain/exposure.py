"""Cumulative exposure: what counts beside a claim, so that no sum can be split below a limit (N3).

A claim is tested on itself and everything that came before it in its case and the linked ones.
What came later counts too when it was committed without having counted this claim: that happens
when a link arrives late (decision 22).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.compensation_service.domain.dossier import COMMITTED, Claim, Dossier, Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What counts beside a claim: the sum, whether any of it is extra compensation, and which."""

    minor: int = 0
    extra: bool = False
    covers: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One claim or promise as it counts for others."""

    id: UUID
    since: datetime
    minor: int
    extra: bool
    committed: bool
    covers: tuple[UUID, ...]


def exposure_of(dossier: Dossier) -> int:
    """What this case alone weighs, in minor units: live claims and open promises."""
    return sum(item.minor for item in _items(dossier))


def beside(
    dossiers: Iterable[Dossier],
    subject: UUID,
    since: datetime,
    *,
    without: UUID | None = None,
) -> Beside:
    """What counts beside `subject`, proposed at `since`; `without` is the promise it carries."""
    counted = [
        item
        for dossier in dossiers
        for item in _items(dossier)
        if item.id not in {subject, without} and _counts(item, subject, since)
    ]
    return Beside(
        minor=sum(item.minor for item in counted),
        extra=any(item.extra for item in counted),
        covers=tuple(item.id for item in counted),
    )


def _counts(item: Item, subject: UUID, since: datetime) -> bool:
    earlier = (item.since, item.id.bytes) < (since, subject.bytes)
    return earlier or (item.committed and subject not in item.covers)


def _items(dossier: Dossier) -> list[Item]:
    claims = [_claim(claim) for claim in dossier.claims if claim.live]
    owed = [p for p in dossier.promises if dossier.owes(p) and not dossier.carried(p)]
    return [*claims, *(_promise(promise) for promise in owed)]


def _claim(claim: Claim) -> Item:
    return Item(
        id=claim.id,
        since=claim.proposed_at,
        minor=claim.cost_minor if claim.counts else 0,
        extra=claim.extra,
        committed=claim.status in COMMITTED,
        covers=claim.covers,
    )


def _promise(promise: Promise) -> Item:
    return Item(
        id=promise.id,
        since=promise.promised_at,
        minor=promise.cost_minor if promise.counts else 0,
        extra=promise.extra,
        committed=True,
        covers=promise.covers,
    )
