"""What compensation refuses, each in one sentence."""

from shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class DossierNotKnown(NotFound):
    """There is no dossier for this complaint."""


class ClaimNotKnown(NotFound):
    """There is no such claim."""


class PromiseNotKnown(NotFound):
    """There is no such promise."""


class AwaitingConfirmation(Conflict):
    """The recording unit has not confirmed the record yet; nothing can be asked for."""


class NotAComplaint(Conflict):
    """Only a complaint can have claims."""


class ClosingInProgress(Conflict):
    """The case is being closed; nothing new can be decided until that has ended."""


class CaseEnded(Conflict):
    """The case is closed or the complaint was withdrawn."""


class UnknownRemedy(Invalid):
    """The policy has no such remedy."""


class AmountNotPossible(Invalid):
    """The amount is zero, negative or beyond every limit."""


class CurrencyNotUsed(Invalid):
    """The policy counts in another currency."""


class EntitlementNotKnown(Invalid):
    """No entitlement with this id grants this remedy."""


class EvidenceNotOnRecord(Invalid):
    """The evidence it cites is not on this complaint's record."""


class GoodsNotKnown(Invalid):
    """The policy has no such goods, or the facts about them contradict each other."""


class UnknownRefusalReason(Invalid):
    """The policy has no such reason for a refusal."""


class AmountBeyondAuthority(Forbidden):
    """The amount, with everything counted beside it, needs a higher authority."""


class SelfApproval(Forbidden):
    """Nobody decides what they proposed themselves."""


class AccusedMayNotDecide(Forbidden):
    """The complaint is about this person, who may not decide about it."""


class DutiesNotSeparated(Forbidden):
    """This person already has another duty in the same claim."""


class NotThePayer(Forbidden):
    """The policy lets another role pay."""


class NotTheProposer(Forbidden):
    """Only who proposed a claim can cancel it."""


class ClaimNotAwaitingApproval(Conflict):
    """The claim does not wait for an approval."""


class ApprovalOutdated(Conflict):
    """What was approved does not cover the claim any longer; it needs approval again."""


class TermsGrantIt(Conflict):
    """The published terms grant it; it cannot be refused."""


class ClaimNotAuthorised(Conflict):
    """Only an authorised claim can be paid, once."""


class ClaimNotAwaitingSignature(Conflict):
    """The claim does not wait for the payee's signature."""


class ClaimNotReversible(Conflict):
    """Only what was paid can be taken back, once."""


class ClaimNotCancellable(Conflict):
    """The claim has been decided or paid; it cannot be cancelled."""


class PromiseNotOpen(Conflict):
    """The promise has been kept or released already."""


class DelegationNotAllowed(Forbidden):
    """The policy does not let this role delegate so much, to this role, for so long."""


class DelegationNotKnown(NotFound):
    """There is no such delegation."""


class DelegationEnded(Conflict):
    """The delegation was revoked; a new one needs a new id."""
