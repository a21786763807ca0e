"""`Idempotency-Key` and `If-Match`: the same request once, and only on what the caller saw."""

import hashlib
import re
from dataclasses import dataclass

from shared.plumbing.problems import Refusal
from shared.plumbing.web.exchange import Exchange

_KEY = re.compile(rb"[\x21-\x7e]{1,128}")
_ETAG = re.compile(rb'"(\d{1,18})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """The scope and content of one request (reliability 5.1).

    Stored beside the state by the write statement. Another `fingerprint` under the same
    organisation, actor, route and key is refused with `idempotency-key-reused`.
    """

    organisation: str
    actor: str
    route: str
    key: str
    fingerprint: bytes

    def require_same(self, stored: bytes) -> None:
        """Raises Refusal (422) when the stored request had other content."""
        if stored != self.fingerprint:
            raise Refusal("idempotency-key-reused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The revision the caller saw; `wanted` is false at machine doors, which need none.

    The shell calls `check` after the idempotent replay and after not-found (decision 11).
    """

    revision: int | None
    wanted: bool = True

    def check(self, current: int) -> None:
        """Raises Refusal: 428 when nothing was said, 412 with the current ETag when stale."""
        if not self.wanted:
            return
        if self.revision is None:
            raise Refusal("if-match-missing")
        if self.revision != current:
            raise Refusal("stale-revision", headers={"ETag": etag(current)})


UNCONDITIONAL = Expectation(revision=None, wanted=False)
"""What facts, timers and machine doors expect: whatever is there."""


def etag(revision: int) -> str:
    """A revision as a strong ETag (RFC 9110 §8.8.3)."""
    return f'"{revision}"'


def idempotency_of(exchange: Exchange) -> Idempotency:
    """Raises Refusal (400) when the key is missing or malformed. The actor must be known."""
    actor = exchange.actor
    assert actor is not None, "a door with an Idempotency-Key has a permit"
    return Idempotency(
        organisation=actor.organisation,
        actor=actor.id,
        route=exchange.route,
        key=key_of(exchange),
        fingerprint=fingerprint_of(exchange),
    )


def key_of(exchange: Exchange) -> str:
    """The key itself: 1–128 visible ASCII characters."""
    given = exchange.headers.get(b"idempotency-key")
    if given is None:
        raise Refusal("idempotency-key-missing")
    if not _KEY.fullmatch(given):
        raise Refusal("idempotency-key-malformed")
    return given.decode("ascii")


def fingerprint_of(exchange: Exchange) -> bytes:
    """SHA-256 over path, query and canonical body: the same for the same request."""
    digest = hashlib.sha256(exchange.path.encode("utf-8", "surrogateescape"))
    digest.update(b"\n" + exchange.query + b"\n" + exchange.canonical)
    return digest.digest()


def expectation_of(exchange: Exchange) -> Expectation:
    """Raises Refusal (400) for anything but exactly one strong ETag of ours.

    An ETag that is none of ours, also a weak one, can match nothing: revision -1.
    """
    given = exchange.headers.get(b"if-match")
    if given is None:
        return Expectation(revision=None)
    found = _ETAG.fullmatch(given.strip())
    if found:
        return Expectation(revision=int(found[1]))
    if re.fullmatch(rb'(W/)?"[\x21\x23-\x7e]*"', given.strip()):
        return Expectation(revision=-1)
    raise Refusal("if-match-malformed")
