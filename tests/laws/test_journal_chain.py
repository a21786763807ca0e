"""The journal: whoever owns the tables may change them, and `kesu journal verify` names whose.

Each example writes some histories, lets the owner tamper with one of them inside a transaction,
asks the verifier, and rolls back (decision 6; reliability.md §6.50, §7.6; I8).
"""

from datetime import timedelta
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from shared.plumbing.verifying import Finding
from tests.laws.asking import NOON
from tests.laws.ground import Ground
from tests.laws.histories import Histories, copy_entry, rewritten, tampering
from tests.laws.profiles import law

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
        await copy_entry(histories, victim, seq + 1 if seq == 1 else seq - 1, seq)
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
        await rewritten(histories, victim, seq)
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
        head = await rewritten(histories, victim, 1)
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
