"""The compensation file of one complaint: what was claimed, promised, granted, and by whom."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from shared.kernel.clocks import Clock
from shared.kernel.policy.authority import How
from shared.kernel.policy.words import Because
from shared.kernel.replacing import replace

AMOUNT_MAX_MINOR = 10**12
MONEY_KINDS = frozenset({"refund", "cash"})
"""Remedies that somebody must pay out; the others are handed over with the resolution."""


class Status(StrEnum):
    """Whether anything may still be decided in the dossier."""

    OPEN = "open"
    FROZEN = "frozen"  # asked whether it may close (decision 17)
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class ClaimStatus(StrEnum):
    """How far a claim has come."""

    PROPOSED = "proposed"
    AUTHORISED = "authorised"
    PAID = "paid"
    SIGNED = "signed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"
    REVERSED = "reversed"


LIVE = frozenset(
    {ClaimStatus.PROPOSED, ClaimStatus.AUTHORISED, ClaimStatus.PAID, ClaimStatus.SIGNED}
)
GIVEN = frozenset({ClaimStatus.PAID, ClaimStatus.SIGNED})
COMMITTED = frozenset({ClaimStatus.AUTHORISED, *GIVEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalStep:
    """One thing a role must do before money moves; `by` did it, `delegation` says for whom."""

    role: str
    how: How
    by: str | None = None
    at: datetime | None = None
    delegation: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why something needs whom: the row, in which version, and the facts it tested."""

    subject: UUID
    at: datetime
    pack: str
    version: str
    hash: str
    row: str
    because: tuple[Because, ...]
    verdict: str
    exposure_minor: int
    steps: tuple[ApprovalStep, ...] = ()


@dataclass(frozen=True, kw_only=True)  # no slots: replaced at every event
class Claim:
    """Something proposed to be given. Amounts in minor units; `exposure_minor` is what it was
    tested on, `covers` the claims and promises counted in that, `strictness` orders requirements.
    """

    id: UUID
    remedy: str
    kind: str
    currency: str
    face_minor: int
    cost_minor: int
    counts: bool
    extra: bool
    signature: bool
    flags: tuple[str, ...]
    proposer: str
    proposer_roles: tuple[str, ...]
    proposed_at: datetime
    row: str
    exposure_minor: int
    covers: tuple[UUID, ...] = ()
    strictness: tuple[int, int, int] = (0, 0, 0)
    steps: tuple[ApprovalStep, ...] = ()
    status: ClaimStatus = ClaimStatus.PROPOSED
    round: int = 1
    entitlement_id: UUID | None = None
    promise_id: UUID | None = None
    note_id: UUID | None = None
    authorised_at: datetime | None = None
    paid_by: str | None = None
    paid_at: datetime | None = None
    proof: str | None = None
    signature_evidence: UUID | None = None
    review: str | None = None
    clock: Clock | None = None

    @property
    def live(self) -> bool:
        """Whether it still counts: waiting, authorised or given."""
        return self.status in LIVE

    @property
    def pending(self) -> int | None:
        """The number of the step that is next, from 1; None when none is."""
        if self.status is not ClaimStatus.PROPOSED:
            return None
        return next((n for n, step in enumerate(self.steps, 1) if step.by is None), None)

    @property
    def payment_due(self) -> bool:
        """Whether somebody must pay it out: money, and whatever the payee signs for (MALL-36)."""
        owed = self.kind in MONEY_KINDS or self.signature
        return owed and self.status is ClaimStatus.AUTHORISED

    @property
    def signature_due(self) -> bool:
        """Whether the payee has still to sign."""
        return self.signature and self.status is ClaimStatus.PAID

    @property
    def duties(self) -> tuple[tuple[str, str], ...]:
        """Who did what so far, as (duty, person)."""
        taken = [(str(step.how), step.by) for step in self.steps if step.by]
        paid = [("pay", self.paid_by)] if self.paid_by else []
        return (("propose", self.proposer), *taken, *paid)

    def with_step(self, number: int, step: ApprovalStep) -> "Claim":
        """The claim with step `number` (from 1) replaced."""
        steps = (*self.steps[: number - 1], step, *self.steps[number:])
        return replace(self, steps=steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something promised to the complainant, within authority or not (N1)."""

    id: UUID
    remedy: str
    currency: str
    face_minor: int
    cost_minor: int
    counts: bool
    extra: bool
    promised_by: str
    promised_at: datetime
    verdict: Literal["allowed", "needs", "forbidden"]
    needs: tuple[str, ...]
    row: str
    covers: tuple[UUID, ...] = ()
    released: str | None = None
    """Why it is owed no longer: a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the published terms grant for goods, with the evidence each fact was taken from."""

    id: UUID
    at: datetime
    goods: str
    installation: str
    fault: str
    grants: tuple[str, ...]
    rows: tuple[str, ...]
    evidence: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)  # no slots: replaced at every event
class Dossier:
    """State of the aggregate; its id is the complaint's."""

    id: UUID
    organisation: str
    policy: str
    kind: str
    unit: str
    handling_unit: str
    customer: str | None = None
    complainant_type: str = ""
    classification: tuple[tuple[str, str], ...] = ()
    severity: str = ""
    tier: str = ""
    flags: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str | int | bool], ...] = ()
    accused: tuple[str, ...] = ()
    found_accused: tuple[str, ...] = ()
    confirmed: bool = False
    fault_confirmed: bool = False
    status: Status = Status.OPEN
    round: int = 0
    withdrawn: bool = False
    links: tuple[UUID, ...] = ()
    evidence: tuple[UUID, ...] = ()
    grants: tuple[Grant, ...] = ()
    promises: tuple[Promise, ...] = ()
    claims: tuple[Claim, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def claim(self, claim_id: UUID) -> Claim | None:
        """The claim with this id, or None."""
        return next((claim for claim in self.claims if claim.id == claim_id), None)

    def promise(self, promise_id: UUID) -> Promise | None:
        """The promise with this id, or None."""
        return next((promise for promise in self.promises if promise.id == promise_id), None)

    def grant(self, grant_id: UUID) -> Grant | None:
        """The entitlement with this id, or None."""
        return next((grant for grant in self.grants if grant.id == grant_id), None)

    def carried(self, promise: Promise, among: frozenset[ClaimStatus] = LIVE) -> bool:
        """Whether a claim in one of these states carries the promise."""
        return any(c.promise_id == promise.id and c.status in among for c in self.claims)

    def owes(self, promise: Promise) -> bool:
        """Whether it is still to be made good: not released, no claim authorised for it."""
        kept = self.carried(promise, COMMITTED | {ClaimStatus.REVERSED})
        return promise.released is None and not kept

    def open_items(self) -> tuple[str, ...]:
        """What must be settled before the case closes, as gate codes of the vocabulary."""
        found = {
            "no_open_approval": any(c.status is ClaimStatus.PROPOSED for c in self.claims),
            "no_open_payment": any(c.payment_due for c in self.claims),
            "no_open_signature": any(c.signature_due for c in self.claims),
            "no_open_promise": any(self.owes(promise) for promise in self.promises),
        }
        return tuple(code for code, is_open in found.items() if is_open)

    def with_claim(self, claim: Claim) -> "Dossier":
        """The dossier with this claim put in the place of its former self."""
        claims = tuple(claim if known.id == claim.id else known for known in self.claims)
        return replace(self, claims=claims)
