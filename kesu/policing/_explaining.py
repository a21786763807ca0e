"""Every decision in a complaint's journals that was made under a pack, said in one language."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from kesu.tracing.collecting import Line
from shared.kernel.money import Money
from shared.kernel.policy.pack import Pack
from shared.kernel.policy.wording import owned_by
from shared.kernel.policy.words import Row

WORDS: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
)
ROWS = ("row", "clock_row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One row that spoke, and the facts it tested."""

    row: str
    tested: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Something decided under a pack: when, what, and why. `exposure_minor` where money was."""

    at: datetime
    event: str
    policy: str | None
    reasons: tuple[Reason, ...]
    exposure_minor: int | None = None
    needs: tuple[str, ...] = ()


def said(key: str, language: str) -> str:
    """A word of the catalogue; an event that has none is called by its name."""
    return WORDS.get(key, {}).get(language, key)


def decisions_in(lines: Iterable[Line]) -> Iterator[Decision]:
    """What the journals say was decided, in their order."""
    for line in lines:
        why = _with_because(line.data)
        reasons = tuple(_reasons(why)) if why else tuple(_rows(line.data))
        if reasons:
            yield Decision(
                at=line.at,
                event=line.type,
                policy=(why or {}).get("hash") or line.policy,
                reasons=reasons,
                exposure_minor=(why or {}).get("exposure_minor"),
                needs=tuple(f"{s['how']} {s['role']}" for s in (why or {}).get("steps", ())),
            )


def explained(
    decisions: Iterable[Decision], pack_of: Callable[[str], Pack | None], language: str
) -> Iterator[str]:
    """The decisions for a person: the row, its words, its source, the facts it tested."""
    version = None
    for decision in decisions:
        pack = pack_of(decision.policy) if decision.policy else None
        if (here := _version(pack, decision.policy, language)) != version:
            version = here
            yield f"{said('under', language)}  {version}"
        yield f"{decision.at:%Y-%m-%d %H:%M:%S}  {said(decision.event, language)}"
        for reason in decision.reasons:
            yield from _told(reason, pack, language)
        if decision.exposure_minor is not None and pack:
            amount = Money(pack.currency, decision.exposure_minor)
            yield f"  {said('exposure', language)}  {amount}"
        if decision.needs:
            yield f"  {said('needs', language)}  {', '.join(decision.needs)}"
    if version is None:
        yield said("none", language)


def _told(reason: Reason, pack: Pack | None, language: str) -> Iterator[str]:
    row = _row(pack, reason.row) if pack else None
    cite = ", ".join(row.cite if row else reason.cite)
    label = row.label.of(language) if row else ""
    yield f"  {reason.row}  {label}  [{cite}]" if cite else f"  {reason.row}  {label}".rstrip()
    if reason.tested:
        yield f"    {said('tested', language)}  {', '.join(reason.tested)}"


def _version(pack: Pack | None, policy: str | None, language: str) -> str:
    if pack is None:
        return f"{(policy or '')[:12]}  {said('unknown', language)}".strip()
    return f"{pack.label.of(language)}  {pack.id} {pack.version}  {pack.hash[:12]}"


def _row(pack: Pack, row_id: str) -> Row | None:
    rows = (part for _, part in owned_by("", pack) if isinstance(part, Row))
    return next((row for row in rows if row.id == row_id), None)


def _with_because(data: Any) -> dict[str, Any] | None:
    """The part of an event that says why, if any does."""
    if not isinstance(data, dict):
        return None
    if data.get("because"):
        return data
    parts = (_with_because(value) for value in data.values())
    return next((part for part in parts if part), None)


def _reasons(why: Mapping[str, Any]) -> Iterator[Reason]:
    for one in why["because"]:
        tested, cite = tuple(one.get("tested", ())), tuple(one.get("cite", ()))
        yield Reason(row=one["row"], tested=tested, cite=cite)


def _rows(data: Mapping[str, Any]) -> Iterator[Reason]:
    """The rows an event names itself, or in a part of it such as its notice or clock."""
    parts = [data, *(value for value in data.values() if isinstance(value, dict))]
    named = [part[key] for part in parts for key in ROWS if part.get(key)]
    yield from (Reason(row=row) for row in dict.fromkeys(named) if isinstance(row, str))
