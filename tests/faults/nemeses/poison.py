"""F26 and F27: rubbish in the topics, facts that fail, and what an operator does about them."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import orjson

from kesu.home import PROJECT
from shared.contracts.registry import SERVICES, listeners_of, source_of, topic_of
from tests.faults.fault import Fault, NotStruck, Strike, Unfit, insist
from tests.faults.lab import Lab
from tests.faults.nemeses.broker import VICTIMS, real
from tests.faults.operating import change, counted, operate, rows, within
from tests.faults.tapping import Put, enlarge, put

EXAMPLES = PROJECT / "shared" / "contracts" / "examples"
WITHDRAWN = "kesu.intake.complaint_withdrawn.v1"
MEGABYTE = 1_000_000
HEARD_SECONDS = 150
"""A listener may be struck by others meanwhile, more than once; what is planted must be cleared."""
REACTING = ("escalation", "compensation", "followup")
"""Services that decide commands from facts and enter them in their journal."""


def faults() -> list[Fault]:
    """At most one of them at a time, and none while the broker is hurt."""
    rubbish = [_fault("F26", f"unreadable: {name}", _unreadable(v, k)) for name, k, v in _RUBBISH]
    return [
        *rubbish,
        _fault("F26", "ten megabytes", _huge),
        _fault("F26", "a type of the future", _future),
        _fault("F26", "data of a wrong type, discarded", _wrong_data),
        _fault("F26", "of another organisation, against the rules", _against_the_rules),
        _fault("F27", "failed, mended and released", _released),
        _fault("F27", "another history, discarded", _diverged),
    ]


_RUBBISH: tuple[tuple[str, bytes | None, bytes | None], ...] = (
    ("no JSON", b"k", b"{not json"),
    ("no text", b"k", b"\xff\xfe\x00\xd8"),
    ("nothing", b"k", None),
    ("no key", None, b"[]"),
    ("another envelope", b"k", b'{"specversion":"0.3","id":7}'),
    ("a deep nest", b"k", b"[" * 50_000),
    ("a megabyte", b"k", b'"' + b"x" * MEGABYTE + b'"'),
)


def _fault(row: str, name: str, strike: Strike) -> Fault:
    return Fault(name=name, row=row, victims=VICTIMS, strike=strike)


def _unreadable(value: bytes | None, key: bytes | None) -> Strike:
    """Every listener notes it and goes on."""

    async def strike(lab: Lab, rng: random.Random) -> int:
        service = rng.choice(SERVICES[:4])
        await _noted_everywhere(lab, service, Put(topic=topic_of(service), key=key, value=value))
        return 1

    return strike


async def _huge(lab: Lab, _rng: random.Random) -> int:
    """Ten times what the broker takes by default; it is told to take it."""
    real(lab)
    service = "intake"
    async with enlarge(lab, topic_of(service)):
        value = orjson.dumps({"x": "y" * 10 * MEGABYTE})
        await _noted_everywhere(lab, service, Put(topic=topic_of(service), key=b"k", value=value))
    return 1


async def _noted_everywhere(lab: Lab, service: str, poison: Put) -> None:
    digest = hashlib.sha256(poison.value or b"").digest()
    lab.injected.add(digest)
    [(topic, partition, offset)] = await put(lab, [poison])
    where = (topic, partition, offset, digest)
    await _all_say(lab, listeners_of(service), _NOTED, where, "did not note what it cannot read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """A fact that nobody told; of a stream that nobody has, unless said otherwise."""

    service: str
    stream: UUID
    fact: dict[str, Any]
    nobodys: bool = True

    async def put(self, lab: Lab) -> None:
        """Into its topic. Its listeners remember it for good: a broker that was killed may tell it
        them once more.
        """
        value = orjson.dumps(self.fact)
        lab.injected.add(hashlib.sha256(value).digest())
        if self.nobodys:
            lab.strangers.add(self.stream)
        key = self.fact["partitionkey"].encode()
        await put(lab, [Put(topic=topic_of(self.service), key=key, value=value)])


def _poison(type_: str, **more: Any) -> Poison:  # noqa: ANN401
    [place, *_] = sorted((EXAMPLES / type_).glob("*.json"))
    stream, service = uuid4(), type_.split(".")[1]
    own = {
        "id": str(uuid4()),
        "subject": str(stream),
        "sequence": "1",
        "source": source_of(service),
    }
    fact = orjson.loads(place.read_bytes()) | own | more
    return Poison(service=service, stream=stream, fact=fact)


async def _future(lab: Lab, _rng: random.Random) -> int:
    """A type that this code does not know is heard and has no effect."""
    poison = _poison(WITHDRAWN, type=WITHDRAWN.replace("v1", "v9"))
    await poison.put(lab)
    hear = listeners_of(poison.service)
    await _all_say(lab, hear, _HEARD, (poison.stream,), "stops at a type of the future")
    return 1


async def _wrong_data(lab: Lab, _rng: random.Random) -> int:
    poison = _poison(WITHDRAWN, data={"complaint_id": 7, "withdrawn_by": ["nobody"]})
    await _park_and_discard(lab, poison, listeners_of(poison.service))
    return 1


async def _against_the_rules(lab: Lab, rng: random.Random) -> int:
    """A fact of one organisation about another's complaint is heard, and nothing comes of it."""
    found = await rows(
        lab, "select id from intake.complaints where organisation = 'auto-demo' limit 50"
    )
    if not found:
        raise NotStruck("there is no complaint yet")
    poison = _poison(WITHDRAWN, organisation="mall-demo")
    poison.fact["data"]["complaint_id"] = str(rng.choice(found)["id"])
    await poison.put(lab)
    hear = listeners_of(poison.service)
    await _all_say(lab, hear, _HEARD, (poison.stream,), "stops at a fact against the rules")
    for listener in hear:
        done = await rows(lab, _CAUSED.format(s=listener), UUID(poison.fact["id"]))
        insist(not done, f"{listener} obeyed another organisation")
    return 1


