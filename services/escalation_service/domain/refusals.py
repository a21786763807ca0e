"""Why a step is refused. The class name is the rule's name on the wire."""

from shared.kernel.errors import Conflict, Invalid, NotFound


class CaseUnknown(NotFound):
    """There is no such case."""


class AwaitingConfirmation(Conflict):
    """The recording unit's head has not confirmed the record; nothing may be done with it yet."""


class ClosingUnderWay(Conflict):
    """The case is being closed; it stands still until everybody has answered."""


class CaseIsClosed(Conflict):
    """The case is closed."""


class ComplaintIsWithdrawn(Conflict):
    """The complainant took the complaint back; the case can only be closed."""


class NotTheHolder(Conflict):
    """Only the unit that holds the case may do this."""


class OfferedToAnother(Conflict):
    """The case is offered to another unit, role or person."""


class NotOffered(Conflict):
    """This offer is not open: it was accepted, returned or replaced."""


class OfferPending(Conflict):
    """The case is offered already; the offer must be accepted or returned first."""


class HandlerBarred(Conflict):
    """After a complaint about the handling another person must handle the case."""


class AccusedMayNotDecide(Conflict):
    """Who is accused in a case neither handles nor decides nor carries it out."""


class ReturnTooLate(Conflict):
    """The time for sending the case back is over."""


class ArbiterDecided(Conflict):
    """The arbiter has decided whose case it is; it cannot be sent back again."""


class AwaitingArbitration(Conflict):
    """The case was sent back too often; the arbiter must decide first."""


class NothingToArbitrate(Conflict):
    """No arbiter was called."""


class NotTheArbiter(Conflict):
    """Only the arbiter's post may decide whose case it is."""


class TopOfTheChain(Conflict):
    """There is nobody above who could take the case."""


class OnlyTheHeadAsksForHelp(Conflict):
    """Help of another unit is proposed by the head of the handling unit only."""


class NotYourTask(Conflict):
    """The help was asked of another unit."""


class AlreadyAnswered(Conflict):
    """The help has been given or refused already."""


class NotProposed(Conflict):
    """The resolution was accepted, rejected or carried out already."""


class NotAccepted(Conflict):
    """A resolution is carried out once the complainant has accepted it."""


class FindingMissing(Conflict):
    """A final answer needs a finding first."""


class SecondPersonNeeded(Conflict):
    """Whoever wrote a final answer does not release it."""


class NotReadyToClose(Conflict):
    """Something the case needs before it closes is missing."""


class ExchangeIncomplete(Invalid):
    """Both sides of a hand-over leave each other the data that the policy names."""


class DutyMissing(Invalid):
    """Whoever sends a case back for this reason says whose duty it is."""


class UnknownCode(Invalid):
    """A code is not one of the policy's words."""


class UnknownUnit(Invalid):
    """There is no such unit, or it is no longer active."""


class UnknownPerson(Invalid):
    """There is no such person in that unit."""


class PromiseInThePast(Invalid):
    """A promised moment lies ahead."""


class NoSuchTask(NotFound):
    """There is no such task."""


class NoSuchResolution(NotFound):
    """There is no such resolution."""


class NoSuchClock(NotFound):
    """The case has no such clock."""
