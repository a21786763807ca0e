"""Why intake refuses. The docstring is the title a person reads, the class name the slug."""

from shared.kernel.errors import Conflict, Forbidden, Invalid


class FormInvalid(Invalid):
    """The form does not fit what the policy asks for."""


class ClassificationInvalid(Invalid):
    """The classification uses words that the policy does not have."""


class ReceivedInFuture(Invalid):
    """A complaint cannot have been received later than now."""


class NoPolicyInForce(Invalid):
    """The organisation had no policy in force when this was received."""


class NotAComplaintKind(Invalid):
    """Only a kind that counts as a complaint can be chosen here."""


class CannotLinkToItself(Invalid):
    """A complaint cannot be linked to itself."""


class EvidenceUnclear(Invalid):
    """Evidence has a digest and a size, or is expected, or is unavailable."""


class IdNotOurs(Invalid):
    """An id of the caller's own must be a UUID of version 7."""


class UnitUnknown(Invalid):
    """The organisation has no such unit, or none was named."""


class UnitNotYours(Forbidden):
    """You may record only for your own unit and those below it."""


class NotTheRecordingHead(Forbidden):
    """Only the head of the recording unit confirms its record."""


class OwnRecord(Forbidden):
    """Who took the record down cannot be the one who confirms it."""


class ComplaintExists(Conflict):
    """A complaint with this id exists already."""


class AlreadyConfirmed(Conflict):
    """The record is confirmed already."""


class NotOpen(Conflict):
    """The complaint is closed or withdrawn; its record no longer changes."""


class ClosingInProgress(Conflict):
    """The case is being closed; nothing new is taken until that is decided."""


class PromotionNeeded(Conflict):
    """What is no complaint becomes one by promotion, not by classification."""


class AlreadyAComplaint(Conflict):
    """It is a complaint already."""


class StaysAComplaint(Conflict):
    """A complaint stays a complaint."""


class AlreadyLinked(Conflict):
    """The two complaints are linked already."""


class EvidenceExists(Conflict):
    """This evidence is on the record already."""


class RecordFull(Conflict):
    """The record holds as many entries of this sort as it can."""