async def _park_and_discard(lab: Lab, poison: Poison, listeners: Sequence[str]) -> None:
    await poison.put(lab)
    await _all_say(lab, listeners, _WAITS, (poison.stream,), "did not park it")
    await within(lambda: _alarmed(lab, listeners[0]), f"{listeners[0]} raises no alarm")
    await _discard_all(lab, poison, listeners)


async def _discard_all(lab: Lab, poison: Poison, listeners: Sequence[str]) -> None:
    for listener in listeners:
        await _operated(lab, "discard", listener, source_of(poison.service), poison.stream)


async def _alarmed(lab: Lab, service: str) -> bool:
    return await counted(lab, service, "kesu_parked_aggregates") > 0


async def _released(lab: Lab, rng: random.Random) -> int:
    """A rule fails for some; it is mended, an operator releases them, they go on in order."""
    listener = rng.choice(REACTING)
    await change(lab, _BREAK.format(s=listener))
    try:
        await within(lambda: rows(lab, _FAILED.format(s=listener)), "nothing failed", NotStruck)
    finally:
        await change(lab, _MEND.format(s=listener))
    streams = await rows(lab, _FAILED.format(s=listener))
    for row in streams:
        await _operated(lab, "release", listener, row["source"], row["aggregate"])
        left = await rows(lab, _WAITS.format(s=listener), row["aggregate"])
        insist(not left, f"{listener} still parks {row['aggregate']} after its release")
    return len(streams)


async def _diverged(lab: Lab, rng: random.Random) -> int:
    """The last fact of a quiet stream is told otherwise: its stream stops until it is discarded."""
    service = "intake"
    found = await rows(lab, _QUIET.format(s=service))
    if not found:
        raise NotStruck("no stream is quiet")
    row = rng.choice(found)
    told = orjson.loads(row["fact"]) | {"id": str(uuid4())}
    poison = Poison(service=service, stream=row["aggregate"], fact=told, nobodys=False)
    await poison.put(lab)
    hear = listeners_of(service)
    try:
        await _all_say(lab, hear, _WAITS, (row["aggregate"],), "did not see another history")
    except Unfit:
        [now] = await rows(lab, _LAST.format(s=service), row["aggregate"])
        if now["last"] != row["last"]:
            raise NotStruck("the stream was not quiet after all") from None
        raise
    for listener in hear:
        await _operated(lab, "discard", listener, source_of(service), row["aggregate"])
    return 1


async def _operated(lab: Lab, action: str, service: str, source: str, stream: UUID) -> None:
    """`kesu parked release|discard`, and that it was written down who did it."""
    words = ("parked", action, service, source, str(stream), "--reason", "struck by a fault")
    await operate(lab, *words, service=service)
    noted = await rows(lab, _ACTED.format(s=service), action, f"{source} {stream}")
    insist(noted, f"nobody knows who asked {service} to {action} {stream}")


async def _all_say(
    lab: Lab, services: Sequence[str], question: str, values: tuple[object, ...], wrong: str
) -> None:
    for service in services:
        asked = question.format(s=service)
        ask = partial(rows, lab, asked, *values)
        await within(ask, f"{service} {wrong}", seconds=HEARD_SECONDS)


_NOTED = """
select 1 from {s}.unreadable
where topic = $1 and partition = $2 and "offset" = $3 and sha256 = $4
"""
_HEARD = "select 1 from {s}.inbox where aggregate = $1 and last_sequence = 1"
_CAUSED = "select 1 from {s}.journal where cause = $1"
_WAITS = "select kind from {s}.parked where aggregate = $1"
_FAILED = "select source, aggregate from {s}.parked where kind = 'failure' group by 1, 2"
_QUIET = """
select aggregate, max(fact_sequence) as last, (array_agg(fact))[1] as fact from {s}.journal
where fact is not null group by aggregate
having max(fact_sequence) = 1 and max(at) < platform.business_now() - interval '15 s'
order by max(at) desc limit 50
"""
_LAST = "select max(fact_sequence) as last from {s}.journal where aggregate = $1"
_ACTED = "select 1 from {s}.operator_actions where action = $1 and target = $2"
_BREAK = """
create function {s}.struck() returns trigger language plpgsql as
$$ begin raise exception 'struck by a fault'; end $$;
create trigger struck before insert on {s}.journal for each row
when (new.cause is not null and hashtext(new.aggregate::text) % 12 = 0)
execute function {s}.struck()
"""
_MEND = "drop trigger if exists struck on {s}.journal; drop function if exists {s}.struck()"
