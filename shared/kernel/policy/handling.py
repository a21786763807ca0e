"""How a case is handled beyond routing and clocks: who may handle it, which lane it takes, by which
steps.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from shared.kernel.policy.boxes import Box
from shared.kernel.policy.organisation import Post
from shared.kernel.policy.words import Length, Row, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityRow(Row):
    """In this box whoever handles the case holds at least this role (CLUB-02, RETL-20).

    `in_person`: the handler does it personally and delegates nothing (CLUB-21).
    `with_authority`: the handler's own authority covers what the case needs (RETL-20).
    """

    when: Box
    role: str
    in_person: bool = False
    with_authority: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipRule(Row):
    """In this box a case may be reported past one's superior, up to this rung (CLUB-36).

    `tells_superior`: the one who was passed over hears of it (F19).
    """

    when: Box
    up_to: str
    tells_superior: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane(Row):
    """A fast lane: complaints in this box run under `clock`, which `tracked_by` watches (TELE-16).

    `notices_to` are told in writing that the case is theirs to help with (TELE-14, STAF-58).
    """

    code: str
    when: Box
    clock: str
    tracked_by: Post
    notices_to: tuple[Post, ...] = ()
    in_writing: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversight(Row):
    """The post that coordinates what is serious and receives what is late (TELE-17, TELE-23).

    `ruling` decides when coordination is not enough (TELE-24).
    """

    when: Box
    post: Post
    ruling: Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Word):
    """One stage of handling in order; it is over when one of `ends_on` happened (PROP-16)."""

    ends_on: frozenset[str]
    mandatory: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookStep(Word):
    """One step of a playbook: who does it and, where the policy says so, how soon."""

    role: str
    within: Length | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook(Row):
    """What is done, step by step, about complaints in this box (STAF-26 … 30)."""

    code: str
    when: Box
    steps: tuple[PlaybookStep, ...]


class Body(StrEnum):
    """Whom a case is referred to outside the house."""

    POLICE = "police"
    LEGAL = "legal"
    AUTHORITY = "authority"
    ASSOCIATION = "association"


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral(Row):
    """In this box the case is referred; `reference_required`: the number given there is kept
    (CLUB-18).
    """

    when: Box
    body: Body
    role: str
    reference_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRule(Row):
    """What a finding must say, and the norms it may apply (RETL-22, CLUB-22)."""

    parts: frozenset[str]
    """Of `vocabulary.FINDING_PARTS`."""
    norms: tuple[Word, ...] = ()
    before_resolution: bool = False
    """No resolution is proposed before the finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRule(Row):
    """The time promised to the complainant is data of the case (RETL-07, Q38).

    `on_receipt`: it must be said at once. Without a promise the clock `otherwise` holds.
    """

    clock: str
    otherwise: str
    on_receipt: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreasonableRule(Row):
    """A demand is called unreasonable only after the investigation, by this role, never by the
    first receiver (Q29, STAF-44).
    """

    outcome: str
    role: str
    after: str = "finding_recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingPolicy:
    """The part of escalation's section that says how, not where. All of it may be left out."""

    eligibility: tuple[EligibilityRow, ...] = ()
    skip: SkipRule | None = None
    lanes: tuple[Lane, ...] = ()
    oversight: Oversight | None = None
    stages: tuple[Stage, ...] = ()
    playbooks: tuple[Playbook, ...] = ()
    referrals: tuple[Referral, ...] = ()
    finding: FindingRule | None = None
    promise: PromiseRule | None = None
    unreasonable: UnreasonableRule | None = None
    severity_confirmed_by: str = ""
    """The role that confirms a suggested severity (Q28); "" = whoever handles the case."""
    closing_parts: frozenset[str] = field(default_factory=frozenset)
    """What the file of a closed case must hold (RETL-30), of `vocabulary.FILE_PARTS`."""
