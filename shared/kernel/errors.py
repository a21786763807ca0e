"""What can go wrong, in four words. A service subclasses one of them and writes a docstring.

The docstring is the title a person reads; the class name is the slug a program matches on.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pointer:
    """One thing wrong with a request: an RFC 6901 pointer into the body and a stable code.

    `detail` is a sentence in English and never repeats what the caller sent.
    """

    pointer: str
    code: str
    detail: str


class DomainError(Exception):
    """Something the caller should know about."""

    def __init__(self, detail: str = "", *, errors: Sequence[Pointer] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)

    @property
    def title(self) -> str:
        """The first line of the docstring: what is the case, for a person."""
        return (self.__doc__ or type(self).__name__).strip().splitlines()[0]

    @property
    def slug(self) -> str:
        """The stable word a program matches on: `NotYours` → `not-yours`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()


class Invalid(DomainError):
    """The request makes no sense."""


class Forbidden(DomainError):
    """The caller may not do this."""


class NotFound(DomainError):
    """There is no such thing."""


class Conflict(DomainError):
    """The thing is not in a state that allows this."""
