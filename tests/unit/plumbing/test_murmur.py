"""A key lies where Kafka's own clients would put it, for good."""

from uuid import UUID

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.plumbing.murmur import murmur2, place_of

WORDS = st.integers(0, 16).flatmap(lambda n: st.binary(min_size=4 * n, max_size=4 * n))


@given(key=WORDS, partitions=st.integers(1, 64))
def test_a_key_lies_where_kafkas_default_partitioner_puts_it(key: bytes, partitions: int) -> None:
    honest = DefaultPartitioner()(key, list(range(partitions)), [])
    assert place_of(key, partitions) == honest


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"a-little-bit-long-string", -985981536),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    ],
)
def test_the_examples_of_apache_kafkas_own_tests(key: bytes, signed: int) -> None:
    assert murmur2(key) == signed % 2**32


def test_a_uuids_text_is_of_whole_words() -> None:
    assert len(str(UUID(int=7)).encode()) % 4 == 0
