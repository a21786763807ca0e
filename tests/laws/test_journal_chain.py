"""The journal: whoever owns the tables may change them, and `kesu journal verify` names whose.

Each example writes some histories, lets the owner tamper with one of them inside a transaction,
asks the verifier, and rolls back (decision 6; reliability.md §6.50, §7.6; I8).
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.occasion import Occasion
from shared.plumbing import aggregate as plain
from shared.plumbing.aggregate import Current, Given
from shared.plumbing.changes import GENESIS, Change, Origin
from shared.plumbing.verifying import Finding, verify
from shared.plumbing.writing import Connection, write
from tests.laws.ground import Ground
from tests.laws.profiles import law
from tests.laws.slate import ANNE, SLATES, Do, Slate, Told, aggregate
from tests.laws.topic import NOON

AGGREGATE = aggregate()
LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=3)
PLACE = st.integers(0, 100)
EDITS = {
    "event_id": UUID(int=99),
    "organisation": "other",
    "type": "Untold",
    "actor": "p-mallory",
    "at": NOON + timedelta(microseconds=1),
    "correlation": UUID(int=98),
    "cause": UUID(int=97),
    "policy": "another-policy",
    "entry": b"{}",
    "hash": bytes(32),
    "fact_sequence": 77,
    "fact": b"{}",
    "aggregate": UUID(int=96),
    "seq": 50,
}
"""A change of every column that says what happened, to whom, when, by whom, why."""


class Histories:
    """Some slates with their journals, in a transaction that is rolled back."""

    def __init__(self, connection: Connection, lengths: Sequence[int]) -> None:
        self.connection, self.lengths = connection, lengths

    async def write(self) -> None:
        for number, length in enumerate(self.lengths, start=1):
            change = _change(UUID(int=number), length)
            await write(self.connection, SLATES, [change])
        await self.connection.execute("alter table laws.journal disable trigger user")

    def pick(self, slate: int, place: int) -> tuple[UUID, int]:
        """One of the slates, and one of its entries."""
        number = slate % len(self.lengths)
        return UUID(int=number + 1), place % (self.lengths[number] + 1) + 1

    async def found(self) -> set[UUID]:
        return {finding.aggregate for finding in await self.findings()}

    async def findings(self) -> list[Finding]:
        return [found async for found in verify(self.connection, "laws", ["slates"])]

    async def does(self, sql: str, *values: object) -> None:
        await self.connection.execute(sql, *values)

    async def rows(self, slate: UUID) -> list[Any]:
        query = "select * from laws.journal where aggregate = $1 order by seq"
        return list(await self.connection.fetch(query, slate))

    async def chained_anew(self, slate: UUID, first: int) -> bytes:
        """Every hash from this entry on as it would be, had the entries always been so."""
        head = GENESIS
        for row in await self.rows(slate):
            if row["seq"] < first:
                head = bytes(row["hash"])
                continue
            head = hashlib.sha256(head + bytes(row["entry"])).digest()
            query = "update laws.journal set hash = $3 where aggregate = $1 and seq = $2"
            await self.does(query, slate, row["seq"], head)
        return head


def _change(slate: UUID, length: int) -> Change:
    occasion = Occasion(at=NOON, by=ANNE)
    given_ = Given(occasion=occasion, origin=Origin(correlation=UUID(int=1)))
    nothing: Current[Slate] = Current(id=slate, organisation="org")
    events = tuple(Told(aloud=number % 2 == 0) for number in range(length))
    change = plain.decide(
        AGGREGATE, nothing, Do(id=slate, events=events, opens=True), given_
    ).change
    assert change is not None
    return change


class Back(Exception):
    """The transaction is not to stay."""


def tampering(ground: Ground, lengths: Sequence[int], tamper: Any) -> None:  # noqa: ANN401 coroutine function
    """Lets the owner tamper with freshly written histories."""
    ground.empty()

    async def runs() -> None:
        async with ground.transaction() as connection:
            histories = Histories(connection, lengths)
            await histories.write()
            await tamper(histories)
            raise Back

    with pytest.raises(Back):
        ground.run(runs())


@given(lengths=LENGTHS)
@law(15)
def test_an_untouched_journal_is_not_suspected(lasting_ground: Ground, lengths: list[int]) -> None:
    async def nothing(histories: Histories) -> None:
        assert await histories.found() == set()

    tampering(lasting_ground, lengths, nothing)


@given(lengths=LENGTHS, slate=PLACE, place=PLACE, column=st.sampled_from(sorted(EDITS)))
@law(60)
def test_an_edit_of_any_column_is_named(
    lasting_ground: Ground, lengths: list[int], slate: int, place: int, column: str
) -> None:
    async def edits(histories: Histories) -> None:
        victim, seq = histories.pick(slate, place)
        query = f"update laws.journal set {column} = $3 where aggregate = $1 and seq = $2"  # noqa: S608 ours
        await histories.does(query, victim, seq, EDITS[column])
        suspects = {victim} | ({UUID(int=96)} if column == "aggregate" else set())
        assert await histories.found() == suspects

    tampering(lasting_ground, lengths, edits)


@given(lengths=LENGTHS, slate=PLACE, place=PLACE, rest=st.booleans())
@law(30)
def test_deleting_an_entry_or_all_from_it_on_is_named(
    lasting_ground: Ground, lengths: list[int], slate: int, place: int, rest: bool
) -> None:
    async def deletes(histories: Histories) -> None:
        victim, seq = histories.pick(slate, place)
        last = 100 if rest else seq
        query = "delete from laws.journal where aggregate = $1 and seq between $2 and $3"
        await histories.does(query, victim, seq, last)
        assert await histories.found() == {victim}

    tampering(lasting_ground, lengths, deletes)


@given(lengths=LENGTHS, slate=PLACE, place=PLACE, chained=st.booleans())
@law(30)
def test_an_entry_put_in_is_named_even_if_it_is_chained_rightly(
    lasting_ground: Ground, lengths: list[int], slate: int, place: int, chained: bool
) -> None:
    async def inserts(histories: Histories) -> None:
        victim, seq = histories.pick(slate, place)
        await _moved_up(histories, victim, seq)
        await histories.does(_COPY, victim, seq + 1 if seq == 1 else seq - 1, seq)
        if chained:
            await histories.chained_anew(victim, seq)
        assert await histories.found() == {victim}

    tampering(lasting_ground, lengths, inserts)


async def _moved_up(histories: Histories, victim: UUID, seq: int) -> None:
    for add in (1_000, -999):
        query = "update laws.journal set seq = seq + $3 where aggregate = $1 and seq >= $2"
        await histories.does(query, victim, seq if add > 0 else 1_000, add)


@given(lengths=st.lists(st.integers(2, 6), min_size=2, max_size=3), places=st.tuples(PLACE, PLACE))
@law(30)
def test_entries_that_change_places_are_named(
    lasting_ground: Ground, lengths: list[int], places: tuple[int, int]
) -> None:
    async def reorders(histories: Histories) -> None:
        victim, one = histories.pick(0, places[0])
        _, other = histories.pick(0, places[1])
        for source, target in ((one, 900), (other, one), (900, other)):
            query = "update laws.journal set seq = $3 where aggregate = $1 and seq = $2"
            await histories.does(query, victim, source, target)
        assert await histories.found() == (set() if one == other else {victim})

    tampering(lasting_ground, lengths, reorders)


@given(lengths=LENGTHS, slate=PLACE, place=PLACE)
@law(30)
def test_a_rewritten_end_does_not_fit_the_state(
    lasting_ground: Ground, lengths: list[int], slate: int, place: int
) -> None:
    """Hashes are no secret: from the changed entry on all are made anew, but not the head."""

    async def rewrites(histories: Histories) -> None:
        victim, seq = histories.pick(slate, place)
        await _rewritten(histories, victim, seq)
        assert await histories.findings() == [
            Finding(victim, len(await histories.rows(victim)), "head")
        ]

    tampering(lasting_ground, lengths, rewrites)


@given(lengths=LENGTHS, slate=PLACE, change=st.sampled_from(["version - 1", "version + 1"]))
@law(15)
def test_a_state_row_set_back_or_ahead_is_named(
    lasting_ground: Ground, lengths: list[int], slate: int, change: str
) -> None:
    async def shifts(histories: Histories) -> None:
        victim, _ = histories.pick(slate, 0)
        query = f"update laws.slates set version = {change} where id = $1"  # noqa: S608 ours
        await histories.does(query, victim)
        assert await histories.found() == {victim}

    tampering(lasting_ground, lengths, shifts)


@given(lengths=LENGTHS, slate=PLACE)
@law(10)
def test_all_of_a_history_or_its_state_gone_is_named(
    lasting_ground: Ground, lengths: list[int], slate: int
) -> None:
    async def removes(histories: Histories) -> None:
        victim, _ = histories.pick(slate, 0)
        await histories.does("delete from laws.journal where aggregate = $1", victim)
        assert await histories.found() == {victim}

    async def orphans(histories: Histories) -> None:
        victim, _ = histories.pick(slate, 0)
        await histories.does("delete from laws.slates where id = $1", victim)
        assert await histories.found() == {victim}

    tampering(lasting_ground, lengths, removes)
    tampering(lasting_ground, lengths, orphans)


def test_not_detected_a_whole_history_rewritten_together_with_its_state(
    lasting_ground: Ground,
) -> None:
    """NOT DETECTED, by any chain alone: only a head kept elsewhere could (reliability.md §6.51).

    Also a cut end with a state row that agrees, and both gone altogether.
    """

    async def replaces(histories: Histories) -> None:
        victim = UUID(int=1)
        head = await _rewritten(histories, victim, 1)
        await histories.does("update laws.slates set head = $2 where id = $1", victim, head)
        assert await histories.found() == set()

    async def cuts(histories: Histories) -> None:
        victim = UUID(int=1)
        await histories.does("delete from laws.journal where aggregate = $1 and seq > 1", victim)
        [first] = await histories.rows(victim)
        query = "update laws.slates set version = 1, facts = 0, head = $2 where id = $1"
        await histories.does(query, victim, first["hash"])
        assert await histories.found() == set()

    async def vanishes(histories: Histories) -> None:
        await histories.does("delete from laws.journal")
        await histories.does("delete from laws.slates")
        assert await histories.found() == set()

    for tamper in (replaces, cuts, vanishes):
        tampering(lasting_ground, [3], tamper)


def test_not_detected_what_no_hash_covers(lasting_ground: Ground) -> None:
    """NOT DETECTED: the folded state, and the data of a fact (its envelope is compared)."""

    async def edits(histories: Histories) -> None:
        await histories.does("update laws.slates set state = '{}', told = 99")
        query = "update laws.journal set fact = $1 where fact is not null"
        fact = next(bytes(r["fact"]) for r in await histories.rows(UUID(int=1)) if r["fact"])
        await histories.does(query, orjson.dumps(orjson.loads(fact) | {"data": {"told": 99}}))
        assert await histories.found() == set()

    tampering(lasting_ground, [1], edits)


async def _rewritten(histories: Histories, victim: UUID, seq: int) -> bytes:
    """Another actor, in the entry as beside it and in its fact, and the chain made anew."""
    for row in await histories.rows(victim):
        if row["seq"] >= seq:
            entry = orjson.dumps(orjson.loads(row["entry"]) | {"actor": "p-mallory"})
            told = row["fact"] and orjson.dumps(orjson.loads(row["fact"]) | {"actor": "p-mallory"})
            await histories.does(_REWRITE, victim, row["seq"], entry, told)
    return await histories.chained_anew(victim, seq)


_REWRITE = """
update laws.journal set entry = $3, fact = $4, actor = 'p-mallory' where aggregate = $1 and seq = $2
"""
_COPY = """
insert into laws.journal select aggregate, $3, event_id, organisation, type, actor, at, correlation,
  cause, policy, entry, hash, bucket, partition_key, fact_sequence, fact
from laws.journal where aggregate = $1 and seq = $2
"""
