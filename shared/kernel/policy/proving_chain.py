"""What is proved of the chain of command: every tier has somebody, every way up ends at a top."""

from collections.abc import Iterator

from shared.kernel.policy.escalation import Rung
from shared.kernel.policy.finding import Finding, error, warning
from shared.kernel.policy.pack import Pack


def chain_findings(pack: Pack) -> Iterator[Finding]:
    """Missing rungs, dead ends, loops, steps downwards, rungs nobody ever climbs to."""
    tiers = [tier.code for tier in pack.escalation.tiers]
    for tier in tiers:
        if pack.escalation.rung_of(tier) is None:
            what = "nobody holds a case of this tier"
            yield error(tier, "chain-missing", what, mend="add a rung of this tier")
    for rung in pack.escalation.chain:
        yield from _upwards(rung, pack, tiers)
    yield from _never_climbed(pack)


def _upwards(rung: Rung, pack: Pack, tiers: list[str]) -> Iterator[Finding]:
    above = pack.escalation.above(rung.code)
    if rung.above is not None and above is None:
        what = f"the rung above, '{rung.above}', does not exist"
        yield error(rung.id, "chain-dead-end", what, mend="name a rung, or leave above out")
    elif (way := _way_back(pack, rung.code)) is not None:
        what = "the chain of command comes back to this rung"
        mend = "leave above out at the top"
        yield error(rung.id, "chain-loop", what, example=" → ".join(way), mend=mend)
    elif above is not None and tiers.index(above.tier) < tiers.index(rung.tier):
        what = f"the rung above, '{above.code}', belongs to a lower tier"
        example = f"a case of tier {rung.tier} escalates to tier {above.tier}"
        mend = "put the rungs in the order of the tiers"
        yield error(rung.id, "chain-descends", what, example=example, mend=mend)


def _way_back(pack: Pack, code: str) -> list[str] | None:
    """The way up from a rung when it returns to that rung, else None."""
    way = [code]
    here = pack.escalation.above(code)
    while here is not None and here.code not in way:
        way.append(here.code)
        here = pack.escalation.above(here.code)
    return [*way, code] if here is not None and here.code == code else None


def _never_climbed(pack: Pack) -> Iterator[Finding]:
    """A rung is reached as the first of its tier or from below."""
    chain = pack.escalation.chain
    firsts = {rung.code for tier in {r.tier for r in chain} if (rung := _first(pack, tier))}
    named = {rung.above for rung in chain}
    for rung in chain:
        if rung.code not in firsts | named:
            what = "no case ever comes to this rung"
            mend = "name it as above of another rung, or drop it"
            yield warning(rung.id, "chain-unreachable", what, mend=mend)


def _first(pack: Pack, tier: str) -> Rung | None:
    return pack.escalation.rung_of(tier)
