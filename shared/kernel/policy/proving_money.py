"""What is proved of money: every claim has exactly one answer, and a higher amount no lower one."""

from collections.abc import Iterator
from itertools import combinations

from shared.kernel.policy.authority import How, LadderRow, Ranks
from shared.kernel.policy.boxes import Box, Within
from shared.kernel.policy.compensation import DelegationRule
from shared.kernel.policy.entitlements import TermRow
from shared.kernel.policy.finding import Finding, error, warning
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.partition import Grid, Point, grid_of, meeting, shared, uncovered
from shared.kernel.policy.spaces import claim_space, goods_space, plainest, sample_of

AMOUNT = "exposure_minor"
REFUSED_RANK = 1_000
"""An explicit refusal stands above every role."""


def ladder_findings(pack: Pack) -> Iterator[Finding]:
    """The ladder takes every claim exactly once, and climbs; so does settling alone."""
    rows = pack.compensation.ladder
    space = claim_space(pack)
    grid = grid_of(space, [row.when for row in rows])
    if (gap := uncovered(grid, [row.when for row in rows])) is not None:
        what = "an amount that nobody may approve and no row refuses"
        example = sample_of(space, gap)
        yield error("ladder", "authority-gap", what, mend="join the bands", complaint=example)
    for one, other in combinations(rows, 2):
        if (point := shared(grid, one.when, other.when)) is not None:
            yield _both_decide(pack, one, other, point)
    yield from _without_approver(rows)
    yield from _descents(pack, grid)
    yield from _settlements(pack)


def delegation_findings(pack: Pack) -> Iterator[Finding]:
    """Nobody delegates upwards, in a circle, or more than they may approve (AUTO-06)."""
    rules = pack.compensation.delegations
    for rule in rules:
        if _returns(rule, rules):
            what = f"what '{rule.giver}' delegates comes back to '{rule.giver}'"
            way = f"{rule.giver} → {rule.taker} → … → {rule.giver}"
            mend = "drop one of the delegations"
            yield error(rule.id, "delegation-loop", what, example=way, mend=mend)
        elif _upwards(rule, pack.ranks):
            what = f"'{rule.taker}' does not stand below '{rule.giver}'"
            yield error(rule.id, "delegation-upwards", what, mend="delegate to a lower role")
        elif (limit := _own_limit(rule.giver, pack)) is not None and rule.limit_minor > limit:
            what = f"'{rule.giver}' may approve less than it delegates"
            example = sample_of(claim_space(pack), ((AMOUNT, limit + 1),))
            mend = "lower the limit"
            yield error(rule.id, "delegation-beyond", what, mend=mend, complaint=example)


def term_findings(pack: Pack) -> Iterator[Finding]:
    """Every row of the published terms can grant something, and somebody can give it."""
    terms = pack.compensation.terms
    space = goods_space(pack)
    grid = grid_of(space, [row.when for row in terms])
    barring = [row.when for row in terms if row.excludes]
    given = {remedy.grant for remedy in pack.compensation.remedies}
    for row in (row for row in terms if not row.excludes):
        example = plainest(space, row.when)
        if not row.grants:
            what = "the row neither grants nor excludes anything"
            yield warning(row.id, "term-idle", what, mend="say what it grants", complaint=example)
        elif uncovered(grid, barring, within=row.when) is None:
            what = "the row can never grant anything: exclusions take all it takes"
            mend = "narrow the exclusion or drop the row"
            yield warning(row.id, "term-unreachable", what, mend=mend, complaint=example)
        yield from _ungiven(row, row.grants - given)


def _both_decide(pack: Pack, one: LadderRow, other: LadderRow, point: Point) -> Finding:
    what = f"'{one.id}' and '{other.id}' both decide"
    mend = "let one band begin above the end of the other"
    example = sample_of(claim_space(pack), point)
    return error(other.id, "authority-overlap", what, mend=mend, complaint=example)


