"""Cumulative exposure: what counts beside a claim, so that no sum can be split below a limit (N3).

A new claim is tested on everything that stands in its case and the linked ones, and remembers
what that was (`covers`). Of two claims that were tested without each other, because the link came
later, the committed one counts for the other, and the earlier one in any case (decision 22).
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


def beside(dossiers: Iterable[Dossier], *, without: UUID | None = None) -> Beside:
    """Everything that stands: what a new claim or promise counts. `without`: the promise that the
    claim carries.
    """
    return _sum(item for item in _all(dossiers) if item.id != without)


def beside_claim(dossiers: Iterable[Dossier], claim: Claim) -> Beside:
    """What counts beside a claim that was proposed before."""
    own = {claim.id, claim.promise_id}
    return _sum(item for item in _all(dossiers) if item.id not in own and _counts(item, claim))


def _counts(item: Item, claim: Claim) -> bool:
    if item.id in claim.covers:
        return True
    if claim.id in item.covers:
        return False
    earlier = (item.since, item.id.bytes) < (claim.proposed_at, claim.id.bytes)
    return item.committed or earlier


def _sum(items: Iterable[Item]) -> Beside:
    counted = list(items)
    return Beside(
        minor=sum(item.minor for item in counted),
        extra=any(item.extra for item in counted),
        covers=tuple(item.id for item in counted),
    )


def _all(dossiers: Iterable[Dossier]) -> list[Item]:
    return [item for dossier in dossiers for item in _items(dossier)]


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
