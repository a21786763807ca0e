"""Decisions about tier and unit in the reader's language."""

from collections.abc import Mapping
from typing import Any

from services.escalation_service.domain.rules import Rules
from services.escalation_service.views import DecisionView
from shared.kernel.policy.words import Row
from shared.plumbing.explaining import Reason


def decision_view(data: Mapping[str, Any], rules: Rules, language: str) -> DecisionView:
    """One decision of the journal, with the labels of its rows."""
    because = data.get("because") or [{"row": data["row"], "cite": [], "tested": []}]
    return DecisionView(
        seq=data["seq"],
        type=data["type"],
        actor=data["actor"],
        decision="routing",
        at=data["at"],
        tier=data.get("tier") or data.get("to_tier"),
        unit=data.get("unit"),
        reason_code=data.get("reason_code"),
        pack=rules.pack.id,
        version=rules.pack.version,
        hash=rules.pack.hash,
        row=because[0]["row"],
        because=[_reason(reason, rules, language) for reason in because],
        facts=data.get("facts") or {},
    )


def _reason(reason: Mapping[str, Any], rules: Rules, language: str) -> Reason:
    row = _row(reason["row"], rules)
    return Reason(
        row=reason["row"],
        cite=list(reason["cite"]) or list(row.cite if row else ()),
        tested=list(reason["tested"]),
        label=row.label.of(language) if row else "",
    )


def _row(row_id: str, rules: Rules) -> Row | None:
    policy = rules.policy
    known: tuple[Row, ...] = (*policy.routing, *policy.chain, policy.custody)
    return next((row for row in known if row.id == row_id), None)
