"""The proofs over tables: every complaint reaches a unit and a clock, every amount an answer.

A pack's rows are boxes over a closed vocabulary, so these are proofs and not tests: where nothing
is found, there is no complaint, and no amount to the cent, for which it could be.
"""

from collections.abc import Iterator

from shared.kernel.policy.finding import Finding
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.proving_chain import chain_findings
from shared.kernel.policy.proving_money import delegation_findings, ladder_findings, term_findings
from shared.kernel.policy.proving_routing import (
    clock_findings,
    form_findings,
    routing_findings,
    severity_findings,
)
from shared.kernel.policy.spaces import claim_space, goods_space, routing_space

__all__ = ["claim_space", "goods_space", "routing_space", "table_findings"]


def table_findings(pack: Pack) -> Iterator[Finding]:
    """Gaps, overlaps, rows that can never decide, ladders that step down, chains that never end."""
    yield from routing_findings(pack)
    yield from severity_findings(pack)
    yield from clock_findings(pack)
    yield from form_findings(pack)
    yield from ladder_findings(pack)
    yield from delegation_findings(pack)
    yield from term_findings(pack)
    yield from chain_findings(pack)
