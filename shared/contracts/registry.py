"""Every fact type Kesu speaks, and which service speaks it."""

from shared.contracts import compensation, escalation, followup, insights, intake
from shared.contracts.envelope import Contract

BY_SERVICE: dict[str, tuple[type[Contract], ...]] = {
    "intake": intake.FACTS,
    "escalation": escalation.FACTS,
    "compensation": compensation.FACTS,
    "followup": followup.FACTS,
    "insights": insights.FACTS,
}
SERVICES = tuple(BY_SERVICE)
BY_TYPE: dict[str, type[Contract]] = {
    fact.TYPE: fact for facts in BY_SERVICE.values() for fact in facts
}


def source_of(service: str) -> str:
    """The CloudEvents source of a service: `/kesu/intake`."""
    return f"/kesu/{service}"


def topic_of(service: str) -> str:
    """The one topic a service speaks on: `kesu.intake.events`."""
    return f"kesu.{service}.events"


LISTENS: dict[str, tuple[str, ...]] = {
    "intake": ("escalation", "compensation", "followup"),
    "escalation": ("intake", "compensation", "followup"),
    "compensation": ("intake", "escalation", "followup"),
    "followup": ("intake", "escalation", "compensation"),
    "insights": ("intake", "escalation", "compensation", "followup", "insights"),
}
"""Who hears whom (decision 19); insights counts its own facts as well."""


def listeners_of(service: str) -> tuple[str, ...]:
    """The services that hear this one."""
    return tuple(name for name, heard in LISTENS.items() if service in heard)
