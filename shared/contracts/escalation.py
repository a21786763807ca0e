"""What escalation tells the world: tiers, custody, clocks, findings, resolutions, closing."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts import escalation_clocks, escalation_directory
from shared.contracts.envelope import Contract, Part
from shared.contracts.escalation_clocks import (
    ClockBreachedV1,
    ClockMetV1,
    ClockPausedV1,
    ClockResumedV1,
    ClockStartedV1,
    ClockWarnedV1,
)
from shared.contracts.escalation_directory import PersonRecordedV1, UnitRecordedV1
from shared.contracts.words import Accused, Attributes, Code, PersonId, Reference, UnitPath

__all__ = [
    "FACTS",
    "AssistanceAskedV1",
    "AssistanceGivenV1",
    "CaseClosedV1",
    "CaseEscalatedV1",
    "CaseOpenedV1",
    "CaseReopenedV1",
    "CaseRoutedV1",
    "ClockBreachedV1",
    "ClockMetV1",
    "ClockPausedV1",
    "ClockResumedV1",
    "ClockStartedV1",
    "ClockWarnedV1",
    "ClosingAskedV1",
    "ClosingFailedV1",
    "CustodyAcceptedV1",
    "CustodyArbitratedV1",
    "CustodyOfferedV1",
    "CustodyReturnedV1",
    "FindingRecordedV1",
    "PersonRecordedV1",
    "ProposedRemedy",
    "ResolutionAcceptedV1",
    "ResolutionExecutedV1",
    "ResolutionProposedV1",
    "ResolutionRejectedV1",
    "TaskRaisedV1",
    "UnitRecordedV1",
]


class CaseOpenedV1(Contract):
    """The work on a complaint began; the recording unit holds custody (decision 16)."""

    TYPE: ClassVar[str] = "kesu.escalation.case_opened.v1"

    complaint_id: UUID
    reference: Reference
    unit: UnitPath
    tier: Code
    awaits_confirmation: bool


class CaseRoutedV1(Contract):
    """Tier and unit follow from these rows of the pack (F13, F15)."""

    TYPE: ClassVar[str] = "kesu.escalation.case_routed.v1"

    complaint_id: UUID
    tier: Code
    unit: UnitPath
    rows: list[Code]


class CustodyOfferedV1(Contract):
    """The holder offers the case; until acceptance the giver stays responsible (N4)."""

    TYPE: ClassVar[str] = "kesu.escalation.custody_offered.v1"

    complaint_id: UUID
    offer_id: UUID
    from_unit: UnitPath
    to_unit: UnitPath
    to_person: PersonId | None = None
    reason_code: Code
    accept_due_at: datetime | None = None


class CustodyAcceptedV1(Contract):
    """From now this unit and person must act."""

    TYPE: ClassVar[str] = "kesu.escalation.custody_accepted.v1"

    complaint_id: UUID
    offer_id: UUID
    unit: UnitPath
    person: PersonId


class CustodyReturnedV1(Contract):
    """The receiver sent it back with a coded reason; `returns` counts them (退單)."""

    TYPE: ClassVar[str] = "kesu.escalation.custody_returned.v1"

    complaint_id: UUID
    offer_id: UUID
    from_unit: UnitPath
    to_unit: UnitPath
    reason_code: Code
    returns: int
    arbiter_unit: UnitPath | None = None


class CustodyArbitratedV1(Contract):
    """The arbiter decided whose it is; it cannot be returned again."""

    TYPE: ClassVar[str] = "kesu.escalation.custody_arbitrated.v1"

    complaint_id: UUID
    unit: UnitPath
    person: PersonId | None = None
    row: Code


class AssistanceAskedV1(Contract):
    """Another unit must do this item for the case (會辦, MALL-37)."""

    TYPE: ClassVar[str] = "kesu.escalation.assistance_asked.v1"

    complaint_id: UUID
    task_id: UUID
    unit: UnitPath
    item: Code
    due_at: datetime | None = None
    row: Code | None = None


class AssistanceGivenV1(Contract):
    """The assisting unit wrote its result."""

    TYPE: ClassVar[str] = "kesu.escalation.assistance_given.v1"

    complaint_id: UUID
    task_id: UUID
    outcome: Literal["done", "not_possible"]


class CaseEscalatedV1(Contract):
    """The case went up, by a clock's step, a repeat, or a person (F28)."""

    TYPE: ClassVar[str] = "kesu.escalation.case_escalated.v1"

    complaint_id: UUID
    from_tier: Code
    to_tier: Code
    to_unit: UnitPath
    reason_code: Code
    clock: Code | None = None
    step: int | None = None
    row: Code | None = None


