"""What the inbox must make of a topic: one record after another, however batches are cut."""

from dataclasses import dataclass, field
from uuid import UUID

SOURCE = "/kesu/neighbour"
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Sent:
    """One record: the n-th fact of a stream; `edition` 1 is another fact under its number."""

    stream: UUID
    sequence: int
    edition: int = 0

    @property
    def event(self) -> UUID:
        return UUID(int=self.stream.int * 1_000 + self.sequence * 10 + self.edition)


@dataclass(slots=True)
class Trouble:
    """Which facts fail when they are applied, and which come before their time."""

    broken: set[tuple[UUID, int]] = field(default_factory=set)
    early: set[tuple[UUID, int]] = field(default_factory=set)

    def with_(self, sent: Sent) -> str | None:
        place = (sent.stream, sent.sequence)
        return "failure" if place in self.broken else "premature" if place in self.early else None


@dataclass(slots=True)
class Stream:
    """One aggregate's facts: what had effect, in order, and what waits."""

    trouble: Trouble
    last: int = 0
    event: UUID = NOBODY
    applied: list[UUID] = field(default_factory=list)
    parked: dict[int, tuple[str, Sent]] = field(default_factory=dict)
    diverged: int | None = None
    skipped: set[int] = field(default_factory=set)
    touched: bool = False

    def ends_batch(self) -> None:
        """What waited for the facts of this batch follows them."""
        if self.touched:
            self.drain()
        self.touched = False

    def take(self, sent: Sent) -> None:
        if sent.sequence > self.last + 1 or (self.diverged and sent.sequence > self.last):
            self._wait(sent, "gap")
        elif sent.sequence == self.last + 1:
            self.touched = self._apply(sent) or self.touched
        elif sent.sequence == self.last and sent.event != self.event:
            self.diverged = sent.sequence

    def drain(self) -> None:
        """Everything that is next, unless another history was told: then nothing at all."""
        while not self.diverged and self.last + 1 in self.parked:
            _, sent = self.parked[self.last + 1]
            if not self._apply(sent):
                return

    def discard(self) -> None:
        """Another history is left out; else the fact that is next, whether it came or not."""
        if self.diverged:
            self.diverged = None
            return
        if not self.parked:
            return
        first = min(self.parked)
        until = first if first == self.last + 1 else first - 1
        self.skipped.update(range(self.last + 1, until + 1))
        _, sent = self.parked[first]
        self.last, self.event = until, sent.event if until == first else NOBODY
        self._forget()

    def _apply(self, sent: Sent) -> bool:
        failed = self.trouble.with_(sent)
        if failed:
            self._wait(sent, failed)
            return False
        self.last, self.event = sent.sequence, sent.event
        self.applied.append(sent.event)
        self._forget()
        return True

    def _wait(self, sent: Sent, kind: str) -> None:
        _, first = self.parked.get(sent.sequence, (kind, sent))
        self.parked[sent.sequence] = (kind, first)

    def _forget(self) -> None:
        self.parked = {number: kept for number, kept in self.parked.items() if number > self.last}

    def waiting(self) -> list[tuple[int, str]]:
        """The parking lot's rows."""
        lot = {number: kind for number, (kind, _) in self.parked.items()}
        return sorted((lot | ({self.diverged: "diverged"} if self.diverged else {})).items())
