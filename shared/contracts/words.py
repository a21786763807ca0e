"""The few kinds of text a fact may hold: codes, paths and opaque ids. None can hold a sentence.

Whatever a person typed stays with the service that took it down (decision 15). So every text of a
fact is one of these, without a blank and of bounded length; a test refuses any other.
"""

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.:-]*$", max_length=80)]
"""A word of a pack or of Kesu: `car_wash`, `authority.store-manager`, `callback:after_service`."""

UnitPath = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$", max_length=200)]
"""A unit by its place in the tree: `hq.store-001.installation`."""

PersonId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$", max_length=128)
]
"""Who acted, opaque: `p-clerk-1`, `machine:hotline`, `system:clock`. Never an address."""

Accused: TypeAlias = PersonId
"""Whom a complaint is about: a staff id or a unit path."""

OpaqueId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/+=-]*$", max_length=128)
]
"""An id that somebody else gave: a hotline's ticket, a paper's number, a customer's index."""

Reference = Annotated[str, StringConstraints(pattern=r"^KS-[0-9]{4}-[0-9]{6,9}$", max_length=20)]
"""What people say to name a complaint: `KS-2026-000123`."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$", max_length=3)]
"""ISO 4217."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", max_length=64)]
"""A digest in lower-case hexadecimal."""

Source = Annotated[str, StringConstraints(pattern=r"^/kesu/[a-z_]+$", max_length=64)]
"""A service as a CloudEvents source: `/kesu/intake`."""

FactType = Annotated[
    str, StringConstraints(pattern=r"^kesu\.[a-z_]+\.[a-z0-9_]+\.v[1-9][0-9]*$", max_length=128)
]
"""`kesu.<service>.<event>.v<n>`."""

Label = Annotated[str, StringConstraints(pattern=r"^[^\r\n]+$", max_length=100)]
"""What a unit is called. The one text for people to read: an organisation's own, never a person's.
"""

Labels: TypeAlias = dict[Literal["zh-Hant", "zh-Hans", "en"], Label]
"""One label in the languages it exists in."""

PolicyText = Annotated[str, StringConstraints(pattern=r"^\{", max_length=800_000)]
"""A section of a policy as canonical JSON. The one long text of a fact: an organisation's rules,
as they would stand in a file, checked by the same code; nobody types a complaint into it.
"""

_SAYABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,79}")

AttributeText = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/+-]*$", max_length=80)
]
"""A coded answer of the form, a date, a moment or a number on a paper."""


def sayable(attributes: object) -> object:
    """The attributes that are codes, numbers, dates or yes and no; what was typed stays at home."""
    if not isinstance(attributes, dict):
        return attributes
    return {code: value for code, value in attributes.items() if _is_sayable(value)}


def _is_sayable(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and bool(_SAYABLE.fullmatch(value)))


Attributes = Annotated[dict[Code, AttributeText | int | bool], BeforeValidator(sayable)]
"""Coded answers of a pack's form by field code."""
