"""I2 and I4, pure: every record is a committed fact, and each aggregate's come in their order."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from tests.faults.oracle.evidence import Record
from tests.faults.oracle.facts import Fact, Facts, Place
from tests.faults.oracle.verdicts import Verdict, verdict


@dataclass(frozen=True, slots=True)
class Told:
    """A record that names a fact: its place, its bytes' SHA-256, and where it lies."""

    place: Place
    digest: bytes
    record: Record

    def __str__(self) -> str:
        source, aggregate, sequence = self.place
        where = f"{self.record.topic}[{self.record.partition}]@{self.record.offset}"
        return f"{source} {aggregate} #{sequence} at {where}"


@dataclass(frozen=True, slots=True)
class Heard:
    """The records of all topics in their order; `garbled` name no fact at all."""

    told: Sequence[Told]
    garbled: Sequence[Record]

    def duplicates(self) -> int:
        """How many records repeat a fact that came before: allowed, and counted."""
        return len(self.told) - len({each.place for each in self.told})


def heard_in(
    records: Collection[Record],
    injected: Collection[bytes] = (),
    planted: Collection[tuple[str, int, int]] = (),
) -> Heard:
    """Reads the records without the code under test; `injected` and `planted` ones are nobody's."""
    told: list[Told] = []
    garbled: list[Record] = []
    for record in sorted(records, key=lambda each: (each.topic, each.partition, each.offset)):
        digest = hashlib.sha256(record.value or b"").digest()
        spot = (record.topic, record.partition, record.offset)
        if digest in injected or spot in planted:
            continue
        place = _place(record.value)
        if place is None:
            garbled.append(record)
        else:
            told.append(Told(place, digest, record))
    return Heard(told, garbled)


def ghosts(heard: Heard, facts: Facts) -> Verdict:
    """I2: each record is one committed journal row, byte for byte, under its partition key."""
    found = [f"no fact: {each.topic}@{each.offset}" for each in heard.garbled]
    for each in heard.told:
        why = _ghostly(each, facts.by_place.get(each.place))
        if why:
            found.append(f"{why}: {each}")
    return verdict("I2", len(heard.told) + len(heard.garbled), found)


def in_order(heard: Heard, *, complete: bool) -> Verdict:
    """I4, in the topics: first deliveries of an aggregate are 1..n, and one content each.

    Where topics began anew (not `complete`) facts are sent again beside new ones, in any order.
    """
    inverted = _inverted(heard) if complete else ()
    found = [*inverted, *_divergent(heard), *_scattered(heard)]
    return verdict("I4", len(heard.told), found)


def _place(value: bytes | None) -> Place | None:
    try:
        said = orjson.loads(value or b"")
        return (said["source"], UUID(said["subject"]), int(said["sequence"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _ghostly(each: Told, fact: Fact | None) -> str | None:
    if fact is None:
        return "not in the journal"
    if fact.digest != each.digest:
        return "other bytes than the journal's"
    if each.record.key != str(fact.key).encode():
        return "another key than the journal's"
    return None


def _inverted(heard: Heard) -> Iterator[str]:
    last: dict[tuple[str, object], int] = {}
    seen: set[Place] = set()
    for each in heard.told:
        if each.place in seen:
            continue
        seen.add(each.place)
        source, aggregate, sequence = each.place
        before = last.get((source, aggregate), 0)
        if sequence != before + 1:
            yield f"comes after #{before}: {each}"
        last[source, aggregate] = max(sequence, before)


def _divergent(heard: Heard) -> Iterator[str]:
    contents: dict[Place, bytes] = {}
    for each in heard.told:
        if contents.setdefault(each.place, each.digest) != each.digest:
            yield f"another content before: {each}"


def _scattered(heard: Heard) -> Iterator[str]:
    """One aggregate on two partitions has no order at all."""
    places = {(each.place[:2], each.record.topic, each.record.partition) for each in heard.told}
    for (source, aggregate), count in Counter(stream for stream, _, _ in places).items():
        if count > 1:
            yield f"on {count} partitions: {source} {aggregate}"
