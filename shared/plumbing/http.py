"""Everything a service's `api.py` and `main.py` need to speak HTTP, under one name."""

from shared.plumbing.cursors import Cursors
from shared.plumbing.problems import Refusal, unavailable, unseen
from shared.plumbing.web.app import create_app, role_matrix
from shared.plumbing.web.bodies import RequestModel, read_json, read_raw
from shared.plumbing.web.doors import (
    By,
    Correlation,
    CursorText,
    Doors,
    IfMatch,
    Limit,
    Once,
    Reply,
)
from shared.plumbing.web.exchange import Exchange, exchange_of, remaining_ms, require_time
from shared.plumbing.web.health import Health
from shared.plumbing.web.permits import ANY_ROLE, Permit, require_sight
from shared.plumbing.web.preconditions import UNCONDITIONAL, Expectation, Idempotency, etag
from shared.plumbing.web.serving import serve

__all__ = [
    "ANY_ROLE",
    "UNCONDITIONAL",
    "By",
    "Correlation",
    "CursorText",
    "Cursors",
    "Doors",
    "Exchange",
    "Expectation",
    "Health",
    "Idempotency",
    "IfMatch",
    "Limit",
    "Once",
    "Permit",
    "Refusal",
    "Reply",
    "RequestModel",
    "create_app",
    "etag",
    "exchange_of",
    "read_json",
    "read_raw",
    "remaining_ms",
    "require_sight",
    "require_time",
    "role_matrix",
    "serve",
    "unavailable",
    "unseen",
]
