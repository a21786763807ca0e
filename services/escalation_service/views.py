"""What escalation shows and what it takes: the bodies of its doors."""

from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from shared.contracts.words import Accused, AttributeText, Code, PersonId, UnitPath
from shared.plumbing.explaining import Explained
from shared.plumbing.http import RequestModel

Words = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
"""What a person types; it goes to the texts and nowhere else."""
Codes: TypeAlias = Annotated[list[Code], Field(max_length=20)]


Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), le=datetime(2100, 1, 1, tzinfo=UTC)),
]
Number = Annotated[int, Field(ge=-(2**53), le=2**53)]
Attribute: TypeAlias = bool | Number | AttributeText
"""A coded answer. What cannot be said in a fact is refused here, not dropped."""


class HandoverBody(RequestModel):
    """To whom the case is offered, and why. `exchange`: what was left to the other side."""

    unit: UnitPath
    person: PersonId | None = None
    reason_code: Literal[
        "other_unit_needed", "beyond_authority", "not_our_duty", "specialist", "shift_change"
    ]
    exchange: Codes = Field(default_factory=list)
    note: Words | None = None


class AcceptanceBody(RequestModel):
    """What the taker leaves to the giver (MALL-44)."""

    exchange: Codes = Field(default_factory=list)


class ReturnBody(RequestModel):
    """A reason of the pack; `duty_unit`: whose duty it is instead."""

    reason_code: Code
    duty_unit: UnitPath | None = None
    note: Words | None = None


class ArbitrationBody(RequestModel):
    """Whose the case is from now on."""

    unit: UnitPath
    person: PersonId | None = None
    note: Words | None = None


class EscalationBody(RequestModel):
    """`not_understood`, or a flag of the vocabulary such as `beyond_authority` (MALL-42)."""

    reason_code: Code
    note: Words | None = None


class AssistanceBody(RequestModel):
    """What another unit shall do; a task that need not be answered is a notice."""

    item: Code
    unit: UnitPath
    must_answer: bool = True
    note: Words | None = None


class AssistanceResultBody(RequestModel):
    """What came of it."""

    outcome: Literal["done", "not_possible"]
    note: Words | None = None


class PauseBody(RequestModel):
    """A coded reason of this clock."""

    reason_code: Code


class FindingBody(RequestModel):
    """What the investigation established."""

    substantiated: Literal["yes", "partly", "no"]
    cause: Code
    fault_confirmed: bool = False
    accused: Annotated[list[Accused], Field(max_length=20)] = Field(default_factory=list)
    attributes: Annotated[dict[Code, Attribute], Field(max_length=50)] = Field(default_factory=dict)
    text: Words


class RemedyBody(RequestModel):
    """A remedy of the pack and the claim that carries its price."""

    remedy: Code
    claim_id: UUID | None = None


class ResolutionBody(RequestModel):
    """What is proposed. `final`: an answer that needs no consent, released by a second person."""

    remedies: Annotated[list[RemedyBody], Field(max_length=20)] = Field(default_factory=list)
    expected_by: Moment | None = None
    final: bool = False
    text: Words


class ConsentBody(RequestModel):
    """How we know that the complainant agreed (F45)."""

    evidence: Literal["spoken", "written", "signed", "recorded_call"]
    evidence_id: UUID | None = None


class RejectionBody(RequestModel):
    """Why the complainant did not agree."""

    reason_code: Literal["too_little", "too_late", "not_what_was_asked", "other"]
    note: Words | None = None


class ExecutionBody(RequestModel):
    """What was done."""

    note: Words | None = None


class ClosureBody(RequestModel):
    """Outcome and cause of the pack, its closing questions and outcome flags answered."""

    outcome: Code | None = None
    cause: Code | None = None
    questions: Annotated[dict[Code, bool], Field(max_length=20)] = Field(default_factory=dict)
    flags: Annotated[dict[Code, bool], Field(max_length=20)] = Field(default_factory=dict)
    summary: Words | None = None


class StepView(BaseModel):
    """Where the case stands after a step, and the id of what the step made."""

    case_id: UUID
    status: str
    tier: str
    unit: str
    holder: str | None
    offer_id: UUID | None = None
    task_id: UUID | None = None
    finding_id: UUID | None = None
    resolution_id: UUID | None = None
    round: int | None = None


class CaseLine(BaseModel):
    """One case in a list."""

    id: UUID
    reference: str
    status: str
    tier: str
    unit: str
    holder: str | None
    offered_unit: str | None
    received_at: datetime
    due_at: datetime | None
    revision: int


class CasePage(BaseModel):
    items: list[CaseLine]
    next: str | None


class TextView(BaseModel):
    id: UUID
    subject: str
    body: str


class JournalLine(BaseModel):
    """One event: its kind, who and when, under which rows. Never a text."""

    seq: int
    type: str
    actor: str
    at: datetime
    policy: str | None
    rows: list[str]


class JournalPage(BaseModel):
    items: list[JournalLine]
    next: str | None


class DecisionView(Explained):
    """One decision about tier and unit."""

    seq: int
    type: str
    actor: str
    tier: str | None
    unit: str | None
    reason_code: str | None


class DecisionsView(BaseModel):
    items: list[DecisionView]


class GateView(BaseModel):
    """One closing condition. `met` None: its owner answers when closing is asked."""

    code: str
    row: str
    label: str
    owner: str
    met: bool | None


class ClosureView(BaseModel):
    """Whether it may close, as far as escalation knows, and how the last round went."""

    case_id: UUID
    status: str
    round: int
    outcome: str | None
    cause: str | None
    answered: list[str]
    open_items: list[str]
    closed_at: datetime | None
    gates: list[GateView]
