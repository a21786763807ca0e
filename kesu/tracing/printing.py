"""Prints a trace: what happened, then the clocks, who held it, and the money."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from kesu.tracing.collecting import Line, Traced
from shared.kernel.money import Money

CODE = re.compile(r"[\w.:/+-]{1,48}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def text_of(traced: Traced, *, everything: bool = False) -> Iterator[str]:
    """The trace, line by line: ids, codes, moments and amounts only.

    What a service merely copied from another's fact (`…Noted`) is left out unless `everything`.
    """
    lines = [line for line in traced.lines if everything or not line.type.endswith("Noted")]
    yield f"{traced.reference}  {traced.complaint}"
    yield ""
    yield f"what happened ({len(lines)} of {len(traced.lines)} journal rows; ▸ told to the others)"
    yield from (_happened(line) for line in lines)
    yield from _section("clocks", _clocks(traced.case))
    yield from _section("custody", _custody(traced.lines))
    yield from _section("money", _money(traced))
    yield from _section("policy", sorted({line.policy for line in traced.lines if line.policy}))


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"  {line}" for line in lines or ["–"])


def _happened(line: Line) -> str:
    told = "▸" if line.fact_sequence else " "
    codes = " ".join(f"{name}={value}" for name, value in _codes(line.data))
    when = _moment(line.at)
    return f"  {when} {line.service:<12} {told} {line.type:<26} {line.actor:<20} {codes}".rstrip()


def _codes(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The values a person can use: codes, rows, amounts and moments; ids stay out."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from _codes(value)
        elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            yield from _code(name, ",".join(value))
        else:
            yield from _code(name, value)


def _code(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool | int):
        yield name, str(value).lower()
    elif isinstance(value, str) and MOMENT.fullmatch(value):
        yield name, _iso(value)
    elif isinstance(value, str) and CODE.fullmatch(value) and not UUID.fullmatch(value):
        yield name, _short(value)


def _short(value: str) -> str:
    return value[:16] + "…" if re.fullmatch(r"[0-9a-f]{64}", value) else value


def _clocks(case: dict[str, Any] | None) -> list[str]:
    return [_clock(each) for each in (case or {}).get("clocks", [])]


def _clock(kept: dict[str, Any]) -> str:
    clock = kept["clock"]
    state = "met" if clock["met"] else "running" if clock["ended_at"] is None else "ended"
    if clock["paused_until"]:
        state = "paused"
    breached = f", breached {_iso(clock['breached_at'])}" if clock["breached_at"] else ""
    due = f", due {_iso(kept['due_at'])}" if kept["due_at"] else ""
    started = _iso(clock["started_at"])
    return (
        f"{clock['name']} (round {clock['round']}, {clock['row']}): "
        f"since {started}{due}, {state}{breached}"
    )


def _custody(lines: list[Line]) -> list[str]:
    moved = [line for line in lines if line.service == "escalation"]
    return [
        f"{_moment(line.at)} {line.type} {_who(line.data)}".rstrip()
        for line in moved
        if line.type.startswith(("CaseOpened", "Custody", "CaseEscalated", "CaseReopened"))
    ]


def _who(data: dict[str, Any]) -> str:
    """The unit, and the person where there is one, wherever the event keeps them."""
    found = dict(_codes(data))
    unit = found.get("unit") or found.get("recording_unit")
    return " → ".join(each for each in (unit, found.get("person")) if each)


def _money(traced: Traced) -> list[str]:
    claims = [_claim(claim) for claim in (traced.dossier or {}).get("claims", [])]
    return claims + [
        f"  {row['kind']:<9} {row['account']:<28} "
        f"debit {Money(row['currency'], row['debit_minor'])} "
        f"credit {Money(row['currency'], row['credit_minor'])}"
        for row in traced.ledger
    ]


def _claim(claim: dict[str, Any]) -> str:
    steps = ", ".join(
        f"{step['how']} by {step['role']}" + (f" ({step['by']})" if step["by"] else " (waiting)")
        for step in claim["steps"]
    )
    cost = Money(claim["currency"], claim["cost_minor"])
    exposure = Money(claim["currency"], claim["exposure_minor"])
    return (
        f"{claim['remedy']} {cost}, {claim['status']}: "
        f"tested on {exposure} under {claim['row']}; {steps or 'no step needed'}"
    )


def _moment(at: datetime) -> str:
    return at.strftime("%m-%d %H:%M:%S.%f")[:-3]


def _iso(text: str | None) -> str:
    return _moment(datetime.fromisoformat(text)) if text else "–"