class FindingRecordedV1(Contract):
    """What the investigation established; the words stay with escalation (F37)."""

    TYPE: ClassVar[str] = "kesu.escalation.finding_recorded.v1"

    complaint_id: UUID
    finding_id: UUID
    substantiated: Literal["yes", "partly", "no"]
    cause: Code
    fault_confirmed: bool
    accused: list[Accused] = []
    attributes: Attributes = {}


class ProposedRemedy(Part):
    """One thing offered: a remedy code and, where it has a price, the claim that carries it."""

    remedy: Code
    claim_id: UUID | None = None


class ResolutionProposedV1(Contract):
    TYPE: ClassVar[str] = "kesu.escalation.resolution_proposed.v1"

    complaint_id: UUID
    resolution_id: UUID
    remedies: list[ProposedRemedy]
    expected_by: datetime | None = None


class ResolutionAcceptedV1(Contract):
    """The complainant agreed; `evidence` says how we know (F45)."""

    TYPE: ClassVar[str] = "kesu.escalation.resolution_accepted.v1"

    complaint_id: UUID
    resolution_id: UUID
    evidence: Code


class ResolutionRejectedV1(Contract):
    TYPE: ClassVar[str] = "kesu.escalation.resolution_rejected.v1"

    complaint_id: UUID
    resolution_id: UUID
    reason_code: Code


class ResolutionExecutedV1(Contract):
    """What was promised has been done; callbacks count from here (Q07)."""

    TYPE: ClassVar[str] = "kesu.escalation.resolution_executed.v1"

    complaint_id: UUID
    resolution_id: UUID
    executed_at: datetime


class ClosingAskedV1(Contract):
    """May it close? Intake, compensation and followup answer for this round (decision 17).

    `withdrawn`: the complaint was taken back; whoever has not heard that from intake hears it here.
    """

    TYPE: ClassVar[str] = "kesu.escalation.closing_asked.v1"

    complaint_id: UUID
    round: int
    withdrawn: bool = False


class ClosingFailedV1(Contract):
    """It may not close yet; the case is thawed and these items are open."""

    TYPE: ClassVar[str] = "kesu.escalation.closing_failed.v1"

    complaint_id: UUID
    round: int
    open_items: list[Code]


class CaseClosedV1(Contract):
    TYPE: ClassVar[str] = "kesu.escalation.case_closed.v1"

    complaint_id: UUID
    round: int
    outcome: Code
    cause: Code
    closed_at: datetime


class CaseReopenedV1(Contract):
    """Dissatisfied or repeated: back to handling, one tier up, another handler (decision 25)."""

    TYPE: ClassVar[str] = "kesu.escalation.case_reopened.v1"

    complaint_id: UUID
    reason_code: Code
    tier: Code
    unit: UnitPath
    barred_handler: PersonId | None = None


class TaskRaisedV1(Contract):
    """Somebody must act on something that is nobody's command (decision 4)."""

    TYPE: ClassVar[str] = "kesu.escalation.task_raised.v1"

    complaint_id: UUID
    task_id: UUID
    code: Code
    unit: UnitPath


FACTS: tuple[type[Contract], ...] = (
    CaseOpenedV1,
    CaseRoutedV1,
    CustodyOfferedV1,
    CustodyAcceptedV1,
    CustodyReturnedV1,
    CustodyArbitratedV1,
    AssistanceAskedV1,
    AssistanceGivenV1,
    CaseEscalatedV1,
    FindingRecordedV1,
    ResolutionProposedV1,
    ResolutionAcceptedV1,
    ResolutionRejectedV1,
    ResolutionExecutedV1,
    ClosingAskedV1,
    ClosingFailedV1,
    CaseClosedV1,
    CaseReopenedV1,
    TaskRaisedV1,
    *escalation_clocks.FACTS,
    *escalation_directory.FACTS,
)
