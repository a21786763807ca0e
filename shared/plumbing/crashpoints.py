"""Named places on the ways of a fact where a fault run may end, stop or cut off a process.

Nothing is ever armed in a Kesu that serves: no setting, no message and no request reaches this.
A fault run starts the same programs by an entry of its own, which calls `arm` (tests/faults).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

Armed: TypeAlias = Callable[[str], None]

CRASH_POINTS: Mapping[str, str] = MappingProxyType(
    {
        "door.entered": "a request is let in, nothing of it is read",
        "door.read": "state and idempotency row are read",
        "door.decided": "the domain has decided, nothing is written",
        "door.written": "committed, not answered",
        "door.answering": "the first byte of the answer is next",
        "door.answered": "the answer is handed to the server",
        "joint.begun": "a transaction over several aggregates is open",
        "joint.locked": "all of them are locked",
        "joint.decided": "decided on all of them, nothing is written",
        "joint.written": "written, not committed",
        "joint.committed": "committed, not answered",
        "bench.between": "one table's statement is done, the next table's is not",
        "hotline.believed": "the signature holds, nothing is stored",
        "hotline.unknown": "no answer is stored for this ticket yet",
        "hotline.taken": "ticket, message and complaint are committed, not answered",
        "closing.asked": "closing is asked and committed, nobody has settled",
        "relay.claimed": "leases are claimed and not used yet",
        "relay.renewed": "leases are renewed",
        "relay.selected": "pending facts are read, none is sent",
        "relay.sending": "between two partitions of a batch",
        "relay.sent": "the broker has the whole batch, the outbox still has it too",
        "relay.acknowledged": "the outbox is emptied of the batch",
        "relay.failed": "the producer is about to be dropped",
        "consumer.joined": "a member of the group, nothing polled",
        "consumer.assigned": "a partition's position is read from the database",
        "consumer.polled": "records are here, nothing is begun",
        "consumer.moved": "the offset is moved inside the transaction",
        "consumer.sorted": "verdicts are found inside the transaction",
        "consumer.applied": "effects are written inside the transaction",
        "consumer.concluded": "inbox and parking lot are written, not committed",
        "consumer.committed": "committed, the position in memory is the old one",
        "consumer.carefully": "the second pass, a savepoint a fact, begins",
        "consumer.tried": "a fact has had its effects inside its savepoint",
        "consumer.drained": "a parked fact is applied inside the transaction",
        "consumer.swept": "premature facts are found, none is tried",
        "timers.taken": "due rows are read and their aggregates locked",
        "timers.decided": "decided in memory, nothing is written",
        "timers.written": "aggregates are written, the fired names still stand",
        "timers.deleted": "the fired names are gone, not committed",
        "timers.fired": "committed",
        "timers.alone": "a batch failed; timers are tried one by one",
        "uptake.looked": "versions of policies are found in the table, not taken up",
        "uptake.heard": "an activated version is kept inside the transaction",
        "start.opened": "a process has its pool, policies are not read",
        "stop.draining": "not ready any more, the door is still open",
        "gateway.connected": "a connection to a service is held, nothing is asked",
        "gateway.asked": "the service has begun to answer, the caller has nothing",
        "supervisor.stored": "database and broker run, no service does",
        "supervisor.prepared": "schemas and topics are made, no service runs",
        "supervisor.started": "the services are started, not all are ready",
        "supervisor.ready": "everything runs",
        "supervisor.mending": "a child has ended and is about to be started again",
    }
)
"""Every point, and what has happened when it is reached."""

_ARMED: list[Armed] = []


def reach(point: str) -> None:
    """Says that the process has come to a point; nothing happens unless a fault run armed it."""
    for armed in _ARMED:
        armed(point)


def arm(armed: Armed) -> None:
    """Has `armed` called at every point from now on, for the life of the process."""
    _ARMED.append(armed)
