"""What a row may cite: a requirement, a reading of the ambiguity register, a decision, a feature.

The seven policies' own families end where their list of requirements ends; four letters that are
none of theirs are an organisation's own document.
"""

import re

FAMILIES = {
    "MALL": 44,
    "CLUB": 41,
    "AUTO": 70,
    "TELE": 30,
    "PROP": 30,
    "RETL": 35,
    "STAF": 69,
    "Q": 42,
    "D": 26,
    "F": 91,
    "N": 10,
}
"""The last number of each family that Kesu knows; all begin with 1."""

_OWN = re.compile(r"([A-Z]{4})-(\d{2,3})")
_SHARED = re.compile(r"([QF])(\d{2})|([DN])(\d{1,2})")


def known_cite(cite: str) -> bool:
    """Whether this is the id of something that can be looked up."""
    found = _OWN.fullmatch(cite) or _SHARED.fullmatch(cite)
    if found is None:
        return False
    family, number = (part for part in found.groups() if part is not None)
    return 1 <= int(number) <= FAMILIES.get(family, 999)
