"""How often a run reached the rare paths: a run that never did has proved little about them."""

import asyncpg
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.topics import heard_in

LATE_SECONDS = "2.0"

_COUNTERS: dict[str, tuple[str, dict[str, str]]] = {
    "gap parked": ("kesu_inbox_verdict_total", {"verdict": "gap"}),
    "gap drained": ("kesu_inbox_verdict_total", {"verdict": "drained"}),
    "duplicate fact": ("kesu_inbox_verdict_total", {"verdict": "duplicate"}),
    "diverged": ("kesu_inbox_verdict_total", {"verdict": "diverged"}),
    "consumer fenced": ("kesu_consumer_fenced_total", {}),
    "relay fenced": ("kesu_relay_fenced_marks_total", {}),
    "producer recreated": ("kesu_relay_producer_recreated_total", {}),
    "answer replayed": ("kesu_idempotency_replays_total", {}),
    "write conflict": ("kesu_write_conflicts_total", {}),
    "request shed": ("kesu_http_shed_total", {}),
}
_LINES = {
    "second pass": b'"event": "second pass"',
    "fact parked": b'"event": "parked"',
    "timer parked": b'"event": "timer parked"',
    "timers held": b'"event": "the database\'s clock stepped',
    "batch put back": b'"event": "batch put back"',
}


async def sometimes(evidence: Evidence) -> dict[str, int]:
    """Counts by rare path, over all metrics pages, logs, topics and databases of the evidence.

    A metrics page counts since its process began: give the last page of every process.
    """
    found = {name: _counted(evidence, *which) for name, which in _COUNTERS.items()}
    found["timer late"] = _late(evidence)
    found |= _logged(evidence)
    if evidence.records is not None:
        heard = heard_in(evidence.records, evidence.injected, evidence.planted)
        found["fact sent again"] = heard.duplicates()
        found["unreadable record"] = len(heard.garbled)
    return found | await _stored(evidence)


def _counted(evidence: Evidence, name: str, labels: dict[str, str]) -> int:
    return int(
        sum(
            sample.value
            for text in evidence.metrics_texts
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )
    )


def _late(evidence: Evidence) -> int:
    """Timers that fired later than steady state allows."""
    bucket = "kesu_timer_lateness_seconds_bucket"
    in_time = _counted(evidence, bucket, {"le": LATE_SECONDS})
    return _counted(evidence, bucket, {"le": "+Inf"}) - in_time


def _logged(evidence: Evidence) -> dict[str, int]:
    found = dict.fromkeys(_LINES, 0)
    for log in evidence.logs:
        with log.open("rb") as lines:
            for line in lines:
                for name, mark in _LINES.items():
                    found[name] += mark in line
    return found


async def _stored(evidence: Evidence) -> dict[str, int]:
    database = await asyncpg.connect(evidence.admin_dsn)
    try:
        found = dict.fromkeys(_QUERIES, 0)
        for service in evidence.services:
            for name, query in _QUERIES.items():
                found[name] += await database.fetchval(query.format(s=service))
        found["deadlock"] = await database.fetchval(_DEADLOCKS)
        return found
    finally:
        await database.close()


_QUERIES = {
    "unreadable noted": "select count(*) from {s}.unreadable",
    "operator acted": "select count(*) from {s}.operator_actions",
    "lease taken over": "select coalesce(sum(greatest(epoch - 1, 0)), 0)::bigint "
    "from {s}.relay_leases",
}
_DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"