def _without_approver(rows: tuple[LadderRow, ...]) -> Iterator[Finding]:
    for row in rows:
        if row.steps and not any(step.how is How.APPROVE for step in row.steps):
            what = "somebody proposes or reviews, but nobody approves"
            mend = "add a role that approves, or no steps at all to refuse"
            yield error(row.id, "authority-unapproved", what, mend=mend)


def _descents(pack: Pack, grid: Grid) -> Iterator[Finding]:
    """A higher amount never needs a lower role, all else being equal."""
    rows, ranks = pack.compensation.ladder, pack.ranks
    for low, high in combinations(sorted(rows, key=_begins), 2):
        heights = _height(low, ranks), _height(high, ranks)
        if _begins(low) == _begins(high) or None in heights:
            continue
        alike = shared(grid, _without_amount(low.when), _without_amount(high.when))
        if alike is not None and (heights[1] or 0) < (heights[0] or 0):
            what = f"a higher amount needs a lower role than under '{low.id}'"
            said = [pair for pair in alike if pair[0] != AMOUNT]
            example = sample_of(claim_space(pack), (*said, (AMOUNT, _begins(high))))
            mend = "swap the roles"
            yield error(high.id, "authority-descends", what, mend=mend, complaint=example)


def _settlements(pack: Pack) -> Iterator[Finding]:
    rows = pack.compensation.settlements
    space = claim_space(pack)
    for row in rows:
        if row.limit_minor is not None and _begins(row) > row.limit_minor:
            what = "nobody ever settles under this row: its amounts begin above its own limit"
            example = plainest(space, row.when)
            mend = "raise the limit or drop the row"
            yield warning(row.id, "settlement-unreachable", what, mend=mend, complaint=example)
    for one, other in combinations(rows, 2):
        if (both := meeting(one.when, other.when)) is not None:
            what = f"'{one.id}' and '{other.id}' both let somebody settle alone"
            mend = "let one of them leave out what the other takes"
            example = plainest(space, both)
            yield error(other.id, "settlement-overlap", what, mend=mend, complaint=example)


def _begins(row: object) -> int:
    when: Box = getattr(row, "when", Box())
    band = when.on(AMOUNT)
    return band.low if isinstance(band, Within) else 0


def _without_amount(box: Box) -> Box:
    return Box(tuple(test for test in box.tests if test.axis != AMOUNT))


def _height(row: LadderRow, ranks: Ranks) -> int | None:
    """The highest rank that must approve; a refusal stands above all; None: nobody approves."""
    deciding = [step.role for step in row.steps if step.how is How.APPROVE]
    if not row.steps:
        return REFUSED_RANK
    return max((ranks.of(role) or 0 for role in deciding), default=None)


def _returns(rule: DelegationRule, rules: tuple[DelegationRule, ...]) -> bool:
    reached: set[str] = set()
    ahead = {rule.taker}
    while ahead:
        reached |= ahead
        ahead = {other.taker for other in rules if other.giver in ahead} - reached
    return rule.giver in reached


def _upwards(rule: DelegationRule, ranks: Ranks) -> bool:
    giver, taker = ranks.of(rule.giver), ranks.of(rule.taker)
    return giver is not None and taker is not None and taker >= giver


def _own_limit(role: str, pack: Pack) -> int | None:
    """The highest exposure this role may decide alone; None: no amount limits it."""
    held = frozenset({role})
    ends = [
        band.high if isinstance(band := row.when.on(AMOUNT), Within) else None
        for row in pack.compensation.ladder
        if row.steps and _alone(row, held, pack.ranks)
    ]
    known = [end for end in ends if end is not None]
    return None if len(known) < len(ends) else max(known, default=0)


def _alone(row: LadderRow, held: frozenset[str], ranks: Ranks) -> bool:
    deciding = [step.role for step in row.steps if step.how is How.APPROVE]
    return all(ranks.fills(held, role) for role in deciding)


def _ungiven(row: TermRow, grants: frozenset[str]) -> Iterator[Finding]:
    for grant in sorted(grants):
        what = f"the terms grant a {grant}, and no remedy gives one"
        yield error(row.id, "grant-ungiven", what, mend=f"add a remedy whose grant is {grant}")
