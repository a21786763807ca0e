"""Every fault there is, by kind. A new kind is a module here with `faults() -> list[Fault]`."""

UNREACHABLE: dict[str, str] = {
    "F5": "payouts by a provider are not built yet",
    "F6": "webhooks going out are not built yet",
    "F18 several brokers": "one node is all that runs here; it ends and stands still",
    "F19 a leader elsewhere": "one node is all that runs here; the error codes come by wire",
    "F34": "calendars are judged without a clock: tests/unit/kernel and tests/laws",
    "F36 a webhook that never came": "pulling the carrier's list is not built yet",
    "F37": "webhooks going out are not built yet",
    "F38": "payouts by a provider are not built yet",
    "F40": "point-in-time recovery of one service is not built yet",
    "F41": "grants that change in flight: tests/integration/compensation and tests/laws",
    "F42": "tampering by the tables' owner: tests/laws, the journal's chain",
}
"""Rows of the matrix that no round strikes, and why."""
