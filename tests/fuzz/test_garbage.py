"""Garbage on a topic is noted or parked, whatever it is, and the sound facts around it apply."""

import hashlib
import time
from contextlib import suppress
from itertools import chain, zip_longest
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.registry import SERVICES
from shared.plumbing.inbox import BadFact, Received, Unreadable, read_envelope, read_fact
from shared.plumbing.running import Parts
from tests.fuzz.effort import looking
from tests.fuzz.garbage import HEAPS, RECORDS, SOUND, written
from tests.fuzz.listening import everybody
from tests.fuzz.seeds import neighbours_of, records_for, register_examples
from tests.support.postgres import PostgresServer
from tests.support.services import Issuer, client_of, parts_of

WHOLE = 5.0
"""Seconds of processor time within which the largest heap is read."""


def read(record: bytes | None) -> Received | None:
    """What door 2 makes of a record; None for what it refuses in its own words."""
    with suppress(Unreadable, BadFact):
        return read_fact(record or b"", read_envelope(record))
    return None


@looking(400)
@given(RECORDS)
def test_a_record_is_read_or_refused_and_nothing_else(record: bytes | None) -> None:
    found = read(record)
    if found is not None:
        assert 1 <= found.envelope.sequence < 2**31
        assert found.envelope.time.tzinfo is not None


@pytest.mark.parametrize("name", HEAPS)
def test_a_heap_is_refused_in_time(name: str) -> None:
    began = time.process_time()
    assert read(HEAPS[name]) is None
    assert time.process_time() - began < WHOLE


def test_every_example_is_read() -> None:
    assert all(read(orjson.dumps(each)) is not None for each in SOUND)


def test_a_key_that_somebody_typed_is_not_said_again() -> None:
    told = next(each for each in SOUND if each["type"] == "kesu.intake.complaint_registered.v1")
    for key in ("a\x00b", "王小明", "call me at 0912"):
        wrong = told | {"data": told["data"] | {"classification": {key: "goods"}}}
        with pytest.raises(BadFact) as refused:
            read_fact(b"", read_envelope(orjson.dumps(wrong)))
        assert str(refused.value) == "classification.?.?"


BAD_SEQUENCES = ("0", "-1", "2147483648", "9" * 40, "1.5", "", None, "one")


@pytest.mark.parametrize("sequence", BAD_SEQUENCES)
def test_a_sequence_that_no_stream_can_have_is_unreadable(sequence: str | None) -> None:
    with pytest.raises(Unreadable, match="sequence"):
        read_envelope(written(SOUND[0] | {"sequence": sequence}))


def test_a_moment_without_a_zone_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="time"):
        read_envelope(written(SOUND[0] | {"time": "2026-03-03T12:00:00"}))


async def test_no_record_holds_up_its_partition(
    postgres: PostgresServer, kesu_database: str, issuer: Issuer
) -> None:
    told = next(each for each in SOUND if each["type"] == "kesu.intake.complaint_registered.v1")
    wrong = told | {"subject": str(UUID(int=1)), "sequence": "1"}
    keyed = {"data": told["data"] | {"classification": {"a\x00b": "goods"}}}
    garbage = [wrong | {"sequence": "2147483648"}, wrong | {"sequence": "0"}, wrong | keyed]
    async with parts_of("insights", postgres, kesu_database, issuer) as parts:
        for each in garbage:
            await neighbours_of(parts).deliver(written(each))
            await parts.pool.execute("delete from insights.offsets")
        kinds = await parts.pool.fetch("select kind, problem from insights.parked")
        assert [tuple(row) for row in kinds] == [("failure", "BadFact: classification.?.?")]
        assert await parts.pool.fetchval("select count(*) from insights.unreadable") == 1


@pytest.mark.parametrize("service", SERVICES)
@looking(2, smaller=False)
@given(garbage=st.lists(RECORDS, min_size=20, max_size=40))
async def test_sound_facts_apply_whatever_stands_between_them(
    service: str,
    garbage: list[bytes | None],
    postgres: PostgresServer,
    kesu_database: str,
    issuer: Issuer,
) -> None:
    place = (postgres, kesu_database, issuer)
    wanted = await told(service, place, [])
    assert wanted
    assert await told(service, place, garbage) == wanted


async def told(
    service: str, place: tuple[PostgresServer, str, Issuer], garbage: list[bytes | None]
) -> set[tuple[Any, ...]]:
    """How far each sound stream was heard, garbage between its facts, in batches of ten."""
    async with parts_of(service, *place) as parts:
        if service == "intake":
            async with client_of(parts) as client:
                await register_examples(client, everybody(place[2]))
        neighbours, sound = neighbours_of(parts), records_for(service)
        pairs = chain.from_iterable(zip_longest(sound, garbage, fillvalue=b""))
        records = list(pairs) if garbage else sound
        for at in range(0, len(records), 10):
            await neighbours.deliver(*records[at : at + 10])
        offset = await parts.pool.fetchval(f"select next_offset from {service}.offsets")  # noqa: S608
        assert offset == len(records)
        return await heads(parts)


async def heads(parts: Parts) -> set[tuple[Any, ...]]:
    """The head of every sound stream, and what of it waits."""
    subjects = [UUID(each["subject"]) for each in SOUND]
    found = await parts.pool.fetch(
        f"select source, aggregate, last_sequence, 'heard' from {parts.service}.inbox "  # noqa: S608
        "where aggregate = any($1::uuid[]) union all "
        f"select source, aggregate, sequence, kind from {parts.service}.parked "
        "where aggregate = any($1::uuid[])",
        subjects,
    )
    return {tuple(row) for row in found}


@pytest.mark.parametrize("name", HEAPS)
async def test_a_heap_on_a_topic_is_noted_by_hash_and_length(
    name: str, postgres: PostgresServer, kesu_database: str, issuer: Issuer
) -> None:
    async with parts_of("insights", postgres, kesu_database, issuer) as parts:
        await neighbours_of(parts).deliver(HEAPS[name])
        (row,) = await parts.pool.fetch("select length, sha256 from insights.unreadable")
        assert row["length"] == len(HEAPS[name])
        assert bytes(row["sha256"]) == hashlib.sha256(HEAPS[name]).digest()
