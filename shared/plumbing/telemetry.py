"""What can be seen from outside: log lines and the metrics of reliability 8.1.

Logs are JSON lines in UTC: event, level, service, correlation id and codes; never a body, a
query string, a name or a number of a person. Metrics carry no id of a case or a customer.
"""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from shared.plumbing.web.exchange import correlation

CALM_SECONDS = 10.0

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATE = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600)

HTTP_REQUESTS = Counter(
    "kesu_http_requests_total", "Requests answered.", ["service", "route", "method", "code"]
)
HTTP_DURATION = Histogram(
    "kesu_http_request_duration_seconds",
    "Seconds from the first byte read to the last byte written.",
    ["service", "route", "method"],
    buckets=_FAST,
)
HTTP_IN_FLIGHT = Gauge("kesu_http_in_flight", "Requests being worked on.", ["service"])
HTTP_SHED = Counter("kesu_http_shed_total", "Requests turned away by overload.", ["service"])

COMMANDS = Counter("kesu_commands_total", "Commands decided.", ["service", "command", "outcome"])
COMMAND_DURATION = Histogram(
    "kesu_command_duration_seconds", "Read, decide, write.", ["service"], buckets=_FAST
)
WRITE_CONFLICTS = Counter(
    "kesu_write_conflicts_total", "Writes that found another version.", ["service"]
)
IDEMPOTENCY_REPLAYS = Counter(
    "kesu_idempotency_replays_total", "Stored answers given again.", ["service"]
)
IDEMPOTENCY_CONFLICTS = Counter(
    "kesu_idempotency_conflicts_total", "Keys found in flight.", ["service"]
)
IDEMPOTENCY_MISMATCH = Counter(
    "kesu_idempotency_mismatch_total", "Keys used for other content.", ["service"]
)

OUTBOX = Gauge("kesu_outbox", "Facts still to be sent.", ["service", "bucket"])
OUTBOX_OLDEST_AGE = Gauge(
    "kesu_outbox_oldest_age_seconds", "Age of the oldest unsent fact.", ["service"]
)
PREPARED_OLDEST_AGE = Gauge(
    "kesu_database_prepared_oldest_age_seconds",
    "Age of the oldest prepared transaction nobody has ended; Kesu makes none.",
    ["service"],
)
RELAY_SENT = Counter("kesu_relay_sent_total", "Facts acknowledged by the broker.", ["service"])
RELAY_EPOCH_CHANGES = Counter("kesu_relay_epoch_changes_total", "Leases taken over.", ["service"])
RELAY_FENCED_MARKS = Counter(
    "kesu_relay_fenced_marks_total", "Acknowledgements after a lost lease.", ["service"]
)
RELAY_PRODUCER_RECREATED = Counter(
    "kesu_relay_producer_recreated_total", "Producers given up after an error.", ["service"]
)

CONSUMER_LAG_RECORDS = Gauge(
    "kesu_consumer_lag_records", "Records not yet applied.", ["service", "topic", "partition"]
)
CONSUMER_LAG_SECONDS = Gauge(
    "kesu_consumer_lag_seconds", "Age of the next record to apply.", ["service", "topic"]
)
CONSUMER_FENCED = Counter(
    "kesu_consumer_fenced_total", "Batches lost to another owner of the offset.", ["service"]
)
CONSUMER_GONE = Counter(
    "kesu_consumer_gone_total", "Records deleted before they were read.", ["service", "topic"]
)
HOP_LATENCY = Histogram(
    "kesu_hop_latency_seconds",
    "Commit in the producer to applied here.",
    ["service", "source"],
    buckets=_FAST,
)
INBOX_VERDICT = Counter(
    "kesu_inbox_verdict_total", "Facts by what became of them.", ["service", "source", "verdict"]
)
PARKED_AGGREGATES = Gauge("kesu_parked_aggregates", "Aggregates that wait.", ["service", "kind"])

TIMER_LATENESS = Histogram(
    "kesu_timer_lateness_seconds", "Due moment to fired.", ["service"], buckets=_LATE
)
TIMER_OVERDUE_ARMED = Gauge(
    "kesu_timer_overdue_armed", "Timers more than 30 s past due.", ["service"]
)
CLOCK_STEP = Gauge("kesu_clock_step_seconds", "Jump of the database clock seen.", ["service"])

AUTHORITY_DENIED = Counter(
    "kesu_authority_denied_total", "Approvals refused, by reason.", ["service", "reason"]
)
WEBHOOK_DELIVERY = Counter(
    "kesu_webhook_delivery_total", "Webhooks sent.", ["service", "endpoint", "outcome"]
)
HOTLINE_RECEIVED = Counter(
    "kesu_hotline_received_total", "Hotline tickets received.", ["service", "outcome"]
)
EVENT_LOOP_LAG = Gauge("kesu_event_loop_lag_seconds", "How late the loop wakes.", ["service"])


def configure_logging(service: str, *, level: int = logging.INFO) -> None:
    """Make every structlog logger of this process write JSON lines to standard error."""
    structlog.configure(
        processors=[*_common(service), _renderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_names: _Lines(),
        cache_logger_on_first_use=False,
    )


def adopt_standard_logging(service: str, *, level: int = logging.WARNING) -> None:
    """Make libraries that use `logging` (uvicorn, aiokafka, asyncio) write the same lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_common(service),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer()],
        )
    )
    handler.addFilter(Calm())
    logging.basicConfig(level=level, handlers=[handler], force=True)


class Calm(logging.Filter):
    """One line of a kind each `CALM_SECONDS`: aiokafka says fifty times a second that its broker is
    away. The next line of the kind says how many it kept back.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.args:  # not a form with values: keeping count of these would never end
            return True
        since, held = self._kinds.get(record.msg, (-CALM_SECONDS, 0))
        if record.created - since < CALM_SECONDS:
            self._kinds[record.msg] = (since, held + 1)
            return False
        self._kinds[record.msg] = (record.created, 0)
        if held:
            record.msg = f"{record.msg} (and {held} more like it)"
        return True


class _Lines:
    """Standard error, line by line. A full disk loses lines, never the work they tell of."""

    def msg(self, line: str) -> None:
        with suppress(OSError):
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = exception = msg


def _common(service: str) -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_service(service),
        structlog.processors.ExceptionRenderer(_frames),
    ]


def _renderer() -> structlog.processors.JSONRenderer:
    return structlog.processors.JSONRenderer(ensure_ascii=True)


def _with_service(service: str) -> structlog.typing.Processor:
    def add(
        _logger: object, _method: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        line["service"] = service
        found = correlation.get()
        if found is not None:
            line.setdefault("correlation_id", str(found))
        return line

    return add


def _frames(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None],
) -> list[str]:
    """Where it broke, without the message: a message may hold what somebody typed."""
    kind, _error, trace = exc_info
    found = [str(kind.__name__)]
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found
