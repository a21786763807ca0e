"""A year of complaints that nobody made: drawn over a pack's vocabulary, alike for a like seed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from shared.kernel.policy.compensation import Remedy
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.routing import RoutingFacts
from shared.kernel.policy.simulating import PastClaim, PastComplaint
from shared.kernel.policy.spaces import routing_space
from shared.kernel.policy.vocabulary import CLAIM_FLAGS, FLAGS

SHARE_WITH_CLAIM = 0.35
SHARE_WITH_FLAG = 0.04
"""How often each flag is raised; injuries and the press are rarer still."""
RARE = {"injury": 0.004, "press": 0.004, "legal_liability": 0.01}
AMOUNT = (5.6, 1.5)
"""Mean and deviation of the logarithm of an amount in whole currency units: median 270, with a long
tail.
"""
HOURS_TO = {
    "acknowledged": (0.3, 0.8),
    "confirmed": (0.3, 0.9),
    "progress_told": (6.0, 0.9),
    "resolution_proposed": (10.0, 0.9),
    "customer_told": (14.0, 0.9),
    "resolution_accepted": (16.0, 0.9),
    "resolution_executed": (22.0, 0.9),
    "reply_delivered": (40.0, 0.6),
    "closed": (70.0, 0.5),
}
"""Median hours after receipt and the deviation of their logarithm, in a case's order."""
CATEGORY_SKEW = 0.6
"""Each further code of an axis is this much rarer than the one before it."""


def generated(
    pack: Pack, count: int, *, seed: int, first: date, last: date
) -> Iterator[PastComplaint]:
    """`count` complaints received from `first` to `last`, in order of receipt."""
    draw = Random(seed)  # noqa: S311 — nothing is secret in a simulation
    start = datetime.combine(first, time(8), tzinfo=UTC)
    span = max((datetime.combine(last, time(20), tzinfo=UTC) - start).total_seconds(), 1.0)
    until = start + timedelta(seconds=span) + timedelta(days=30)
    space = routing_space(pack)
    axes = [(axis, sorted(codes)) for axis, codes in space.codes]
    for number in range(count):
        at = start + timedelta(seconds=int(span * number / count))
        facts = _facts(draw, axes)
        yield PastComplaint(
            reference=f"G-{seed}-{number + 1:06}",
            facts=facts,
            received_at=at,
            until=until,
            happened=_happened(draw, at),
            claims=_claims(draw, pack, facts) if draw.random() < SHARE_WITH_CLAIM else (),
        )


def _facts(draw: Random, axes: list[tuple[str, list[str]]]) -> RoutingFacts:
    codes = {axis: _skewed(draw, known) for axis, known in axes}
    raised = [flag for flag in sorted(FLAGS) if draw.random() < RARE.get(flag, SHARE_WITH_FLAG)]
    repeats = min(int(draw.expovariate(2.5)), 5)
    return RoutingFacts(**codes, repeats=repeats, flags=frozenset(raised))  # type: ignore[arg-type]


def _skewed(draw: Random, codes: list[str]) -> str:
    for code in codes[:-1]:
        if draw.random() < 1 - CATEGORY_SKEW:
            return code
    return codes[-1] if codes else ""


def _happened(draw: Random, received_at: datetime) -> dict[str, datetime]:
    """What happened in its order; now and then a complaint stops half way."""
    happened = {"received": received_at, "registered": received_at}
    hours = 0.0
    for occurrence, (median, deviation) in HOURS_TO.items():
        if draw.random() < 0.02:
            break
        hours = max(hours, median * draw.lognormvariate(0, deviation))
        happened[occurrence] = received_at + timedelta(hours=hours)
    return happened


def _claims(draw: Random, pack: Pack, facts: RoutingFacts) -> tuple[PastClaim, ...]:
    remedies = sorted(pack.compensation.remedies, key=lambda remedy: remedy.order)
    chosen = [draw.choice(remedies) for _ in range(1 + (draw.random() < 0.15))]
    carried = facts.flags & CLAIM_FLAGS
    claims: list[PastClaim] = []
    beside = 0
    for remedy in chosen:
        claim = _claim(draw, pack, remedy, carried, beside)
        beside += claim.cost_minor if remedy.counts_in_exposure else 0
        claims.append(claim)
    return tuple(claims)


def _claim(
    draw: Random, pack: Pack, remedy: Remedy, carried: frozenset[str], beside: int
) -> PastClaim:
    face = int(draw.lognormvariate(*AMOUNT)) * 100 + draw.choice((0, 0, 0, 50, 99))
    known = [flag for flag in ("within_terms", "fault_confirmed") if draw.random() < 0.5]
    clerk = min(pack.roles, key=lambda role: 99 if role.rank is None else role.rank)
    return PastClaim(
        remedy=remedy.code,
        face_minor=face,
        cost_minor=remedy.company_cost_minor(face, entered_minor=face),
        beside_minor=beside,
        flags=carried | frozenset(known),
        proposer_roles=frozenset({clerk.code}),
    )
