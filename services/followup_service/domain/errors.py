"""What a caller can get wrong about a followup."""

from shared.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class FollowupUnknown(NotFound):
    """Nothing is owed here, or not yet."""


class CallbackUnknown(NotFound):
    """There is no such callback."""


class NothingOwedAnyMore(Conflict):
    """The complaint was withdrawn; nothing is owed any more."""


class ClosingUnderWay(Conflict):
    """The case is being closed; nothing new is taken until that is decided."""


class NoticeKindUnknown(Invalid):
    """The policy knows no such notice."""


class MomentOutOfPlace(Invalid):
    """The moment lies in the future, or before the complaint was received."""


class NoReplyOwed(Conflict):
    """No hotline waits for a written reply to this complaint."""


class ReplyAlreadyDelivered(Conflict):
    """The hotline has the written reply."""


class ReplyNotWritten(Conflict):
    """The written reply must be recorded before its delivery."""


class ReplyIncomplete(Invalid):
    """The written reply lacks a part, or has one the policy does not know."""


class CallbackSettled(Conflict):
    """This callback has been completed, excluded or given up."""


class TriedJustNow(Conflict):
    """The last attempt was too short a while ago for another to count."""


class NotYourCall(Forbidden):
    """The policy gives these calls to another role."""


class AgainAtMissing(Invalid):
    """A rescheduled call says when to call again, and only such a call does."""


class AnswersDoNotFit(Invalid):
    """The answers do not fit the questionnaire."""


class ExclusionReasonUnknown(Invalid):
    """The campaign leaves nobody out for such a reason."""
