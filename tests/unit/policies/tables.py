"""Small tables of rows for the starter pack's vocabulary, and everything it can express in them."""

from dataclasses import replace
from itertools import product

from hypothesis import strategies as st

from shared.kernel.policy.authority import AuthorityFacts, How, LadderRow, Step
from shared.kernel.policy.boxes import Box, In, Is, Test, Within
from shared.kernel.policy.escalation import SeverityRow
from shared.kernel.policy.organisation import UnitSelector, Where
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.routing import RoutingFacts, RoutingRow, TaskRule
from shared.kernel.policy.words import Text
from tests.unit.policies.starter import loaded

STARTER, DEMO = loaded()
WORDS = Text(zh_hant="列", zh_hans="列", en="row")
CATEGORIES = ("", "goods", "service", "other")
CHANNELS = ("desk", "phone", "hotline")
FLAGS = ("injury", "press")
REPEATS_MAX = 6
CENTS_MAX = 12
UNITS = (UnitSelector(where=Where.RECORDING), UnitSelector(where=Where.SITE), None)
TIERS = tuple(tier.code for tier in STARTER.escalation.tiers)
TASK = STARTER.escalation.chain[0].holder


def _ranges(axis: str, most: int) -> st.SearchStrategy[Test]:
    ends = st.tuples(st.integers(0, most // 2), st.none() | st.integers(0, most // 2 - 1))
    return ends.map(lambda e: Within(axis, e[0], None if e[1] is None else e[0] + e[1]))


def _codes(axis: str, codes: tuple[str, ...]) -> st.SearchStrategy[Test]:
    return st.frozensets(st.sampled_from(codes), min_size=1).map(lambda some: In(axis, some))


def _flag(axis: str) -> st.SearchStrategy[Test]:
    return st.booleans().map(lambda value: Is(axis, value))


def boxes(*tests: st.SearchStrategy[Test]) -> st.SearchStrategy[Box]:
    """Boxes that test some of these axes."""
    some = st.tuples(*(st.none() | test for test in tests))
    return some.map(lambda chosen: Box(tuple(test for test in chosen if test is not None)))


COMPLAINTS = boxes(
    _codes("category", CATEGORIES),
    _codes("channel", CHANNELS),
    _flag("injury"),
    _flag("press"),
    _ranges("repeats", REPEATS_MAX),
)
CLAIMS = boxes(_flag("extra_compensation"), _ranges("exposure_minor", CENTS_MAX))


def routing_row(number: int, what: tuple[Box, str, UnitSelector | None, bool]) -> RoutingRow:
    """A row of this box, tier and unit, that asks for a task or not."""
    when, tier, unit, asks = what
    task = TaskRule(code="assist", to=TASK, clock="accept")
    return RoutingRow(
        id=f"row.{number}",
        cite=("OURS-01",),
        label=WORDS,
        when=when,
        tier=tier,
        unit=unit,
        tasks=(task,) if asks else (),
    )


ROUTINGS = st.lists(
    st.tuples(COMPLAINTS, st.sampled_from(TIERS), st.sampled_from(UNITS), st.booleans()),
    min_size=1,
    max_size=6,
).map(lambda rows: tuple(routing_row(n, row) for n, row in enumerate(rows)))

SEVERITIES = st.lists(COMPLAINTS, min_size=1, max_size=5).map(
    lambda found: tuple(
        SeverityRow(id=f"row.{n}", cite=("OURS-01",), label=WORDS, when=when, severity="minor")
        for n, when in enumerate(found)
    )
)


def _ladder_row(number: int, what: tuple[Box, str | None]) -> LadderRow:
    steps = (Step(role=what[1], how=How.APPROVE),) if what[1] else ()
    label = WORDS
    return LadderRow(id=f"row.{number}", cite=("OURS-01",), label=label, when=what[0], steps=steps)


LADDERS = st.lists(
    st.tuples(CLAIMS, st.sampled_from(["clerk", "store_manager", "general_manager", None])),
    min_size=1,
    max_size=5,
).map(lambda rows: tuple(_ladder_row(n, row) for n, row in enumerate(rows)))


def with_routing(rows: tuple[RoutingRow, ...]) -> Pack:
    """The starter pack with this routing table."""
    return replace(STARTER, escalation=replace(STARTER.escalation, routing=rows))


def with_severity(rows: tuple[SeverityRow, ...]) -> Pack:
    """The starter pack with these severity rows."""
    return replace(STARTER, escalation=replace(STARTER.escalation, severity=rows))


def with_ladder(rows: tuple[LadderRow, ...]) -> Pack:
    """The starter pack with this ladder and nothing delegated or settled alone."""
    money = replace(STARTER.compensation, ladder=rows, settlements=(), delegations=())
    return replace(STARTER, compensation=money)


EVERY_COMPLAINT = [
    RoutingFacts(category=category, channel=channel, repeats=repeats, flags=frozenset(flags))
    for category, channel, repeats in product(CATEGORIES, CHANNELS, range(REPEATS_MAX + 1))
    for flags in ((), ("injury",), ("press",), FLAGS)
]
EVERY_CLAIM = [
    AuthorityFacts(exposure_minor=cents, proposer_roles=frozenset(), flags=frozenset(flags))
    for cents in range(CENTS_MAX + 2)
    for flags in ((), ("extra_compensation",))
]
