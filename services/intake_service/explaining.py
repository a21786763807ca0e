"""Why a record is what it is: every decision of its journal with the rows of its own version.

Pure: entries and the pinned pack in, explanations in the reader's language out.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from shared.kernel.policy.intake import FormFacts, required_fields
from shared.kernel.policy.pack import Pack
from shared.plumbing.explaining import Explained, Reason, explained, reason_of

DECIDED = (
    "ComplaintRegistered",
    "ComplaintClassified",
    "ComplaintAmended",
    "ComplaintPromoted",
    "ComplaintConfirmed",
    "RepeatLinked",
    "ClockStarted",
    "ClockBreached",
)
"""The events that followed from a row of the pack."""

Entry = tuple[str, datetime, Mapping[str, Any]]
"""Type, moment and data of a journal entry."""


class Explaining:
    """Goes through a journal; `said` is what was known of the record at each step."""

    def __init__(self, pack: Pack, language: str) -> None:
        self._pack = pack
        self._language = language
        self._said: dict[str, Any] = {}

    def all(self, entries: Iterable[Entry]) -> list[Explained]:
        """Every decision, oldest first."""
        return [each for entry in entries for each in self._of(*entry)]

    def _of(self, kind: str, at: datetime, data: Mapping[str, Any]) -> list[Explained]:
        self._said |= {name: data[name] for name in _KNOWN if data.get(name) is not None}
        match kind:
            case "ComplaintRegistered" | "ComplaintPromoted":
                return [self._kind(at), self._form(at), self._confirmation(at, by=None)]
            case "ComplaintClassified":
                return [self._kind(at)]
            case "ComplaintAmended":
                return [self._form(at)]
            case "ComplaintConfirmed":
                return [self._confirmation(at, by="person")]
            case "RepeatLinked":
                return [self._repeat(at, data)]
            case _:
                return self._clock(kind, at, data)

    def _kind(self, at: datetime) -> Explained:
        """What it turned out to be, and so whether complaint clocks run (MALL-41)."""
        code = str(self._said["kind"])
        known = self._pack.intake.kind(code)
        counts = known is not None and known.is_complaint
        reason = Reason(
            row=code,
            label=known.label.of(self._language) if known else code,
            cite=list(known.cite) if known else [],
            tested=[f"kind={code}"],
        )
        return self._say("kind", at, [reason], {"kind": code, "is_complaint": counts})

    def _form(self, at: datetime) -> Explained:
        """Which fields had to be filled, by which box each, and what is still owed."""
        facts = FormFacts(
            kind=str(self._said["kind"]),
            channel=str(self._said.get("channel", "")),
            complainant_type=str(self._said.get("complainant_type", "")),
            flags=frozenset(self._said.get("flags", ())),
        )
        asked = required_fields(self._pack.intake, facts)
        because = [reason_of(field, self._language, when=field.required) for field in asked]
        missing = list(self._said.get("missing", ()))
        told = {
            "kind": facts.kind,
            "channel": facts.channel,
            "complainant_type": facts.complainant_type,
            "flags": sorted(facts.flags),
            "required": [field.code for field in asked],
            "missing": missing,
        }
        return self._say("form", at, because, told)

    def _confirmation(self, at: datetime, *, by: str | None) -> Explained:
        """Whether somebody must confirm the record first, and who may (MALL-33)."""
        rule = self._pack.intake.confirmation
        known = self._pack.intake.kind(str(self._said["kind"]))
        counts = known is not None and known.is_complaint
        tested = [f"is_complaint={str(counts).lower()}", f"required={str(rule.required).lower()}"]
        if rule.required:
            apart = str(rule.not_by_registrar).lower()
            tested += [f"role={rule.role}", f"not_by_registrar={apart}"]
        waits = counts and rule.required
        confirmed = by or (None if waits else "rule" if counts else None)
        reason = reason_of(rule, self._language, tested=tested)
        facts = {"awaits_confirmation": waits and by is None, "confirmed_by": confirmed}
        return self._say("confirmation", at, [reason], facts)

    def _repeat(self, at: datetime, data: Mapping[str, Any]) -> Explained:
        """Within how many days, and being alike in what, an earlier complaint is offered."""
        rule = self._pack.intake.repeats
        tested = [f"window_days={rule.window_days}", f"same={'|'.join(sorted(rule.same))}"]
        reason = reason_of(rule, self._language, tested=tested)
        facts = {name: data[name] for name in ("complaint", "relation", "later")}
        return self._say("repeat", at, [reason], facts)

    def _clock(self, kind: str, at: datetime, data: Mapping[str, Any]) -> list[Explained]:
        rule = next((r for r in self._pack.intake.clocks if r.name == data["clock"]), None)
        if rule is None:
            return []
        reason = reason_of(rule, self._language, when=rule.when, tested=[f"on={rule.starts_on}"])
        facts = {"clock": rule.name, "breached": kind == "ClockBreached"}
        return [self._say("clock", at, [reason], facts)]

    def _say(
        self, decision: str, at: datetime, because: list[Reason], facts: dict[str, Any]
    ) -> Explained:
        return explained(decision, at, self._pack.ref, because, facts)


_KNOWN = ("kind", "channel", "complainant_type", "flags", "missing")
