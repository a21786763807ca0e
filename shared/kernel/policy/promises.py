"""The promise guard: may I promise this? Allowed, needs whom, or forbidden; the row, what is left,
what else I may.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.policy.authority import AuthorityFacts, Requirement, Verdict
from shared.kernel.policy.boxes import Within
from shared.kernel.policy.compensation import CompensationPolicy, Remedy


class PromiseVerdict(StrEnum):
    ALLOWED = "allowed"
    NEEDS = "needs"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFacts:
    """Who wants to promise what. `exposure_minor` is what is already given or promised, *without*
    this promise.
    """

    roles: frozenset[str]
    remedy: str
    face_minor: int
    exposure_minor: int
    flags: frozenset[str] = frozenset()
    entered_cost_minor: int | None = None
    severity: str = ""
    tier: str = ""
    complainant_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another remedy that this person may promise alone, up to this face value (None: no limit of
    amount).
    """

    remedy: str
    up_to_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseAnswer:
    """The guard's answer. `needs` are the roles that must approve. `headroom_minor`: how much
    company cost this person may still promise alone on this exposure; None when no amount limits
    it.
    """

    verdict: PromiseVerdict
    row: str
    needs: tuple[str, ...]
    headroom_minor: int | None
    alternatives: tuple[Alternative, ...]
    requirement: Requirement


class UnknownRemedy(ValueError):
    """The pack has no such remedy."""


def may_promise(policy: CompensationPolicy, facts: PromiseFacts) -> PromiseAnswer:
    """Whether these roles may promise this now. Raises UnknownRemedy."""
    remedy = policy.remedy(facts.remedy)
    if remedy is None:
        raise UnknownRemedy(facts.remedy)
    requirement = policy.required_authority(_after(remedy, facts, facts.face_minor))
    alone = _alone(policy, facts.roles, requirement)
    return PromiseAnswer(
        verdict=_verdict(requirement, alone=alone),
        row=requirement.row,
        needs=() if alone else requirement.approvers,
        headroom_minor=_headroom(policy, remedy, facts),
        alternatives=_alternatives(policy, facts),
        requirement=requirement,
    )


def _verdict(requirement: Requirement, *, alone: bool) -> PromiseVerdict:
    if requirement.verdict is Verdict.REFUSED:
        return PromiseVerdict.FORBIDDEN
    return PromiseVerdict.ALLOWED if alone else PromiseVerdict.NEEDS


def _alone(policy: CompensationPolicy, roles: frozenset[str], requirement: Requirement) -> bool:
    """A promise is one's own when one settles alone, or could give every approval it needs."""
    if requirement.verdict is Verdict.SETTLED:
        return True
    approvers = requirement.approvers
    return bool(approvers) and all(policy.ranks.fills(roles, role) for role in approvers)


def _after(remedy: Remedy, facts: PromiseFacts, face_minor: int) -> AuthorityFacts:
    cost = remedy.company_cost_minor(face_minor, entered_minor=facts.entered_cost_minor)
    counted = cost if remedy.counts_in_exposure else 0
    extra = frozenset({"extra_compensation"}) if remedy.extra else frozenset()
    return _at(facts, facts.exposure_minor + counted, facts.flags | extra)


def _at(facts: PromiseFacts, exposure_minor: int, flags: frozenset[str]) -> AuthorityFacts:
    return AuthorityFacts(
        exposure_minor=exposure_minor,
        proposer_roles=facts.roles,
        severity=facts.severity,
        tier=facts.tier,
        complainant_type=facts.complainant_type,
        flags=flags,
    )


def _headroom(policy: CompensationPolicy, remedy: Remedy, facts: PromiseFacts) -> int | None:
    """The highest exposure these roles may decide alone for this remedy, less what is used up."""
    flags = facts.flags | ({"extra_compensation"} if remedy.extra else frozenset())
    if not remedy.counts_in_exposure:
        here = policy.required_authority(_at(facts, facts.exposure_minor, flags))
        return None if _alone(policy, facts.roles, here) else 0
    edges = [edge for edge in _edges(policy) if edge is None or edge >= facts.exposure_minor]
    far = (max((e for e in edges if e is not None), default=facts.exposure_minor)) + 1
    best: int | None = 0
    for edge in edges:
        at = far if edge is None else edge
        if _alone(policy, facts.roles, policy.required_authority(_at(facts, at, flags))):
            best = None if edge is None else edge - facts.exposure_minor
    return best


def _edges(policy: CompensationPolicy) -> list[int | None]:
    """The upper ends of all bands, lowest first; None for the band without an end."""
    tests = [row.when.on("exposure_minor") for row in policy.ladder]
    ends = {test.high for test in tests if isinstance(test, Within) and test.high is not None}
    limits = {row.limit_minor for row in policy.settlements if row.limit_minor is not None}
    return [*sorted(ends | limits), None]


def _alternatives(policy: CompensationPolicy, facts: PromiseFacts) -> tuple[Alternative, ...]:
    """What else these roles may promise alone, the cheapest first."""
    others = [remedy for remedy in policy.remedies if remedy.code != facts.remedy]
    rooms = [(r, _headroom(policy, r, facts)) for r in sorted(others, key=lambda r: r.order)]
    return tuple(
        Alternative(remedy=remedy.code, up_to_minor=room)
        for remedy, room in rooms
        if room is None or room > 0
    )
